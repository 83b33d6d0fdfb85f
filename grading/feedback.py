"""Feedback: one page for each learner, in the learner's language, whole in one file.

The work is shown as it was handed in, with the outputs that the learner saw: the run that was marked knows the hidden
tests, and a learner's cell could print them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from grading import attempts, gradebook, handin, results, sanitise
from grading.attempts import Attempt
from grading.course import Course
from grading.errors import Fault, Refused, WrongCall
from grading.messages import FALLBACK, RIGHT_TO_LEFT, number, say
from grading.notebook import Notebook
from grading.results import CellResult, Result


@dataclass(frozen=True)
class Page:
    """A page that was written."""

    learner: str
    path: Path
    language: str


@dataclass(frozen=True)
class _Exercise:
    """What the page says about one graded cell; `quoted` is the words of a test."""

    title: str
    state: str
    points: str
    max_points: float
    said: str
    quoted: str
    comment: str


def feedback(course: Course, assignment: str, learners: Iterable[str] = ()) -> list[Page]:
    """Write `feedback/<learner>/<assignment>.html` for each learner whose work was graded, and return the pages.

    Points and comments are those that the gradebook has now, a trainer's included. A page that is there is replaced.

    Raises:
        Fault: nothing of this assignment was graded yet.
        WrongCall: a learner named has nothing graded.
    """
    folder = course.result(assignment, "x").parent
    graded = sorted(path.stem for path in folder.glob("*.json"))
    wanted = list(dict.fromkeys(learners)) or graded
    if not wanted:
        raise Fault(f"nothing of {assignment} was graded yet", f"grading grade {assignment}")
    if missing := [each for each in wanted if each not in graded]:
        raise WrongCall(f"nothing of {assignment} by {missing[0]} was graded yet", f"grading grade {assignment}")
    return [page for learner in wanted if (page := _page(course, assignment, learner))]


def _page(course: Course, assignment: str, learner: str) -> Page | None:
    result = results.load(course, assignment, learner)
    if result is None:
        return None
    attempt = next((each for each in attempts.of(course, assignment, learner) if each.number == result.attempt), None)
    path = gradebook.folder(course, "feedback", learner, assignment).parent / f"{assignment}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half an emoji, cut by a limit on outputs, is valid JSON and no text that a file can hold.
    path.write_text(write(course, result, attempt), "utf-8", errors="replace", newline="\n")
    return Page(learner, path, result.language or FALLBACK)


def write(course: Course, result: Result, attempt: Attempt | None) -> str:
    """Return the page of one result."""
    language = result.language or FALLBACK
    marks = gradebook.marks(course, result.assignment, result.learner)
    tested = {(cell.notebook, cell.id): cell for cell in result.cells}
    notebooks = _notebooks(course, attempt)
    titles = _titles(notebooks)
    exercises = [
        _exercise(language, cell, tested.get((cell.notebook, cell.id)), titles.get((cell.notebook, cell.id), cell.id))
        for cell in (marks.cells if marks else [])
    ]
    comments = {(cell.notebook, cell.id) for cell in (marks.cells if marks else [])}
    score = marks.score if marks else result.score
    max_score = marks.max_score if marks else result.max_score
    waiting = any(cell.needs_manual for cell in marks.cells) if marks else False
    return _template().render(
        language=language,
        rtl=language.split("-")[0] in RIGHT_TO_LEFT,
        t=lambda key, **values: say(language, key, **values),
        number=number,
        result=result,
        attempt=attempt,
        date=f"{datetime.fromisoformat(attempt.created):%Y-%m-%d %H:%M} UTC" if attempt else "",
        score=score,
        max_score=max_score,
        waiting=waiting,
        can_improve=score < max_score and not waiting,
        problems=[_told(problem, language) for problem in result.problems],
        exercises=exercises,
        cells=_cells(notebooks, gradebook.comments(course, result.assignment, result.learner), comments),
        code_style=Markup(sanitise.style()),  # noqa: S704 - Pygments' own style sheet
    )


def _told(problem: Any, language: str) -> str:
    # Why the machine failed is in English and for the trainer; the learner is told whom to ask.
    if problem.kind == "not_marked":
        return say(language, "feedback.no_work")
    told: str = problem.told(language)
    return told


def _exercise(language: str, cell: gradebook.Cell, tested: CellResult | None, title: str) -> _Exercise:
    if cell.needs_manual:
        state = "waits"
    elif cell.by_hand and cell.points:
        state = "marked"
    elif cell.points == cell.max_points:
        state = "right"
    else:
        state = "partly" if cell.points else "wrong"
    said, quoted = "", ""
    if tested and state in ("partly", "wrong"):
        if tested.message == "NotImplementedError":
            said = say(language, "feedback.not_done")
        elif tested.hidden:
            said = say(language, "feedback.hidden")
        else:
            quoted = tested.message.removeprefix("AssertionError: ")
        if cell.by_hand and not cell.points and not cell.comment:
            said = say(language, "feedback.not_done")
    points = "…" if state == "waits" and not cell.points else number(cell.points or 0)
    return _Exercise(title, state, points, cell.max_points, said, quoted, cell.comment)


def _notebooks(course: Course, attempt: Attempt | None) -> dict[str, Notebook]:
    if attempt is None:
        return {}
    read: dict[str, Notebook] = {}
    for path in sorted((attempt.folder(course) / "files").glob("*.ipynb")):
        try:
            read[path.stem] = handin.check_notebook(path.name, path.read_bytes())
        except Refused:
            continue
    return read


def _titles(notebooks: dict[str, Notebook]) -> dict[tuple[str, str], str]:
    """Return the heading that stands before each graded cell, without its marks."""
    titles: dict[tuple[str, str], str] = {}
    for name, notebook in notebooks.items():
        heading = ""
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                lines = [line.lstrip("# ").strip() for line in cell.source.split("\n") if line.startswith("#")]
                heading = lines[-1] if lines else heading
            meta = cell.metadata.get("nbgrader")
            if heading and isinstance(meta, dict) and isinstance(meta.get("grade_id"), str):
                titles[name, meta["grade_id"]] = heading[:200]
    return titles


def _cells(
    notebooks: dict[str, Notebook],
    comments: dict[tuple[str, str], str],
    shown: set[tuple[str, str]],
) -> list[dict[str, Any]]:
    """Return the learner's cells as harmless HTML; comments on graded cells stand with the exercise already."""
    made = []
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            meta = cell.metadata.get("nbgrader")
            key = (name, str(meta.get("grade_id"))) if isinstance(meta, dict) else None
            comment = comments.get(key, "") if key and key not in shown else ""
            is_code = cell.cell_type == "code"
            outputs = [sanitise.output(each) for each in cell.outputs] if is_code else []
            made.append(
                {
                    "kind": cell.cell_type,
                    "html": Markup(sanitise.code(cell.source) if is_code else sanitise.text(cell.source)),  # noqa: S704
                    "outputs": [Markup(each) for each in outputs if each],  # noqa: S704
                    "comment": comment,
                }
            )
    return made


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(Path(__file__).with_name("feedback.html.jinja").read_text("utf-8"))
