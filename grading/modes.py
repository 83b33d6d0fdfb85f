"""Where tests run: apart from the learner's program (isolated), or inside of it (shared).

The author's own solution decides, never a learner's work: each test cell is first run apart on it. What the cell asks
of the solution is all that it may ask of a hand-in, and a cell that does not pass apart runs shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading import notebook as nb
from grading.marking import Mode
from grading.notebook import Notebook
from grading.sandbox import Part, Plan, Run
from grading.scoring import points

type RunIt = Callable[[Notebook, Mapping[str, bytes], Plan], Run]


@dataclass(frozen=True)
class Reference:
    """What the author's solution taught about the test cells of a notebook, by grade id.

    Attributes:
        profiles: what each test asked for; see `sandbox.Part`.
        shared: tests that run in the learner's interpreter.
        broken: tests that the author's own solution does not pass, in either mode.
        wordy: tests that end with a value which is no number of points, though all is right.
    """

    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    wordy: frozenset[str] = frozenset()

    def document(self) -> dict[str, Any]:
        """Return what can be kept as JSON."""
        names = {name: sorted(getattr(self, name)) for name in ("shared", "broken", "wordy")}
        return {"profiles": self.profiles, **names}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Reference:
        """Return what was kept."""
        names = {name: frozenset(document[name]) for name in ("shared", "broken", "wordy")}
        return cls(profiles=document["profiles"], **names)


def learn(run_it: RunIt, solution: Path, files: Mapping[str, bytes], mode: Mode | None = None) -> Reference:
    """Run a notebook's tests on the author's solution and return what that taught.

    Args:
        run_it: runs a notebook with files beside it.
        solution: the author's notebook; without one, nothing is known, and tests run apart.
        files: what lies beside it.
        mode: what the author demands of all tests; default: what each test can.
    """
    if not solution.exists():
        return Reference()
    notebook = nb.read(solution)
    tests = {grade_id: index for index, cell in enumerate(notebook.cells) if (grade_id := _test(cell))}
    shared: set[str] = set(tests) if mode == "shared" else set()
    while True:
        apart = {grade_id: Part(tests=True, record=True) for grade_id in tests.keys() - shared}
        run = run_it(notebook, files, _plan(notebook, apart))
        failed = {grade_id for grade_id, index in tests.items() if _failed(run, index)}
        profiles = {grade_id: run.profiles[index] for grade_id, index in tests.items() if index in run.profiles}
        if mode == "isolated" or failed <= shared:
            wordy = frozenset(grade_id for grade_id, index in tests.items() if _is_wordy(run, index))
            return Reference(profiles, frozenset(shared), frozenset(failed), wordy)
        shared |= failed


def plan(notebook: Notebook, reference: Reference) -> Plan:
    """Return how each cell of a hand-in is run that is not simply the learner's."""
    tests = {grade_id for cell in notebook.cells if (grade_id := _test(cell))} - reference.shared
    return _plan(notebook, {grade_id: Part(tests=True, profile=reference.profiles.get(grade_id)) for grade_id in tests})


def _plan(notebook: Notebook, apart: Mapping[str, Part]) -> Plan:
    parts: dict[int, Part] = {}
    for index, cell in enumerate(notebook.cells):
        grade_id = _test(cell)
        if grade_id:
            parts[index] = apart.get(grade_id, Part(author=True))
        elif _is_authors(cell):
            parts[index] = Part(shared=bool(apart), author=True)
    return parts


def _test(cell: Notebook) -> str | None:
    """Return the grade id of a cell of tests, which nobody but the author has written."""
    meta = cell.metadata.get("nbgrader", {})
    is_test = cell.cell_type == "code" and meta.get("grade") and not meta.get("solution")
    return str(meta["grade_id"]) if is_test else None


def _is_authors(cell: Notebook) -> bool:
    meta = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and meta.get("locked") and not meta.get("grade") and not meta.get("solution"))


def _is_wordy(run: Run, index: int) -> bool:
    results = [each for each in run.notebook["cells"][index]["outputs"] if each["output_type"] == "execute_result"]
    return any(points(each) is None for each in results)


def _failed(run: Run, index: int) -> bool:
    return any(output["output_type"] == "error" for output in run.notebook["cells"][index]["outputs"])
