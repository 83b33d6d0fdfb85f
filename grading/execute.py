"""Puts the sandbox in nbgrader's place for running notebooks.

The seam, for the step that grades:

    with Sandbox(engine, limits) as sandbox, SandboxExecute.using(sandbox, on_run=keep):
        autograde.autograde_preprocessors = [SandboxExecute, …]   # instead of nbgrader's Execute
        autograde.start()

nbgrader makes its preprocessors itself from their classes, so the sandbox reaches them through the class, for as long
as the `with` lasts. Each notebook gives its `Run` to `on_run(path, run)` and leaves `run.problems` in
`resources["passerelle_problems"]`; nothing is written into the notebook's metadata. What lies beside the notebook
(data, modules, pictures) is placed in the interpreter's working directory; other notebooks and nbgrader's own
`timestamp.txt` stay out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from nbconvert.preprocessors import Preprocessor

from grading.sandbox import Run, Sandbox

LEFT_OUT = {"timestamp.txt", "submission_secret.txt"}
OnRun = Callable[[Path, Run], None]


class SandboxExecute(Preprocessor):
    """Runs each code cell in the sandbox; the notebook comes back with its outputs."""

    sandbox: ClassVar[Sandbox | None] = None
    listeners: ClassVar[list[OnRun]] = []

    def __init__(self, **settings: Any) -> None:
        # nbconvert enables none of its preprocessors unasked; nbgrader's own do.
        super().__init__(enabled=True, **settings)  # type: ignore[no-untyped-call]

    @classmethod
    @contextlib.contextmanager
    def using(cls, sandbox: Sandbox, on_run: OnRun | None = None) -> Iterator[None]:
        """Run every notebook in this sandbox until the block ends."""
        before = cls.sandbox, cls.listeners
        cls.sandbox, cls.listeners = sandbox, [on_run] if on_run else []
        try:
            yield
        finally:
            cls.sandbox, cls.listeners = before

    def preprocess(self, nb: nbformat.NotebookNode, resources: dict[str, Any]) -> tuple[nbformat.NotebookNode, Any]:
        """Return the notebook with the outputs of a run, and the resources with its problems.

        Raises:
            RuntimeError: called outside `SandboxExecute.using`; there is no other way to run learner code.
        """
        if self.sandbox is None:
            raise RuntimeError("SandboxExecute has no sandbox: call it inside `SandboxExecute.using(sandbox)`")
        folder = Path(resources.get("metadata", {}).get("path") or ".")
        name = resources.get("unique_key", "notebook")
        run = self.sandbox.run(nb, beside(folder))
        resources["passerelle_problems"] = run.problems
        for listener in self.listeners:
            listener(folder / f"{name}.ipynb", run)
        return nbformat.from_dict(run.notebook), resources  # type: ignore[no-untyped-call]


def beside(folder: Path) -> Mapping[str, bytes]:
    """Return the files that a notebook in this folder may read, by path relative to it, with `/` between parts.

    Notebooks, nbgrader's bookkeeping, hidden files and links are left out: a link could lead anywhere on this machine.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        parts = [folder.joinpath(*inside.parts[: depth + 1]) for depth in range(len(inside.parts))]
        if path.suffix == ".ipynb" or path.name in LEFT_OUT or not path.is_file():
            continue
        if any(part.is_symlink() or part.name.startswith(".") for part in parts):
            continue
        found[inside.as_posix()] = path.read_bytes()
    return found
