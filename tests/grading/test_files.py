"""What lies beside a notebook."""

from __future__ import annotations

from pathlib import Path

from grading.files import beside


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
