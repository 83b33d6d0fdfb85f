"""Puts the sandbox in nbgrader's place for running notebooks.

The seam, for the step that grades:

    with Sandbox(engine, limits) as sandbox, SandboxExecute.using(sandbox, on_run=keep):
        autograde.autograde_preprocessors = [SandboxExecute, …]   # instead of nbgrader's Execute
        autograde.start()

nbgrader makes its preprocessors itself from their classes, so the sandbox reaches them through the class, for as long as
the `with` lasts. Each notebook gives its `Run` to `on_run(path, run)` and leaves `run.problems` in
`resources["passerelle_problems"]`; nothing is written into the notebook's metadata. `files` are what lies beside the
notebook (data, modules, pictures), placed in the interpreter's working directory; other notebooks and nbgrader's own
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


class SandboxExecute(Preprocessor):  # type: ignore[misc]
    """Runs each code cell in the sandbox; the notebook comes back with its outputs."""

    sandbox: ClassVar[Sandbox | None] = None
    on_run: ClassVar[OnRun | None] = None

    def __init__(self, **settings: Any) -> None:
        # nbconvert enables none of its preprocessors unasked; nbgrader's own do.
        super().__init__(enabled=True, **settings)

    @classmethod
    @contextlib.contextmanager
    def using(cls, sandbox: Sandbox, on_run: OnRun | None = None) -> Iterator[None]:
        """Run every notebook in this sandbox until the block ends."""
        before = cls.sandbox, cls.on_run
        cls.sandbox, cls.on_run = sandbox, staticmethod(on_run) if on_run else None
        try:
            yield
        finally:
            cls.sandbox, cls.on_run = before

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
        if self.on_run is not None:
            self.on_run(folder / f"{name}.ipynb", run)
        return nbformat.from_dict(run.notebook), resources


def beside(folder: Path) -> Mapping[str, bytes]:
    """Return the files that a notebook in this folder may read, by path relative to it, with `/` between parts.

    Notebooks, nbgrader's bookkeeping, hidden files and links are left out: a link could lead anywhere on this machine.
    """
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(folder) and part != folder)
        and path.suffix != ".ipynb"
        and path.name not in LEFT_OUT
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
