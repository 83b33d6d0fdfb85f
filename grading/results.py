"""Results: what marking one attempt gave, one JSON document each."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from grading import files, gradebook
from grading.course import Course
from grading.notebook import Notebook
from grading.problems import Problem
from grading.restore import hidden_lines

ANSI = re.compile(r"\x1b\[[0-9;]*m")
MESSAGE_CHARACTERS = 500
TRAINER = "en"
"""The command line speaks English."""


@dataclass(frozen=True)
class CellResult:
    """One graded cell.

    Attributes:
        points: None while it waits for a person.
        mode: `isolated` when tests ran apart from the learner's program, `shared` when inside of it, `manual` when a
            person marks.
        message: what a failed test said; "" when there is nothing to say.
        hidden: whether the message comes from a hidden test, which learners do not see.
    """

    notebook: str
    id: str
    points: float | None
    max_points: float
    mode: Literal["isolated", "shared", "manual"]
    message: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Resembling:
    """A learner whose answers resemble another's; from 0 to 1, as written and with all names alike."""

    learner: str
    similarity: float
    renamed: float


@dataclass(frozen=True)
class Result:
    """One attempt, marked or not.

    Attributes:
        attempt: counted from 1 for each learner.
        needs_manual: number of cells that wait for a person.
        engine: hash of the engine that ran the notebooks; "" when nothing was run.
        counts: whether it is the attempt that counts for its learner.
        attempts: how many the learner has.
        was: the score when it was marked before, if that was another.
        similar: learners whose answers resemble these, see `similar`.
    """

    learner: str
    name: str
    assignment: str
    attempt: int
    language: str
    status: Literal["graded", "failed"]
    score: float
    max_score: float
    needs_manual: int
    cells: list[CellResult]
    problems: list[Problem] = field(default_factory=list)
    engine: str = ""
    counts: bool = True
    attempts: int = 1
    was: float | None = None
    similar: list[Resembling] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the JSON document that `grading grade --json` prints, its problems as sentences."""
        document = asdict(self)
        document["problems"] = [problem.told(TRAINER) for problem in self.problems]
        return document


def save(course: Course, result: Result) -> None:
    """Keep an attempt's result; its problems stay facts, for each reader's language."""
    _save(course.result(result.assignment, result.learner, result.attempt), result)
    if result.counts:
        _save(course.result(result.assignment, result.learner), result)


def _save(path: Path, result: Result) -> None:
    # In one step: half a result, after Ctrl-C, would end `grading feedback` for everybody.
    files.replace(path, json.dumps(asdict(result), indent=1) + "\n")


def before(course: Course, result: Result) -> float | None:
    """Return the score that the same attempt had before, None when it had none or the same.

    An attempt that counts has a person's points and penalties in its score, and one that does not has not: what changed
    between the two is no other mark.
    """
    kept = load(course, result.assignment, result.learner, result.attempt)
    if kept is None or (kept.status, kept.counts) != (result.status, result.counts) or kept.score == result.score:
        return None
    return kept.score


def load(course: Course, assignment: str, learner: str, attempt: int | None = None) -> Result | None:
    """Return the result of an attempt, default: of the one that counts; None when nothing was marked."""
    try:
        read = json.loads(course.result(assignment, learner, attempt).read_text("utf-8"))
    except FileNotFoundError:
        return None
    read["cells"] = [CellResult(**cell) for cell in read["cells"]]
    read["problems"] = [Problem(**problem) for problem in read["problems"]]
    read["similar"] = [Resembling(**each) for each in read.get("similar", [])]
    return Result(**read)


def cells(
    marked: Iterable[gradebook.Cell], executed: Mapping[str, Notebook], shared: Collection[tuple[str, str]] = ()
) -> list[CellResult]:
    """Return the graded cells with what their tests said; those in `shared` ran inside the learner's program."""
    found = {
        (name, cell.metadata.nbgrader.grade_id): cell
        for name, notebook in executed.items()
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    made = []
    for cell in marked:
        message, hidden = "", False
        ran = found.get((cell.notebook, cell.id))
        if ran is not None and ran.cell_type == "code" and not cell.by_hand and cell.points != cell.max_points:
            message, hidden = said(ran)
        points = None if cell.needs_manual and cell.by_hand and not cell.points else cell.points
        tests: Literal["isolated", "shared"] = "shared" if (cell.notebook, cell.id) in shared else "isolated"
        mode = "manual" if cell.by_hand else tests
        made.append(CellResult(cell.notebook, cell.id, points, cell.max_points, mode, message, hidden))
    return made


def said(cell: Notebook) -> tuple[str, bool]:
    """Return what a test cell said when it failed, in one line, and whether that is from its hidden part.

    When it cannot be known where a test with a hidden part failed, the hidden part is assumed.
    """
    hidden = hidden_lines(cell.source)
    errors = [output for output in cell.outputs if output.output_type == "error"]
    for output in [*errors[-1:], *cell.outputs]:
        if output.output_type == "error":
            if output.ename == "NotImplementedError":
                return output.ename, False
            text = f"{output.ename}: {output.evalue}" if output.evalue else output.ename
            trace = ANSI.sub("", "\n".join(output.traceback))
            lines = re.findall(rf"Cell In\s?\[{cell.execution_count}\], line (\d+)", trace)
            known = bool(lines) and int(lines[0]) not in hidden
            return _line(text), bool(hidden) and (not known or _quotes(text, cell.source, hidden))
        if output.output_type == "stream" and output.name == "stderr":
            return _line(output.text), bool(hidden)
    return "", False


def _line(text: str) -> str:
    return " ".join(ANSI.sub("", text).split())[:MESSAGE_CHARACTERS]


def _quotes(text: str, source: str, hidden: set[int]) -> bool:
    """Return whether a message repeats a line of the hidden tests: learners' objects can write what they like."""
    lines = [line.strip() for number, line in enumerate(source.split("\n"), start=1) if number in hidden]
    return any(len(line) > 5 and line in text for line in lines)
