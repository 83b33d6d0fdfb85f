"""Why a learner has these points: what ran, where, and what each test said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grading.messages import number
from grading.results import CellResult, Result

WHERE = {
    "isolated": "its tests ran apart from the learner's program, which they see from outside",
    "shared": "its tests ran inside the learner's program: the author's own solution does not pass them from outside,"
    " or shared is what was asked for",
    "manual": "a person marks it",
}
SHORT_HASH = 10


def explained(results: Iterable[Result]) -> Iterator[str]:
    """Yield lines that say of each attempt of a learner what ran and why each point was given or not."""
    for result in results:
        yield from _attempt(result)


def _attempt(result: Result) -> Iterator[str]:
    which = "the attempt that counts" if result.counts else "does not count"
    yield f"{result.learner}, attempt {result.attempt} of {result.attempts}: {which}"
    problems = result.document()["problems"]
    if result.status == "failed":
        yield f"  not marked: {'; '.join(problems)}"
        return
    ran = f"ran in the sandbox on the engine {result.engine[:SHORT_HASH]}" if result.engine else "nothing ran"
    spoken = f", tests in {result.language}" if result.language else ""
    yield f"  {ran}{spoken}; {number(result.score)} of {number(result.max_score)} points"
    if result.was is not None:
        yield f"  before: {number(result.was)} points"
    cells = sum(cell.points or 0 for cell in result.cells)
    if result.score < cells:
        yield f"  {number(cells - result.score)} taken off for handing in late"
    for problem in problems:
        yield f"  noticed: {problem}"
    for cell in result.cells:
        points = "no points yet" if cell.points is None else f"{number(cell.points)} of {number(cell.max_points)}"
        yield f"  {cell.notebook} / {cell.id}: {points}"
        yield f"    {WHERE[cell.mode]}"
        yield f"    {_why(cell)}"


def _why(cell: CellResult) -> str:
    said = f": {cell.message}" if cell.message else ""
    hidden = ", in a hidden test, which the learner does not see" if cell.hidden else ""
    if cell.mode == "manual":
        return "it waits for a person" if cell.points is None else "what a person gave, or 0 for no answer"
    if cell.points is None:
        return "it ended with more points than there are: a person decides"
    if cell.points == cell.max_points:
        return "everything in it passed"
    if cell.points:
        return f"it ended with this number{said}"
    return f"it failed{said}{hidden}" if cell.message else "it ended with 0, or could not be run"
