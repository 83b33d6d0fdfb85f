"""Assignments: the solution earns every automatic point, the untouched stub none, in every language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jupytext
import pytest

from grading.sandbox import Sandbox

ASSIGNMENTS = Path(__file__).resolve().parents[2] / "notebooks" / "assignments"
NAMES = sorted(path.stem for path in (ASSIGNMENTS / "fr").glob("*.md"))
LANGUAGES = ("fr", "en", "ar")
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION", re.MULTILINE | re.DOTALL)
EXPECTED = {"fr": "attendu", "en": "expected", "ar": "المنتظر"}


def read(language: str, name: str) -> Any:
    return jupytext.read(ASSIGNMENTS / language / f"{name}.md")


def marked(notebook: Any) -> list[dict[str, Any]]:
    return [cell.metadata["nbgrader"] for cell in notebook.cells if "nbgrader" in cell.metadata]


def run(notebook: Any, sandbox: Sandbox) -> list[tuple[str, str | None]]:
    """Return id and error text (None when all went well) of each automatic test."""
    ran = sandbox.run(notebook)
    assert not ran.problems
    return [
        (
            cell["metadata"]["nbgrader"]["grade_id"],
            next((output["evalue"] for output in cell["outputs"] if output["output_type"] == "error"), None),
        )
        for cell in ran.notebook["cells"]
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
    ]


@pytest.mark.engine
@pytest.mark.parametrize("name", NAMES)
def test_the_solution_earns_all_and_the_stub_nothing(name: str, engine: Path) -> None:
    with Sandbox(engine) as sandbox:
        for language in LANGUAGES:
            solved = run(read(language, name), sandbox)
            assert solved
            assert all(error is None for _, error in solved), f"{language}: {solved}"
            stub = read(language, name)
            for cell in stub.cells:
                cell.source = SOLUTION.sub(r"\1raise NotImplementedError()", cell.source)
            assert all(error is not None for _, error in run(stub, sandbox)), language


@pytest.mark.engine
@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_answer_is_told_what_was_expected_in_its_language(name: str, engine: Path) -> None:
    with Sandbox(engine) as sandbox:
        for language in LANGUAGES:
            wrong = read(language, name)
            for cell in wrong.cells:
                cell.source = SOLUTION.sub(r'\1return "?"', cell.source)
            for grade_id, error in run(wrong, sandbox):
                assert error
                assert EXPECTED[language] in error, f"{language}: {grade_id}: {error}"


@pytest.mark.parametrize("name", NAMES)
def test_cells_points_and_kinds_are_the_same_in_every_language(name: str) -> None:
    french = marked(read("fr", name))
    assert len({cell["grade_id"] for cell in french}) == len(french)
    for language in LANGUAGES[1:]:
        assert marked(read(language, name)) == french


@pytest.mark.parametrize("name", NAMES)
def test_ten_points_of_which_some_are_given_by_a_person(name: str) -> None:
    notebook = read("fr", name)
    assert sum(cell.get("points", 0) for cell in marked(notebook)) == 10
    assert any(cell["grade"] and cell["solution"] for cell in marked(notebook))


@pytest.mark.parametrize("name", NAMES)
def test_every_test_cell_has_visible_and_hidden_tests(name: str) -> None:
    for language in LANGUAGES:
        for cell in read(language, name).cells:
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
                visible, _, hidden = cell.source.partition("### BEGIN HIDDEN TESTS\n")
                assert "assert " in visible
                assert "assert " in hidden
