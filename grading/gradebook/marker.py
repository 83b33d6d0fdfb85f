"""nbgrader's `Autograde` in steps, on notebooks in memory: its preprocessors, hooks, rules and settings, in its order.

`sanitise` makes what is run, `score` tells what the outputs are worth, `record` writes both into `autograded/` and the
gradebook. Left out is nbconvert, which checks a notebook after each of twelve steps and writes it twice.
"""

from __future__ import annotations

import copy
import glob
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.converters import Autograde  # noqa: TID251
from nbgrader.nbgraderformat import common  # noqa: TID251
from nbgrader.preprocessors import SaveAutoGrades  # noqa: TID251
from nbgrader.utils import determine_grade, find_all_files, is_grade, is_solution, is_task  # noqa: TID251
from traitlets.utils.importstring import import_item

from grading import gradebook
from grading import notebook as nb
from grading.course import Course
from grading.errors import Fault
from grading.files import beside
from grading.scoring import Difference, Scale, fair

Notebook = nb.Notebook
type Step = Callable[[Notebook, Any], tuple[Notebook, Any]]
type Restore = Callable[[str, Notebook], Notebook]
OURS = ("DeduplicateIds", "OverwriteCells")
"""Steps whose work `restore` does."""


class _Marker(Autograde):  # type: ignore[misc]
    """One assignment's `Autograde`, made once for all learners."""

    def __init__(self, course: Course, assignment: str) -> None:
        settings = gradebook.config(course)
        self.course = course
        self.assignment = assignment
        super().__init__(coursedir=gradebook.directory(course, settings), config=settings)
        self.force = True
        self.heard = gradebook.Heard()
        self.log = logging.Logger("nbgrader", logging.ERROR)
        self.log.addHandler(self.heard)
        self.sanitising = [(_name(each), self._made(each)) for each in self.sanitize_preprocessors]
        self.autograding = [(_name(each), self._made(each)) for each in self.autograde_preprocessors]
        self.files = self._source_files()

    def _made(self, step: Any) -> Step:
        found = import_item(step) if isinstance(step, str) else step
        made: Step = found(parent=self) if isinstance(found, type) else found
        return made

    def _source_files(self) -> dict[str, bytes]:
        """Return what lies beside the author's notebooks, which comes over what learners handed in."""
        folder = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", self.assignment))
        left_out = set(self.exclude_overwriting.get(self.assignment, []))
        return {name: data for name, data in self.beside(folder).items() if name not in left_out}

    def beside(self, folder: Path) -> dict[str, bytes]:
        """Return the files that nbgrader would copy from a folder, by path."""
        known = {Path(path).resolve() for path in find_all_files(str(folder), [*self.coursedir.ignore, "*.ipynb"])}
        return {name: data for name, data in beside(folder).items() if (folder / name).resolve() in known}

    def resources(self, learner: str, name: str) -> Any:
        """Return what nbgrader's steps are told of a notebook."""
        told = ResourcesDict()
        told |= {
            "unique_key": name,
            "output_files_dir": f"{name}_files",
            "metadata": {"name": name, "path": self._format_dest(self.assignment, learner)},
            "nbgrader": {
                "student": learner,
                "assignment": self.assignment,
                "notebook": name,
                "db_url": self.coursedir.db_url,
            },
        }
        return told

    def begin(self, learner: str) -> list[Path]:
        """Note the hand-in that stands in `submitted/`, empty its place in `autograded/`, and return its notebooks."""
        folder = Path(self._format_source(self.assignment, learner))
        self.notebooks = sorted(glob.glob(f"{glob.escape(str(folder))}/*.ipynb"))  # noqa: PTH207
        if not self.init_destination(self.assignment, learner):
            raise Fault(f"the course's settings exclude {learner}")
        with _at(self.course.root):
            self.run_pre_convert_hook()
        self.init_assignment(self.assignment, learner)
        return [Path(path) for path in self.notebooks]

    def end(self, learner: str) -> None:
        """Do what nbgrader does last."""
        self.set_permissions(self.assignment, learner)
        with _at(self.course.root):
            self.run_post_convert_hook()


@contextmanager
def _at(folder: Path) -> Iterator[None]:
    """Stand in a folder, as nbgrader's hooks expect."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class _Save(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's scoring, except that a test which yields more than its maximum waits for a person."""

    scale: ClassVar[Scale]

    def _add_score(self, cell: Notebook, resources: Any) -> None:
        counted, _ = _counted(cell, resources["nbgrader"]["notebook"], self.scale)
        if _determined(counted) is _NOTHING:
            grade = self.gradebook.find_grade(
                cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
            )
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()
        else:
            super()._add_score(counted, resources)


_NOTHING = object()


def _determined(cell: Notebook) -> Any:
    """Return nbgrader's points, None where a person gives them, `_NOTHING` where they would be out of range."""
    try:
        points, _ = determine_grade(cell)
    except (ValueError, KeyError, TypeError):
        return _NOTHING
    return points


def _counted(cell: Notebook, name: str, scale: Scale) -> tuple[Notebook, Difference | None]:
    """Return a graded cell with the outputs that count, and what nbgrader alone would give otherwise."""
    if scale.rules != "fair" or cell.cell_type != "code" or is_solution(cell):
        return cell, None
    grade_id = cell.metadata.nbgrader.grade_id
    scored, reason = fair(cell, wordy=(name, grade_id) in scale.wordy)
    if reason is None or _determined(cell) == _determined(scored):
        return scored, None
    return scored, Difference(name, grade_id, reason)


@dataclass(frozen=True)
class Score:
    """What a graded cell's outputs are worth.

    Attributes:
        points: None where a person gives them.
        by_hand: only a person can mark it.
        difference: why nbgrader alone would give others.
    """

    notebook: str
    id: str
    points: float | None
    max_points: float
    by_hand: bool
    difference: Difference | None = None


def score(executed: Mapping[str, Notebook], scale: Scale) -> list[Score]:
    """Return what notebooks with their outputs are worth, without a gradebook; cells in their order.

    Args:
        executed: by name, sanitised and run.
    """
    found = []
    for name, notebook in sorted(executed.items()):
        for cell in notebook.cells:
            if not (is_grade(cell) or is_task(cell)):
                continue
            meta = cell.metadata.nbgrader
            by_hand = bool(is_solution(cell) or is_task(cell) or cell.cell_type != "code")
            counted, difference = _counted(cell, name, scale)
            given = _determined(counted) if is_grade(cell) else None
            points = None if given is None or given is _NOTHING else float(given)
            found.append(Score(name, meta.grade_id, points, float(meta.points), by_hand, difference))
    return found


def _marker(course: Course, assignment: str) -> _Marker:
    """Return the assignment's marker, which lasts as long as the gradebook is kept open."""
    return gradebook.kept(course, ("marker", assignment), lambda: _Marker(course, assignment))


def files(course: Course, assignment: str, folder: Path) -> dict[str, bytes]:
    """Return what the notebooks of a hand-in may read: the author's files, and the learner's where there are none."""
    marker = _marker(course, assignment)
    return marker.beside(folder) | marker.files


def solution_files(course: Course, assignment: str) -> dict[str, bytes]:
    """Return what lies beside the author's notebooks."""
    return _marker(course, assignment).files


def sanitise(
    course: Course, assignment: str, learner: str, notebooks: Mapping[str, Notebook], restore: Restore
) -> dict[str, Notebook]:
    """Return the notebooks that will be run, by name; nothing is written. The gradebook must be kept open.

    Args:
        restore: puts graded cells back as they were released, given the name and the notebook.

    Raises:
        Fault: a step of nbgrader's cannot work on a notebook.
    """
    marker = _marker(course, assignment)
    made = {}
    for name, notebook in notebooks.items():
        (_, first), *others = [each for each in marker.sanitising if each[0] not in OURS]

        def restored(found: Notebook, resources: Any, name: str = name) -> tuple[Notebook, Any]:
            return restore(name, found), resources

        steps = [first, restored, *(step for _, step in others)]
        with gradebook.transaction(course, discard=True):
            made[name] = _through(marker, steps, copy.deepcopy(notebook), learner, name)
    return made


def record(course: Course, assignment: str, learner: str, executed: Mapping[str, Notebook], scale: Scale) -> None:
    """Write notebooks that were run into `autograded/`, and their points into the gradebook, which must be kept open.

    Args:
        executed: by name, of the attempt that stands in `submitted/`.

    Raises:
        Fault: a step of nbgrader's cannot work on a notebook.
    """
    marker = _marker(course, assignment)
    save = type("SaveAutoGrades", (_Save,), {"scale": scale})(parent=marker)
    gradebook.take_back(course, assignment, learner)  # a failure must not leave former points standing
    with _told(marker):
        notebooks = marker.begin(learner)
        gradebook.look_up(course, assignment, learner)
    for path in notebooks:
        name = path.stem
        if name not in executed:
            continue

        def outputs(_: Notebook, resources: Any, name: str = name) -> tuple[Notebook, Any]:
            return copy.deepcopy(executed[name]), resources

        ours: dict[str, Step] = {"Execute": outputs, "SaveAutoGrades": save}
        steps = [ours.get(each, step) for each, step in marker.autograding]
        done = _through(marker, steps, executed[name], learner, name)
        place = Path(marker._format_dest(assignment, learner))
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.ipynb").write_text(nb.text(done), "utf-8", newline="\n")
    with _told(marker):
        marker.end(learner)


def _name(step: Any) -> str:
    return step.rpartition(".")[2] if isinstance(step, str) else getattr(step, "__name__", "")


def _through(marker: _Marker, steps: list[Step], notebook: Notebook, learner: str, name: str) -> Notebook:
    """Return what nbgrader's steps make of a notebook."""
    resources = marker.resources(learner, name)
    with _told(marker), _schemas_once():
        for step in steps:
            notebook, resources = step(notebook, resources)
    return notebook


@contextmanager
def _told(marker: _Marker) -> Iterator[None]:
    """Turn what nbgrader raises into one sentence; the reason it mostly only logs."""
    marker.heard.sentences.clear()
    try:
        with gradebook.told(marker.course):
            yield
    except Fault:
        raise
    except Exception as error:  # a step is anybody's program, and the course's settings may name more
        told = (marker.heard.sentences or [str(error)])[0].strip() or type(error).__name__
        raise Fault(told.splitlines()[0]) from error


class _Checked:
    """jsonschema as nbgrader uses it, but a schema is read and checked once, not again for each cell."""

    def __init__(self) -> None:
        self._validators: dict[str, Any] = {}

    def validate(self, instance: Any, schema: Any) -> None:
        """Raise what jsonschema raises."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            kind = jsonschema.validators.validator_for(schema)
            kind.check_schema(schema)
            self._validators[key] = kind(schema)
        if fault := jsonschema.exceptions.best_match(self._validators[key].iter_errors(instance)):
            raise fault


_checked = _Checked()


@contextmanager
def _schemas_once() -> Iterator[None]:
    before = common.jsonschema
    common.jsonschema = _checked
    try:
        yield
    finally:
        common.jsonschema = before
