"""Release: nothing that learners must not see, the same bytes each time, faults named with their place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from grading import gradebook
from grading.course import Course
from grading.errors import BadSource, UnclosedRegion, WrongCall
from grading.marking import settled
from grading.release import Release, release

type Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def material(tmp_path: Path, repository: Path) -> Path:
    """A checkout of its own, to write faults into."""
    root = tmp_path / "checkout"
    shutil.copytree(repository / "notebooks" / "assignments", root / "notebooks" / "assignments")
    return root


def edit(material: Path, language: str, old: str, new: str) -> Path:
    path = material / "notebooks" / "assignments" / language / "premiers-pas.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_release_removes_solutions_and_hidden_tests(released: Release, repository: Path) -> None:
    for language in ("fr", "en", "ar"):
        source = (repository / "notebooks" / "assignments" / language / "premiers-pas.md").read_text("utf-8")
        secret = re.findall(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)\s*### END", source, re.DOTALL)
        learners = nbformat.read(released.folder / language / "premiers-pas.ipynb", 4)
        text = "\n".join(cell.source for cell in learners.cells)
        assert len(secret) == 9
        assert not [region for region in secret if region.strip() in text]
        assert "BEGIN" not in text
        assert "raise NotImplementedError()" in text


def test_releasing_again_gives_the_same_bytes(
    released: Release, course: Course, repository: Path, tmp_path: Path
) -> None:
    again = release(course, "premiers-pas", repository, tmp_path / "again")

    files = sorted(path.relative_to(released.folder) for path in released.folder.rglob("*") if path.is_file())
    assert [(again.folder / path).read_bytes() for path in files] == [
        (released.folder / path).read_bytes() for path in files
    ]


def test_the_repository_holds_what_its_source_releases(released: Release, repository: Path) -> None:
    kept = repository / "notebooks" / "released" / "decouverte" / "premiers-pas"
    for path in released.folder.rglob("*.*"):
        assert (kept / path.relative_to(released.folder)).read_bytes() == path.read_bytes(), path.name


def test_release_json_tells_what_there_is_to_hand_in(released: Release) -> None:
    about = json.loads((released.folder / "release.json").read_text("utf-8"))

    assert (about["course"], about["assignment"], about["languages"][0]) == ("decouverte", "premiers-pas", "fr")
    assert set(about["languages"]) == {"fr", "en", "ar"}
    assert about["points"] == 10
    assert [cell["mode"] for cell in about["cells"]] == ["auto"] * 4 + ["manual"]


def test_test_cells_are_locked_for_learners(released: Release) -> None:
    learners = nbformat.read(released.folder / "fr" / "premiers-pas.ipynb", 4)
    tests = [cell for cell in learners.cells if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-test")]
    assert tests
    assert all(cell.metadata.editable is False and cell.metadata.deletable is False for cell in tests)


def test_nbgrader_can_mark_what_was_released(course: Course) -> None:
    assert gradebook.assignments(course) == {"premiers-pas": ["premiers-pas"]}
    assert (course.root / "source" / "premiers-pas" / "premiers-pas.ipynb").exists()
    assert (course.root / "release" / "premiers-pas" / "premiers-pas.ipynb").exists()


@pytest.mark.parametrize("region", ["SOLUTION", "HIDDEN TESTS"])
def test_an_unclosed_region_is_refused_with_its_line(
    course: Course, material: Path, region: str, tmp_path: Path
) -> None:
    path = edit(material, "fr", f"### END {region}\n", "\n")
    line = path.read_text("utf-8").split(f"BEGIN {region}")[0].count("\n") + 1

    with pytest.raises(UnclosedRegion) as fault:
        release(course, "premiers-pas", material, tmp_path / "out")

    assert fault.value.what.startswith(f"{path}:{line}: unclosed-region: BEGIN {region} has no END {region}")
    assert not (tmp_path / "out").exists()


def test_an_unclosed_region_ends_the_command_with_status_1(
    grading: Run, course: Course, material: Path, tmp_path: Path
) -> None:
    edit(material, "fr", "### END SOLUTION\n", "\n")
    refused = grading(
        "release", "premiers-pas", "--material", material, "--course", course.root, "--into", tmp_path / "out"
    )

    assert refused.returncode == 1
    assert "unclosed-region" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_differs_between_languages_is_all_told(course: Course, material: Path, tmp_path: Path) -> None:
    edit(material, "en", '"points": 2', '"points": 3')
    edit(material, "ar", '"grade_id": "est-majeur-test"', '"grade_id": "majeur-test"')

    with pytest.raises(BadSource) as fault:
        release(course, "premiers-pas", material, tmp_path / "out")

    lines = fault.value.what.splitlines()
    assert any(
        "en/premiers-pas.md: other-cell: prix-total-test is code grade+locked, 3 points" in line for line in lines
    )
    assert any("ar/premiers-pas.md: missing-cell: est-majeur-test is in fr and not here" in line for line in lines)
    assert any("ar/premiers-pas.md: extra-cell: majeur-test is not in fr" in line for line in lines)


def test_a_region_outside_graded_cells_is_refused(course: Course, material: Path, tmp_path: Path) -> None:
    edit(
        material,
        "fr",
        "def reste(budget, depense):",
        "### BEGIN SOLUTION\n### END SOLUTION\ndef reste(budget, depense):",
    )

    with pytest.raises(BadSource, match="lost-region"):
        release(course, "premiers-pas", material, tmp_path / "out")


def test_an_unknown_assignment_is_a_wrong_call(course: Course, material: Path) -> None:
    with pytest.raises(WrongCall, match="there is no assignment premier-pas"):
        release(course, "premier-pas", material)


def test_a_source_that_the_trainer_changed_is_kept_beside(course: Course, repository: Path, tmp_path: Path) -> None:
    source = course.root / "source" / "premiers-pas" / "premiers-pas.ipynb"
    notebook = nbformat.read(source, 4)
    notebook.cells[0].source = "# Mine"
    nbformat.write(notebook, source)
    changed = source.read_bytes()

    release(course, "premiers-pas", repository, tmp_path / "out")

    assert [path.read_bytes() for path in (course.own / "replaced").iterdir()] == [changed]


def test_what_the_author_says_about_marking_comes_with_the_release(
    course: Course, material: Path, tmp_path: Path
) -> None:
    wishes = material / "notebooks" / "assignments" / "premiers-pas.toml"
    wishes.write_text('attempts = "best"\n')
    release(course, "premiers-pas", material, tmp_path / "published")
    assert settled(course, "premiers-pas", {}).policy == "best"

    wishes.write_text('attempts = "worst"\n')
    with pytest.raises(BadSource, match=r"premiers-pas\.toml: attempts = 'worst' is not known"):
        release(course, "premiers-pas", material, tmp_path / "published")
    wishes.unlink()
    release(course, "premiers-pas", material, tmp_path / "published")
    assert settled(course, "premiers-pas", {}).policy == "last"
