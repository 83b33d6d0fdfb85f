"""The notebooks of nbgrader's own tests, marked by us: the points that its tests assert.

Source: nbgrader 0.9.6, nbgrader/tests/apps/test_nbgrader_autograde.py, whose notebooks come with its wheel.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from grading import course as courses
from grading import gradebook
from grading.course import Course
from grading.grade import grade
from grading.limits import Limits
from grading.pool import Local

DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
PENALTY = """
from nbgrader.plugins import BasePlugin


class OnePointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return int(total_seconds_late / 3600)


c.AssignLatePenalties.plugin_class = OnePointAnHour
"""


@dataclass(frozen=True)
class Case:
    """An assignment of one notebook, `p1`: its source, and of each learner the notebook, its score and its maximum.

    Attributes:
        waits: learners with cells that wait for a person.
        late: hours after the end, by learner.
        marked_with: what marking reads of nbgrader's settings.
        stub: what stands in place of solutions.
    """

    source: str
    learners: dict[str, tuple[str, float]]
    most: float
    waits: frozenset[str] = frozenset()
    late: dict[str, int] = field(default_factory=dict)
    marked_with: str = ""
    stub: str = "# YOUR CODE HERE\nraise NotImplementedError()"


UNCHANGED, CHANGED = ("submitted-unchanged", 1), ("submitted-changed", 2)
CASES = {
    "answers": Case("submitted-unchanged", {"foo": UNCHANGED, "bar": CHANGED}, 7, frozenset({"bar"})),
    "autotest": Case(
        "autotest-simple", {"foo": ("autotest-simple-unchanged", 0), "bar": ("autotest-simple-changed", 1)}, 1
    ),
    "hashed autotest": Case(
        "autotest-hashed", {"foo": ("autotest-hashed-unchanged", 0), "bar": ("autotest-hashed-changed", 1)}, 1
    ),
    "autotests": Case(
        "autotest-multi", {"foo": ("autotest-multi-unchanged", 0), "bar": ("autotest-multi-changed", 3)}, 4
    ),
    "hidden autotest": Case(
        "autotest-hidden",
        {
            "foo": ("autotest-hidden-unchanged", 0),
            "bar": ("autotest-hidden-changed-wrong", 0),
            "baz": ("autotest-hidden-changed-right", 1),
        },
        1,
    ),
    "showtraceback": Case(
        "submitted-unchanged",
        {
            "foo": UNCHANGED,
            "bar": CHANGED,
            "spam": ("submitted-cheat-attempt", 1),
            "eggs": ("submitted-cheat-attempt-alternative", 1),
        },
        7,
        frozenset({"bar", "spam", "eggs"}),
    ),
    "it is marked": Case("validating-environment-variable", {"foo": ("validating-environment-variable", 0)}, 1),
    "late, no plugin": Case(
        "submitted-unchanged", {"foo": UNCHANGED, "bar": CHANGED}, 7, frozenset({"bar"}), late={"bar": 1}
    ),
    "late, nothing counts": Case(
        "submitted-unchanged",
        {"foo": UNCHANGED, "bar": ("submitted-changed", 0)},
        7,
        frozenset({"bar"}),
        late={"bar": 1},
        marked_with="c.LateSubmissionPlugin.penalty_method = 'zero'",
    ),
    "late, a point an hour": Case(
        "submitted-unchanged",
        {"foo": ("submitted-unchanged", 0), "bar": ("submitted-changed", 1)},
        7,
        frozenset({"bar"}),
        late={"foo": 4, "bar": 1},
        marked_with=PENALTY,
    ),
}


@pytest.fixture(scope="module")
def files() -> Path:
    spec = find_spec("nbgrader")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "tests" / "apps" / "files"


@pytest.fixture(scope="module")
def pool(engine: Path) -> Iterator[Local]:
    with Local(2, engine, Limits()) as started:
        yield started


def made(root: Path, case: Case, files: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    # nbgrader starts `alembic` and kernels by name, and looks for autotests.yml where it stands.
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    root.mkdir()
    monkeypatch.chdir(root)
    course = courses.init(root)
    gradebook.create(course)
    (root / "source" / "ps1").mkdir()
    shutil.copy(files / f"{case.source}.ipynb", root / "source" / "ps1" / "p1.ipynb")
    shutil.copy(files / "autotests.yml", root)
    gradebook.generate(course, "ps1", "source", "release", stubs=(case.stub, "YOUR ANSWER HERE"), record=True)
    gradebook.due(course, "ps1", DUE.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for learner, (name, _) in case.learners.items():
        folder = root / "submitted" / learner / "ps1"
        folder.mkdir(parents=True)
        shutil.copy(files / f"{name}.ipynb", folder / "p1.ipynb")
        moment = DUE + timedelta(hours=case.late.get(learner, -1))
        (folder / "timestamp.txt").write_text(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write(f"\n{case.marked_with}\n")
    return course


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize("name", CASES)
def test_nbgraders_own_notebooks_get_the_points_that_its_tests_assert(
    name: str, files: Path, pool: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    course = made(tmp_path / "course", case, files, monkeypatch)

    results = grade(course, "ps1", pool=pool)

    found = {each.learner: (each.status, each.score, each.max_score) for each in results}
    assert found == {learner: ("graded", score, case.most) for learner, (_, score) in case.learners.items()}
    assert {each.learner for each in results if each.needs_manual} == case.waits


@pytest.mark.slow
@pytest.mark.engine
def test_a_right_answer_by_the_visible_tests_gets_nothing_for_the_hidden_ones(
    files: Path, pool: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = made(tmp_path / "course", Case("test-hidden-tests", {}, 0, stub="# YOUR CODE HERE"), files, monkeypatch)
    shutil.copytree(course.root / "release" / "ps1", course.root / "submitted" / "foo" / "ps1")

    [result] = grade(course, "ps1", pool=pool)

    assert result.score == 1.5
