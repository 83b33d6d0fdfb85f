"""The seam to nbgrader: its course folder, converters, scoring rules and database. Nothing else imports nbgrader.

`autograde` is nbgrader's command of that name in three steps, since learners' code runs where no database is.
"""

from __future__ import annotations

import copy
import glob
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grading.gradebook import bare  # noqa: F401 (before nbgrader)

# isort: split

from nbgrader.api import Gradebook, MissingEntry  # noqa: TID251
from nbgrader.converters import GenerateAssignment, autograde  # noqa: TID251
from nbgrader.converters.base import NbGraderException  # noqa: TID251
from nbgrader.coursedir import CourseDirectory  # noqa: TID251
from nbgrader.preprocessors import SaveCells, latesubmissions, overwritekernelspec, saveautogrades  # noqa: TID251
from nbgrader.utils import compute_checksum, is_grade, is_solution, is_task  # noqa: TID251
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets.config import Config

from grading import notebook as nb
from grading.course import Course
from grading.errors import BadSource, Fault

Notebook = nb.Notebook
GRADE_KEYS = ("grade", "solution", "task", "locked")


@dataclass(frozen=True)
class Cell:
    """One graded cell of one learner, as the gradebook has it.

    Attributes:
        points: what counts now, a trainer's marks before the program's; None while nobody has marked it.
        by_hand: only a person can mark it.
        needs_manual: it waits for a person.
        comment: the trainer's.
    """

    notebook: str
    id: str
    points: float | None
    max_points: float
    by_hand: bool
    needs_manual: bool
    comment: str


@dataclass(frozen=True)
class Marks:
    """A learner's marks for one assignment; the sums are nbgrader's own, late penalties taken off."""

    learner: str
    name: str
    score: float
    max_score: float
    cells: list[Cell]


class Heard(logging.Handler):
    """Keeps what nbgrader logs as errors: its exceptions only say that there was one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is said."""
        self.sentences.append(record.getMessage())


@contextmanager
def _log() -> Iterator[tuple[logging.Logger, list[str]]]:
    heard = Heard()
    log = logging.Logger("nbgrader", logging.ERROR)
    log.addHandler(heard)
    with quiet():
        yield log, heard.sentences


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what SQLAlchemy warns of in nbgrader 0.9.6's own queries: nobody here can mend it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def config(course: Course) -> Config:
    """Return the settings of the course's own `nbgrader_config.py`."""
    return kept(course, "config", course.settings)


def directory(course: Course, settings: Config, **names: str) -> CourseDirectory:
    """Return nbgrader's view of the course folder."""
    return CourseDirectory(config=settings, root=str(course.root), **names)


@contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """Hand out nbgrader's gradebook of the course, made when it is not there, and close it unless it is kept open."""
    with told(course):
        if course.root in _kept:
            yield _kept[course.root]
            return
        place = directory(course, config(course))
        with Gradebook(place.db_url, place.course_id) as book:
            yield book


@contextmanager
def told(course: Course) -> Iterator[None]:
    """Say what to do about a database that cannot be used."""
    try:
        with quiet():
            yield
    except OperationalError as error:
        raise Fault(
            f"the gradebook of {course.root} cannot be used: {error.orig}",
            "close what else uses it (formgrader, a database viewer), then run the same command again",
        ) from error


class _Deferred:
    """A session in which `commit` waits for the end of the transaction."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def commit(self) -> None:
        """Wait for the end: what is asked for meanwhile is written before by itself."""


class _Kept(Gradebook):  # type: ignore[misc]
    """A gradebook that stays open: nbgrader opens one ten times for each hand-in, and commits after each cell."""

    def __init__(self, url: str, course_id: str) -> None:
        super().__init__(url, course_id)
        self.db: Any = _Deferred(self.db)
        self.made: dict[Any, Any] = {}
        self.cells: dict[Any, Any] = {}

    def close(self) -> None:
        """Stay open."""

    def look_up(self, assignment: str, learner: str) -> None:
        """Ask for all grades and comments of a hand-in at once; nbgrader asks for one after the other."""
        self.cells = {}
        for notebook in self.find_submission(assignment, learner).notebooks:
            where = (notebook.name, assignment, learner)
            self.cells |= {("grade", grade.name, *where): grade for grade in notebook.grades}
            self.cells |= {("comment", comment.name, *where): comment for comment in notebook.comments}

    def find_grade(self, *where: str) -> Any:
        """As nbgrader, from what was looked up."""
        return self.cells.get(("grade", *where)) or super().find_grade(*where)

    def find_comment(self, *where: str) -> Any:
        """As nbgrader, from what was looked up."""
        return self.cells.get(("comment", *where)) or super().find_comment(*where)


_kept: dict[Path, _Kept] = {}


def kept[Made](course: Course, name: Hashable, make: Callable[[], Made]) -> Made:
    """Return what `make` made when it was first asked for by this name; made anew when no gradebook is kept open."""
    if course.root not in _kept:
        return make()
    made = _kept[course.root].made
    if name not in made:
        made[name] = make()
    found: Made = made[name]
    return found


@contextmanager
def kept_open(course: Course) -> Iterator[None]:
    """Keep the gradebook open, for nbgrader too; what is written is there when a `transaction` ends."""
    place = directory(course, config(course))
    with told(course):
        book = _kept[course.root] = _Kept(place.db_url, place.course_id)
    try:
        with ExitStack() as patches:
            for module in (autograde, latesubmissions, overwritekernelspec, saveautogrades):
                patches.callback(setattr, module, "Gradebook", module.Gradebook)
                module.Gradebook = lambda *_: book
            yield
    finally:
        del _kept[course.root]
        Gradebook.close(book)


@contextmanager
def transaction(course: Course, *, discard: bool = False) -> Iterator[None]:
    """Write all that the block writes at once, or, when it fails or `discard` is given, nothing. See `kept_open`."""
    session = _kept[course.root].db.session
    try:
        yield
        if not discard:
            with told(course):
                session.commit()
    finally:
        session.rollback()
        _kept[course.root].cells = {}


def look_up(course: Course, assignment: str, learner: str) -> None:
    """Have all cells of a hand-in at hand until the transaction ends. See `kept_open`."""
    _kept[course.root].look_up(assignment, learner)


def create(course: Course) -> None:
    """Make the gradebook's tables when there are none; a gradebook that is there stays as it is.

    nbgrader asks the program `alembic`, which is beside this Python and not always on PATH, for the tables' version.
    """
    path = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), path))
    try:
        with opened(course):
            pass
    finally:
        os.environ["PATH"] = path


def folder(course: Course, step: str, learner: str, assignment: str) -> Path:
    """Return nbgrader's folder of a step (`source`, `release`, `submitted`, `autograded`), as the course names it."""
    place = directory(course, config(course))
    return Path(place.format_path(getattr(place, f"{step}_directory"), learner, assignment))


def submitted(course: Course, assignment: str) -> list[str]:
    """Return the learners who have something in `submitted/`, sorted."""
    found = glob.glob(str(folder(course, "submitted", "*", glob.escape(assignment))))  # noqa: PTH207
    return sorted({Path(path).parent.name for path in found if Path(path).is_dir()})


def timestamp(place: Path) -> datetime:
    """Return when a folder of `submitted/` was handed in: its timestamp.txt, else its newest notebook's time."""
    with _log() as (log, _):
        try:
            found = CourseDirectory(log=log).get_existing_timestamp(str(place))
        except AttributeError:  # nbgrader 0.9.6 calls a method that CourseDirectory lacks when it cannot read the text
            found = None
    if found is not None:
        moment: datetime = found.replace(tzinfo=UTC)
        return moment
    newest = max((path.stat().st_mtime for path in place.rglob("*.ipynb")), default=0.0)
    return datetime.fromtimestamp(newest, UTC)


def assignments(course: Course) -> dict[str, list[str]]:
    """Return the names of the notebooks of every assignment that the gradebook can mark."""
    with opened(course) as book:
        return {each.name: sorted(nb.name for nb in each.notebooks) for each in book.assignments if each.notebooks}


def generate(
    course: Course, assignment: str, source: str, into: str, *, stubs: tuple[str, str], record: bool
) -> dict[str, tuple[Notebook, Notebook]]:
    """Make the learners' version of an assignment with nbgrader's `GenerateAssignment`; return notebooks by name.

    Each comes twice: as it is marked (solutions gone, tests whole) and as learners get it.

    Args:
        source: folder of the course that stands for nbgrader's `source`, relative.
        into: the same for `release`.
        stubs: what stands in place of solutions, for code and for text, unless the course's settings say.
        record: whether the cells go into the gradebook.
    """
    settings = copy.deepcopy(config(course))
    if "code_stub" not in settings.ClearSolutions:
        settings.ClearSolutions.code_stub = {"python": stubs[0]}
    if "text_stub" not in settings.ClearSolutions:
        settings.ClearSolutions.text_stub = stubs[1]
    place = directory(course, settings, assignment_id=assignment, source_directory=source, release_directory=into)
    whole: dict[str, Notebook] = {}

    def capture(notebook: Notebook, resources: Any) -> tuple[Notebook, Any]:
        whole[resources["nbgrader"]["notebook"]] = copy.deepcopy(notebook)
        return notebook, resources

    with _log() as (log, heard):
        maker = GenerateAssignment(coursedir=place, config=settings, log=log)
        maker.force, maker.no_database = True, not record
        maker.preprocessors = [
            step
            for each in maker.preprocessors
            for step in ((capture, *([each] if record else [])) if _is(each, SaveCells) else (each,))
        ]
        try:
            maker.start()
        except NbGraderException as error:
            raise BadSource(_why(assignment, heard)) from error
    made = Path(place.format_path(into, ".", assignment))
    return {name: (whole[name], nb.read(made / f"{name}.ipynb")) for name in sorted(whole)}


def due_of(course: Course, assignment: str) -> datetime | None:
    """Return until when an assignment can be handed in; None for no end."""
    with opened(course) as book:
        found = book.find_assignment(assignment).duedate
    return found.replace(tzinfo=UTC) if found else None


def due(course: Course, assignment: str, when: str | None) -> None:
    """Note in the gradebook until when an assignment can be handed in; ISO 8601, None for no end."""
    with opened(course) as book:
        book.update_or_create_assignment(assignment, duedate=when)


def _is(step: Any, wanted: type) -> bool:
    return step is wanted or (isinstance(step, str) and step.rpartition(".")[2] == wanted.__name__)


def _why(assignment: str, heard: list[str]) -> str:
    told = [
        line for text in heard for line in text.splitlines() if line.strip() and not line.startswith((" ", "Trace"))
    ]
    return f"{assignment}: nbgrader cannot make the learners' version: " + (
        told[-3] if len(told) > 2 else " ".join(told)
    )


def as_released(course: Course, assignment: str, name: str) -> list[Notebook]:
    """Return the cells that marking relies on, as the gradebook has them, in the order of the notebook.

    Each is a cell of nbformat 4 with its whole `nbgrader` metadata. The order is that of the source, when it is there.
    They are read once while the gradebook is kept open: nobody may change them.
    """
    return kept(course, ("released", assignment, name), lambda: _as_released(course, assignment, name))


def _as_released(course: Course, assignment: str, name: str) -> list[Notebook]:
    with opened(course) as book:
        notebook = book.find_notebook(name, assignment)
        points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
        grades = {cell.name for cell in notebook.grade_cells}
        solutions = {cell.name for cell in notebook.solution_cells}
        tasks = {cell.name for cell in notebook.task_cells}
        cells = {
            cell.name: nb.cell(
                cell.cell_type,
                cell.source or "",
                {
                    "nbgrader": {
                        "grade": cell.name in grades,
                        "solution": cell.name in solutions,
                        "task": cell.name in tasks,
                        "locked": bool(cell.locked),
                        "grade_id": cell.name,
                        "cell_type": cell.cell_type,
                        "checksum": cell.checksum,
                        "schema_version": 3,
                        **({"points": points[cell.name]} if cell.name in points else {}),
                    }
                },
            )
            for cell in notebook.source_cells
        }
    order = _order(folder(course, "source", ".", assignment) / f"{name}.ipynb")
    return sorted(cells.values(), key=lambda cell: order.get(cell.metadata.nbgrader.grade_id, len(order)))


def _order(source: Path) -> dict[str, int]:
    try:
        parsed = nb.read(source)
    except Exception:  # the order is a help, never a condition; nbformat raises whatever its parsers raise
        return {}
    found = (cell.metadata.get("nbgrader", {}).get("grade_id") for cell in parsed.cells)
    return {grade_id: index for index, grade_id in enumerate(found) if grade_id}


def kernelspec(course: Course, assignment: str, name: str) -> dict[str, Any]:
    """Return the kernel that the assignment was written for; what a learner's notebook names does not count."""
    with opened(course) as book:
        return json.loads(book.find_notebook(name, assignment).kernelspec or "{}") or {}


def take_back(course: Course, assignment: str, learner: str) -> None:
    """Take the program's points from a hand-in; what a person gave stays."""
    with opened(course) as book:
        try:
            handed_in = book.find_submission(assignment, learner)
        except MissingEntry:
            return
        for notebook in handed_in.notebooks:
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = None, True
        book.db.commit()


def expect(course: Course, assignment: str, learner: str) -> None:
    """Make sure that the gradebook knows the learner and the hand-in, even when it cannot be marked."""
    with opened(course) as book:
        book.update_or_create_student(learner)
        book.update_or_create_submission(assignment, learner)
    take_back(course, assignment, learner)


def enrol(course: Course, learner: str, first_name: str, last_name: str) -> None:
    """Note a learner's name in the gradebook."""
    with opened(course) as book:
        book.update_or_create_student(learner, first_name=first_name, last_name=last_name)


def checksum_matches(cell: Notebook) -> bool:
    """Return whether a cell with `nbgrader` metadata is untouched since its release."""
    return bool(cell.metadata.nbgrader.get("checksum") == compute_checksum(cell))


def roles(cell: Notebook) -> tuple[bool, bool, bool]:
    """Return whether a cell is graded, is the learner's answer, is a task."""
    return bool(is_grade(cell)), bool(is_solution(cell)), bool(is_task(cell))


def checksummed(cell: Notebook) -> Notebook:
    """Return the cell with the checksum of what it holds."""
    cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return cell


def marks(course: Course, assignment: str, learner: str) -> Marks | None:
    """Return what the gradebook says about a learner's hand-in; None when there is none."""
    with opened(course) as book:
        try:
            handed_in = book.find_submission(assignment, learner)
        except MissingEntry:
            return None
        student = handed_in.student
        cells: list[Cell] = []
        for notebook in sorted(handed_in.notebooks, key=lambda each: str(each.name)):
            comments = {each.name: each.manual_comment or "" for each in notebook.comments}
            answers = {each.name for each in notebook.notebook.solution_cells}
            tasks = {each.name for each in notebook.notebook.task_cells}
            order = {
                cell.metadata.nbgrader.grade_id: index
                for index, cell in enumerate(as_released(course, assignment, notebook.name))
            }
            for grade in sorted(notebook.grades, key=lambda each: order.get(each.name, len(order))):
                marked = grade.auto_score is not None or grade.manual_score is not None
                cells.append(
                    Cell(
                        notebook=notebook.name,
                        id=grade.name,
                        points=float(grade.score) if marked else None,
                        max_points=float(grade.max_score),
                        by_hand=grade.name in answers | tasks or grade.cell_type != "code",
                        needs_manual=bool(grade.needs_manual_grade),
                        comment=comments.get(grade.name, ""),
                    )
                )
        penalty = sum(each.late_submission_penalty or 0 for each in handed_in.notebooks)
        return Marks(
            learner=learner,
            name=" ".join(part for part in (student.first_name, student.last_name) if part),
            score=float(handed_in.score) - penalty,
            max_score=float(handed_in.max_score),
            cells=cells,
        )


def comments(course: Course, assignment: str, learner: str) -> dict[tuple[str, str], str]:
    """Return the trainer's comments on a hand-in, by notebook and grade id."""
    with opened(course) as book:
        try:
            handed_in = book.find_submission(assignment, learner)
        except MissingEntry:
            return {}
        return {
            (notebook.name, each.name): each.manual_comment
            for notebook in handed_in.notebooks
            for each in notebook.comments
            if each.manual_comment
        }
