"""From outputs to points: fair where nbgrader is not, to the letter where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_output

from grading.collect import collect
from grading.course import Course
from grading.grade import grade
from grading.gradebook import marker
from grading.marking import Marking
from grading.results import Result
from grading.scoring import fair

WARNS = """import sys, warnings
def prix_total(p, q):
    print("attention", file=sys.stderr)
    warnings.warn("doucement")
    return p * q"""
PERJURER = """class Vrai:
    def __eq__(self, other): return True
    def __hash__(self): return 0
def prix_total(p, q): return Vrai()"""


def cell(*outputs: Any) -> Any:
    made = new_code_cell("1", outputs=list(outputs))
    made.metadata.nbgrader = {"grade": True, "grade_id": "a", "points": 2, "solution": False, "schema_version": 3}
    return made


def ends_with(text: str) -> Any:
    return new_output("execute_result", {"text/plain": text})


WARNING = new_output("stream", name="stderr", text="careful")
ERROR = new_output("error", ename="AssertionError", evalue="", traceback=[])
SEEN = new_output("stream", name="stdout", text="0")


@pytest.mark.parametrize(
    ("outputs", "points", "reason"),
    [
        ([], 2, None),
        ([SEEN], 2, None),
        ([WARNING], 2, "stderr"),
        ([WARNING, SEEN], 2, "stderr"),
        ([WARNING, ERROR], 0, "stderr"),
        ([ERROR], 0, None),
        ([ends_with("1.5")], 1.5, None),
        ([WARNING, ends_with("1.5")], 1.5, "stderr"),
        ([ends_with("0")], 0, None),
        ([ends_with("-1")], 0, "points"),
        ([ends_with("nan")], 0, "points"),
        ([ends_with("-inf")], 0, "points"),
        ([ends_with("'tout'")], 0, "points"),
        ([new_output("execute_result", {"text/html": "1"})], 0, "points"),
    ],
)
def test_outputs_give_points(outputs: list[Any], points: float, reason: str | None) -> None:
    given = cell(*outputs)
    scored, why = fair(given)
    assert marker.determine_grade(scored) == (points, 2)
    assert why == reason
    assert given.outputs == outputs


def test_a_word_at_the_end_is_no_fault_where_the_author_has_one_too() -> None:
    scored, why = fair(cell(ends_with("'bravo'")), wordy=True)
    assert marker.determine_grade(scored) == (2, 2)
    assert why is None


@pytest.fixture
def marked(course: Course, pack: Any, tmp_path: Path, engine: Path) -> Any:
    def mark(answer: str, marking: Marking | None = None) -> tuple[Result, float | None, list[str]]:
        (tmp_path / "work.handin").write_bytes(pack("amina", {"prix-total": answer}))
        collect(course, None, [tmp_path / "work.handin"])
        [result] = [each for each in grade(course, "premiers-pas", marking=marking) if each.counts]
        [test] = [each for each in result.cells if each.id == "prix-total-test"]
        return result, test.points, [problem.kind for problem in result.problems]

    return mark


@pytest.mark.slow
@pytest.mark.engine
def test_a_warning_costs_nothing_but_by_nbgraders_rules(marked: Any) -> None:
    result, points, problems = marked(WARNS)
    assert (points, problems) == (2, ["fair_stderr"])
    assert "nbgrader would give none" in " ".join(result.document()["problems"])
    _, points, problems = marked(WARNS, Marking(rules="nbgrader"))
    assert (points, problems) == (0, [])


@pytest.mark.slow
@pytest.mark.engine
def test_what_says_yes_to_everything_gains_nothing_unless_the_tests_run_beside_it(marked: Any) -> None:
    result, points, _ = marked(PERJURER)
    assert points == 0
    assert {each.mode for each in result.cells if each.id.endswith("-test")} == {"isolated"}
    result, points, _ = marked(PERJURER, Marking(mode="shared"))
    assert points == 2
    assert {each.mode for each in result.cells if each.id.endswith("-test")} == {"shared"}
