"""Collect: everything that can be read is taken in once; everything else is set aside with its reason, untouched."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grading import attempts, gradebook, handin, results
from grading.cli import show_arrivals
from grading.collect import collect
from grading.course import Course
from grading.errors import Fault, WrongCall
from grading.feedback import feedback
from grading.release import Release

type Pack = Callable[..., bytes]

REFUSED: dict[str, tuple[Callable[[Pack], bytes], str]] = {
    "empty.handin": (lambda _: b"", "the file is empty"),
    "cut.handin": (lambda pack: pack()[:500], "the file is cut short: it was not copied or sent to its end"),
    "photo.handin": (lambda _: b"\xff\xd8\xff", "the file is not a hand-in file (it is no zip)"),
    "large.handin": (lambda _: bytes(21 * handin.MIB), "the file is too large: 21.0 MiB, at most 20 are taken"),
    "course.handin": (
        lambda pack: pack(course="autre"),
        "it is for the course autre; this is the course decouverte",
    ),
    "assignment.handin": (
        lambda pack: pack(assignment="boucles"),
        "the assignment boucles was never released in the course decouverte",
    ),
    "release.handin": (
        lambda pack: pack(release="ab" * 32),
        "it comes from a release of premiers-pas that this course does not know (abababab…)",
    ),
    "cv.pdf": (lambda _: b"%PDF", "it is neither a hand-in file (.handin) nor a notebook (.ipynb)"),
    "moodle.zip": (
        lambda _: b"PK",
        "it is a zip, not a hand-in file (.handin): unpack it and collect the folder",
    ),
    "premiers-pas.ipynb": (
        lambda _: b"{}",
        "its name does not tell the learner and the assignment: name it <learner>--<assignment>.ipynb",
    ),
    "amina--premiers-pas.ipynb": (lambda _: b"{}", "premiers-pas.ipynb is not a Jupyter notebook"),
    "amina--boucles.ipynb": (
        lambda _: b"{}",
        "the assignment boucles was never released in the course decouverte",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_in_is_set_aside_and_left_as_it_is(course: Course, pack: Pack, name: str) -> None:
    make, reason = REFUSED[name]
    path = course.inbox / name
    path.write_bytes(make(pack))

    arrivals = collect(course)

    assert [(each.status, each.reason) for each in arrivals] == [("set-aside", reason)]
    assert path.read_bytes() == make(pack)
    copies = [each for each in course.set_aside.iterdir() if not each.name.endswith(".reason.json")]
    notes = [json.loads(each.read_text("utf-8")) for each in course.set_aside.glob("*.reason.json")]
    assert [each.read_bytes() for each in copies] == [make(pack)]
    assert [note["reason"] for note in notes] == [reason]
    assert gradebook.submitted(course, "premiers-pas") == []


def test_the_command_ends_with_status_1_when_something_was_set_aside(
    course: Course, grading: Callable[..., object]
) -> None:
    (course.inbox / "empty.handin").write_bytes(b"")
    ended = grading("collect", "--course", course.root)

    assert ended.returncode == 1  # type: ignore[attr-defined]
    assert "set aside: the file is empty" in ended.stdout  # type: ignore[attr-defined]


def test_setting_aside_again_adds_no_copy(course: Course) -> None:
    (course.inbox / "empty.handin").write_bytes(b"")
    collect(course)
    before = sorted(course.set_aside.iterdir())

    assert [each.status for each in collect(course)] == ["set-aside"]
    assert sorted(course.set_aside.iterdir()) == before


def test_a_hand_in_becomes_an_attempt_with_its_original_bytes(course: Course, pack: Pack) -> None:
    data = pack("amina")
    (course.inbox / "a.handin").write_bytes(data)

    (arrival,) = collect(course)

    assert (arrival.status, arrival.learner, arrival.assignment, arrival.attempt) == (
        "taken",
        "amina",
        "premiers-pas",
        1,
    )
    (attempt,) = attempts.of(course, "premiers-pas", "amina")
    kept = attempt.folder(course) / "original" / "handed-in.handin"
    assert kept.read_bytes() == data
    assert (attempt.language, attempt.created) == ("fr", "2026-11-20T10:00:00Z")
    submitted = course.root / "submitted" / "amina" / "premiers-pas"
    assert (submitted / "premiers-pas.ipynb").read_bytes() == handin.parse(data).notebooks["premiers-pas"]
    assert (submitted / "timestamp.txt").read_text().strip() == "2026-11-20 10:00:00 UTC"


def test_the_same_file_twice_is_said_and_not_doubled(course: Course, pack: Pack) -> None:
    (course.inbox / "a.handin").write_bytes(pack("amina"))
    (course.inbox / "a (1).handin").write_bytes(pack("amina"))

    assert sorted(each.status for each in collect(course)) == ["known", "taken"]
    assert [each.status for each in collect(course)] == ["known", "known"]
    assert len(attempts.of(course, "premiers-pas", "amina")) == 1


def test_the_last_hand_in_counts_whatever_order_they_arrive_in(course: Course, pack: Pack) -> None:
    late, early = pack("amina", {"prix-total": "late"}, minute=9), pack("amina", {"prix-total": "early"}, minute=1)
    (course.inbox / "late.handin").write_bytes(late)
    collect(course)
    (course.inbox / "early.handin").write_bytes(early)
    collect(course)

    assert len(attempts.of(course, "premiers-pas", "amina")) == 2
    submitted = course.root / "submitted" / "amina" / "premiers-pas" / "premiers-pas.ipynb"
    assert "late" in submitted.read_text("utf-8")


def test_an_nbgrader_tree_and_notebooks_named_for_learners_are_taken(
    course: Course, released: Release, tmp_path: Path
) -> None:
    notebook = released.folder / "en" / "premiers-pas.ipynb"
    tree = tmp_path / "usb" / "submitted" / "bilal" / "premiers-pas"
    tree.mkdir(parents=True)
    shutil.copy(notebook, tree)
    (tree / "timestamp.txt").write_text("2026-11-19 08:00:00 UTC")
    for name in (
        "chloe--premiers-pas.ipynb",
        "daoud--premiers-pas (1).ipynb",
        "elena--premiers-pas--premiers-pas.ipynb",
    ):
        shutil.copy(notebook, tmp_path / "usb" / name)

    arrivals = collect(course, places=[tmp_path / "usb"])

    assert {each.learner: each.status for each in arrivals} == dict.fromkeys(
        ("bilal", "chloe", "daoud", "elena"), "taken"
    )
    assert attempts.of(course, "premiers-pas", "bilal")[0].created == "2026-11-19T08:00:00Z"
    assert gradebook.submitted(course, "premiers-pas") == ["bilal", "chloe", "daoud", "elena"]


def test_a_copy_that_the_browser_renamed_is_a_newer_attempt(course: Course, released: Release, tmp_path: Path) -> None:
    first, second = tmp_path / "amina--premiers-pas.ipynb", tmp_path / "amina--premiers-pas (1).ipynb"
    text = (released.folder / "fr" / "premiers-pas.ipynb").read_text("utf-8")
    second.write_text(text.replace("Premiers pas", "Deuxième"), "utf-8")
    first.write_text(text, "utf-8")
    os.utime(first, (1_700_000_000, 1_700_000_000))

    collect(course, places=[tmp_path])

    assert len(attempts.of(course, "premiers-pas", "amina")) == 2
    standing = course.root / "submitted" / "amina" / "premiers-pas" / "premiers-pas.ipynb"
    assert "Deuxième" in standing.read_text("utf-8")


def test_what_stood_in_submitted_before_is_kept_as_an_attempt(course: Course, released: Release, pack: Pack) -> None:
    standing = course.root / "submitted" / "amina" / "premiers-pas"
    standing.mkdir(parents=True)
    shutil.copy(released.folder / "fr" / "premiers-pas.ipynb", standing)
    (standing / "timestamp.txt").write_text("2026-11-01 08:00:00 UTC")
    (course.inbox / "a.handin").write_bytes(pack("amina", {"prix-total": "newer"}))

    collect(course)

    assert [each.source for each in attempts.of(course, "premiers-pas", "amina")] == [
        "submitted/amina/premiers-pas",
        "a.handin",
    ]


def test_only_the_assignment_asked_for_is_taken(course: Course, pack: Pack) -> None:
    (course.inbox / "a.handin").write_bytes(pack("amina"))
    with pytest.raises(WrongCall, match="boucles was never released in the course decouverte"):
        collect(course, "boucles")
    assert [each.status for each in collect(course, "premiers-pas")] == ["taken"]


def test_a_place_that_does_not_exist_is_a_wrong_call(course: Course, tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="does not exist"):
        collect(course, places=[tmp_path / "nowhere"])


def test_a_day_that_no_calendar_has_is_set_aside_and_stops_nobody(course: Course, pack: Pack) -> None:
    shown = handin.parse(pack())
    with zipfile.ZipFile(io.BytesIO(pack())) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    files["manifest.json"] = files["manifest.json"].replace(shown.created.encode(), b"2026-02-31T10:00:00Z")
    with zipfile.ZipFile(course.inbox / "amina.handin", "w") as changed:
        for name, data in files.items():
            changed.writestr(name, data)
    (course.inbox / "bilal.handin").write_bytes(pack("bilal"))
    arrivals = collect(course)
    assert [(each.status, each.reason) for each in arrivals] == [
        ("set-aside", "the manifest is wrong at created: there is no 2026-02-31T10:00:00Z"),
        ("taken", ""),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are no text")
def test_a_file_name_in_an_old_encoding_is_set_aside_and_stops_nobody(
    course: Course, pack: Pack, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(os.fsdecode(os.fsencode(course.inbox) + b"/cl\xe9.handin")).write_bytes(b"photo")
    (course.inbox / "zoe.handin").write_bytes(pack("zoe"))
    arrivals = collect(course)
    assert [each.status for each in arrivals] == ["set-aside", "taken"]
    [note] = course.set_aside.glob("*.reason.json")
    assert json.loads(note.read_text("utf-8"))["file"] == str(arrivals[0].path)
    show_arrivals(arrivals, as_json=True)
    assert "cl?.handin" in capsys.readouterr().out


def test_hand_in_files_beside_a_notebook_stay_their_learners(
    course: Course, released: Release, pack: Pack, tmp_path: Path
) -> None:
    folder = tmp_path / "stick" / "premiers-pas"
    folder.mkdir(parents=True)
    shutil.copyfile(released.folder / "fr" / "premiers-pas.ipynb", folder / "premiers-pas.ipynb")
    for learner in ("amina", "bilal"):
        (folder / f"{learner}.handin").write_bytes(pack(learner))
    taken = {each.learner for each in collect(course, places=[tmp_path / "stick"]) if each.status == "taken"}
    assert {"amina", "bilal"} <= taken


def test_a_copy_that_was_broken_off_is_no_hand_in(course: Course, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(_: str, target: str) -> None:
        Path(target).write_bytes(b"{")
        raise KeyboardInterrupt

    (course.inbox / "amina.handin").write_bytes(pack())
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", broken_off)
        with pytest.raises(KeyboardInterrupt):
            collect(course)
    assert attempts.adopt(course, "premiers-pas", "amina") is None
    assert [each.number for each in attempts.of(course, "premiers-pas", "amina")] == [1]


def test_a_gradebook_in_use_is_told_and_no_traceback(course: Course) -> None:
    holder = sqlite3.connect(course.root / "gradebook.db")
    holder.execute("begin exclusive")
    try:
        with pytest.raises(Fault, match="cannot be used: database is locked"):
            collect(course)
    finally:
        holder.close()


def test_half_an_emoji_stops_nobodys_feedback(course: Course, pack: Pack) -> None:
    notebook = answered_with_half_an_emoji(pack)
    folder = course.root / "submitted" / "amina" / "premiers-pas"
    folder.mkdir(parents=True)
    (folder / "premiers-pas.ipynb").write_bytes(notebook)
    attempt = attempts.adopt(course, "premiers-pas", "amina")
    assert attempt is not None
    results.save(course, results.Result("amina", "", "premiers-pas", 1, "fr", "failed", 0, 0, 0, []))
    [page] = feedback(course, "premiers-pas")
    assert "half: ?" in page.path.read_text("utf-8")


def answered_with_half_an_emoji(pack: Pack) -> bytes:
    notebook = json.loads(handin.parse(pack()).notebooks["premiers-pas"])
    output = {"output_type": "stream", "name": "stdout", "text": "half: \ud83d"}
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["outputs"] = [output]
    return json.dumps(notebook).encode()


def test_a_copy_that_cannot_be_made_stops_nobody(course: Course, pack: Pack) -> None:
    course.set_aside.write_text("a file where the folder should be", "utf-8")
    (course.inbox / "empty.handin").write_bytes(b"")
    (course.inbox / "zoe.handin").write_bytes(pack("zoe"))
    refused, taken = collect(course)
    assert refused.reason == "the file is empty (no copy was made: File exists)"
    assert taken.status == "taken"
