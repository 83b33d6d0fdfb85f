"""The sandbox in nbconvert's place for running notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import NotebookExporter

from grading.execute import SandboxExecute, beside
from grading.limits import Limits
from grading.sandbox import Run, Sandbox

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def sandbox(engine: Path) -> Iterator[Sandbox]:
    with Sandbox(engine, Limits(cell_s=4)) as started:
        yield started


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Squares"),
            nbformat.v4.new_code_cell(
                "int(open('numbers.txt').read()) ** 2", metadata={"nbgrader": {"grade_id": "sq"}}
            ),
            nbformat.v4.new_code_cell("while True: pass", metadata={"nbgrader": {"grade_id": "loop"}}),
        ]
    )
    (tmp_path / "numbers.txt").write_text("7")
    path = tmp_path / "squares.ipynb"
    nbformat.write(notebook, path)
    return path


def test_a_notebook_that_nbconvert_reads_comes_back_with_outputs_and_its_problems_beside_it(
    sandbox: Sandbox, handed_in: Path
) -> None:
    runs: dict[Path, Run] = {}
    exporter = NotebookExporter(preprocessors=[SandboxExecute])
    with SandboxExecute.using(sandbox, on_run=runs.__setitem__):
        text, resources = exporter.from_filename(str(handed_in), resources={"unique_key": "squares"})
    notebook = nbformat.reads(text, 4)
    nbformat.validate(notebook)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "49"
    assert [(problem.cell_id, problem.kind) for problem in resources["passerelle_problems"]] == [("loop", "timeout")]
    assert runs[handed_in].problems == resources["passerelle_problems"]
    assert notebook.cells[1].metadata == {"nbgrader": {"grade_id": "sq"}}


def test_without_a_sandbox_nothing_is_run(handed_in: Path) -> None:
    with pytest.raises(RuntimeError, match="has no sandbox"):
        NotebookExporter(preprocessors=[SandboxExecute]).from_filename(str(handed_in))


def test_only_plain_files_beside_the_notebook_are_given(tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / "data").mkdir(parents=True)
    (course / "data" / "a.csv").write_text("1")
    (course / ".hidden").write_text("x")
    (course / "other.ipynb").write_text("{}")
    (course / "timestamp.txt").write_text("x")
    (tmp_path / "gradebook.db").write_text("x")
    (course / "link").symlink_to(tmp_path / "gradebook.db")
    (course / "linked").symlink_to(tmp_path)
    assert beside(course) == {"data/a.csv": b"1"}
