"""Course folders: made, found again, refused."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from grading import course as courses

type Run = Callable[..., subprocess.CompletedProcess[str]]


def test_init_makes_a_folder_that_nbgrader_works_on(grading: Run, nbgrader: Run, tmp_path: Path) -> None:
    made = grading("init", tmp_path / "Cours du soir")

    assert made.returncode == 0, made.stderr
    assert "cours-du-soir" in made.stdout
    root = tmp_path / "Cours du soir"
    assert {"nbgrader_config.py", "gradebook.db", "source", "submitted", "inbox"} <= {
        each.name for each in root.iterdir()
    }
    listed = nbgrader("db", "assignment", "list", cwd=root)
    assert listed.returncode == 0, listed.stderr


def test_init_twice_changes_nothing(grading: Run, tmp_path: Path) -> None:
    grading("init", tmp_path / "atelier")
    before = {path: path.read_bytes() for path in (tmp_path / "atelier").rglob("*") if path.is_file()}
    again = grading("init", tmp_path / "atelier")

    assert again.returncode == 0
    assert {path: path.read_bytes() for path in (tmp_path / "atelier").rglob("*") if path.is_file()} == before


def test_init_takes_over_an_nbgrader_course_without_touching_its_settings(grading: Run, tmp_path: Path) -> None:
    config = tmp_path / "nbgrader_config.py"
    config.write_text('c = get_config()\nc.CourseDirectory.course_id = "CS 101"\n')
    made = grading("init", tmp_path)

    assert made.returncode == 0, made.stderr
    assert config.read_text() == 'c = get_config()\nc.CourseDirectory.course_id = "CS 101"\n'
    assert courses.find(tmp_path).code == "cs-101"


def test_a_course_inside_a_git_work_tree_is_refused(grading: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    refused = grading("init", tmp_path / "below" / "course")

    assert refused.returncode == 2
    assert f"ERROR {tmp_path}/below/course lies in the Git work tree {tmp_path}:" in refused.stderr
    assert "TIP   grading init" in refused.stderr
    assert not (tmp_path / "below").exists()


def test_a_course_that_became_part_of_a_git_work_tree_is_refused(grading: Run, tmp_path: Path) -> None:
    grading("init", tmp_path / "course")
    (tmp_path / ".git").mkdir()
    refused = grading("collect", cwd=tmp_path / "course")

    assert refused.returncode == 2
    assert "lies in the Git work tree" in refused.stderr


def test_a_folder_that_is_no_course_is_refused_with_what_to_do(grading: Run, tmp_path: Path) -> None:
    refused = grading("collect", "--course", tmp_path)

    assert refused.returncode == 2
    assert f"ERROR {tmp_path} is no course folder" in refused.stderr
    assert f"TIP   grading init {tmp_path}" in refused.stderr


def test_a_file_is_no_course_folder(grading: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    refused = grading("init", tmp_path / "notes")

    assert refused.returncode == 2
    assert "is a file, not a folder" in refused.stderr
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_bad_code_and_another_code_are_refused(grading: Run, tmp_path: Path) -> None:
    bad = grading("init", tmp_path / "a", "--code", "Été 1")
    assert bad.returncode == 2
    assert "'Été 1' is no course code" in bad.stderr
    assert "--code ete-1" in bad.stderr

    grading("init", tmp_path / "a", "--code", "a")
    other = grading("init", tmp_path / "a", "--code", "b")
    assert other.returncode == 2
    assert "is the course a already" in other.stderr


def test_the_course_is_found_by_environment_and_by_current_folder(grading: Run, tmp_path: Path) -> None:
    grading("init", tmp_path / "course")

    assert grading("collect", cwd=tmp_path, PASSERELLE_COURSE=str(tmp_path / "course")).returncode == 0
    assert grading("collect", cwd=tmp_path / "course").returncode == 0
