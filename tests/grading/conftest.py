"""Courses to test on: one released once, copied for each test; notebooks as learners leave them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from grading import course as courses
from grading import gradebook, handin
from grading.course import Course
from grading.release import Release, release

GRADING = Path(sys.executable).with_name("grading")


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Release:
    """The assignment `premiers-pas`, released in the course `decouverte`."""
    root = tmp_path_factory.mktemp("released")
    made = courses.init(root / "decouverte")
    gradebook.create(made)
    return release(made, "premiers-pas", repository, root / "published")


@pytest.fixture
def course(released: Release, tmp_path: Path) -> Course:
    """A course of its own, where `premiers-pas` was released."""
    shutil.copytree(released.folder.parents[2] / "decouverte", tmp_path / "decouverte")
    return courses.find(tmp_path / "decouverte")


type Pack = Callable[..., bytes]


@pytest.fixture
def pack(released: Release) -> Pack:
    """Make the bytes of a hand-in file: `pack("amina", {"prix-total": "…"}, language="fr", minute=0)`."""

    def made(
        learner: str = "amina",
        answers: dict[str, str] | None = None,
        language: str = "fr",
        minute: int = 0,
        **other: str,
    ) -> bytes:
        about = {"course": "decouverte", "release": released.about["hash"], **other}
        return handin.write(
            handin.Handin(
                course=about["course"],
                learner=learner,
                assignment=about.get("assignment", "premiers-pas"),
                language=language,
                created=f"2026-11-20T10:{minute:02}:00Z",
                release=about["release"],
                notebooks={"premiers-pas": answered(released, language, answers or {})},
            )
        )

    return made


def answered(released: Release, language: str, answers: dict[str, str]) -> bytes:
    """Return the released notebook with these answers, by grade id."""
    notebook = nbformat.read(released.folder / language / "premiers-pas.ipynb", 4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return nbformat.writes(notebook).encode()


type Run = Callable[..., subprocess.CompletedProcess[str]]


def _run(command: list[object], cwd: Path | None, **environment: str) -> subprocess.CompletedProcess[str]:
    # nbgrader starts `alembic` and `jupyter` by name; 200 columns, so that no sentence is broken.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def grading() -> Run:
    """Run the command as people do: `grading("init", folder, cwd=…)`."""
    return lambda *arguments, cwd=None, **environment: _run([GRADING, *arguments], cwd, **environment)


@pytest.fixture(scope="session")
def nbgrader() -> Run:
    """Run nbgrader's own command."""
    return lambda *arguments, cwd: _run([sys.executable, "-m", "nbgrader", *arguments], cwd)
