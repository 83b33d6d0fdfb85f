"""Notebooks are put back into the released shape, and what the learner wrote stays."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from grading import notebook as nb
from grading.restore import restore


def cell(grade_id: str, source: str, **roles: object) -> nb.Notebook:
    meta = {"grade": False, "solution": False, "task": False, "locked": False, "grade_id": grade_id, **roles}
    return nb.cell("code", source, {"nbgrader": {**meta, "schema_version": 3, "checksum": "x", "cell_type": "code"}})


ANSWER = cell("answer", "# write here", solution=True)
TEST = cell("test", "assert f(1) == 1", grade=True, locked=True, points=1)
LATER = cell("later", "assert f(2) == 2", grade=True, locked=True, points=2)
RELEASED = [ANSWER, TEST, LATER]


def notebook(*cells: nb.Notebook) -> nb.Notebook:
    return nb.node(
        {"cells": copy.deepcopy(list(cells)), "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
    )


def told(*cells: nb.Notebook) -> tuple[list[str], list[str]]:
    made, problems = restore(notebook(*cells), RELEASED)
    return [each.source for each in made.cells], [problem.kind for problem in problems]


def test_an_untouched_notebook_stays_as_it_is() -> None:
    assert told(*RELEASED) == ([each.source for each in RELEASED], [])


def test_a_changed_test_gets_its_text_back_and_an_answer_keeps_its_own() -> None:
    mine, weakened = copy.deepcopy(ANSWER), copy.deepcopy(TEST)
    mine.source, weakened.source = "def f(n): return n", "assert True"
    assert told(mine, weakened, LATER) == (["def f(n): return n", TEST.source, LATER.source], ["changed"])


def test_a_deleted_test_comes_back_even_when_its_neighbours_are_gone() -> None:
    assert told(LATER) == ([TEST.source, LATER.source], ["restored"])
    assert told() == ([TEST.source, LATER.source], ["restored", "restored"])


def test_of_two_copies_the_last_counts() -> None:
    first, last = copy.deepcopy(ANSWER), copy.deepcopy(ANSWER)
    first.source, last.source = "1", "2"
    made, problems = restore(notebook(first, last, TEST, LATER), RELEASED)
    assert ["nbgrader" in each.metadata for each in made.cells] == [False, True, True, True]
    assert [problem.kind for problem in problems] == ["duplicated"]


def test_metadata_that_a_learner_changed_is_the_released_one_again() -> None:
    richer = copy.deepcopy(TEST)
    richer.metadata.nbgrader.update({"points": 100, "grade": False, "solution": True})
    richer.metadata["tags"] = ["skip-execution"]
    made, _ = restore(notebook(ANSWER, richer, LATER), RELEASED)
    assert made.cells[1].metadata == TEST.metadata


junk = (
    st.none()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(
        st.sampled_from(["grade_id", "grade", "points", "solution"]),
        st.none() | st.text(max_size=5) | st.sampled_from(["answer", "test"]) | st.lists(st.integers(), max_size=1),
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), junk), max_size=6))
def test_whatever_the_metadata_every_test_runs_once(cells: list[tuple[str, object]]) -> None:
    made, _ = restore(notebook(*(nb.cell(kind, "x", {"nbgrader": meta}) for kind, meta in cells)), RELEASED)
    graded = [each for each in made.cells if each.metadata.get("nbgrader", {}).get("grade")]
    assert sorted(each.metadata.nbgrader.grade_id for each in graded) == ["later", "test"]
    assert {each.source for each in graded} == {TEST.source, LATER.source}
