"""Attempts: which counts, what is run again and what is not, and that an interruption changes nothing."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from grading import gradebook
from grading import notebook as nb
from grading.attempts import Attempt
from grading.collect import collect
from grading.course import Course
from grading.errors import BadSource
from grading.limits import MIB, Limits
from grading.marking import FILE, settled
from grading.policies import counting

type Pack = Callable[..., bytes]
type Run = Callable[..., subprocess.CompletedProcess[str]]

GRADING = Path(sys.executable).with_name("grading")
RIGHT = {
    "prix-total": "def prix_total(prix, quantite):\n    return prix * quantite",
    "est-majeur": "def est_majeur(age):\n    return age >= 18",
}
WRONG = {"prix-total": "def prix_total(prix, quantite):\n    return prix + quantite"}
DUE = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def attempt(number: int, minute: int) -> Attempt:
    return Attempt("amina", "a", number, "fr", f"2026-11-20T10:{minute:02}:00Z", "", "", "")


@pytest.mark.parametrize(
    ("policy", "minutes", "points", "counts"),
    [
        ("last", [0, 20, 10], [3, 1, 2], 2),
        ("last", [0, 0], [3, 1], 2),
        ("first", [0, 20, 10], [1, 2, 3], 1),
        ("best", [0, 20, 10], [1, 2, 3], 3),
        ("best", [0, 20, 10], [3, 3, 1], 2),
        ("best", [0, 20], [-1, 0], 2),
        ("last-before-due", [0, 40, 10], [1, 2, 3], 3),
        ("last-before-due", [30, 31], [1, 2], 1),
        ("last-before-due", [50, 40], [1, 2], 2),
    ],
)
def test_the_policy_says_which_attempt_counts(
    policy: str, minutes: list[int], points: list[float], counts: int
) -> None:
    given = [attempt(number, minute) for number, minute in enumerate(minutes, start=1)]

    found = counting(policy, given, dict(enumerate(points, start=1)), DUE)  # type: ignore[arg-type]

    assert found.number == counts


def test_without_an_end_all_attempts_are_in_time() -> None:
    assert counting("last-before-due", [attempt(1, 0), attempt(2, 59)], {1: 0, 2: 0}, None).number == 2


def test_what_the_trainer_says_goes_over_what_the_author_says_and_the_command_over_both(course: Course) -> None:
    author = course.sources("premiers-pas") / FILE
    author.write_text('attempts = "best"\ntests = "shared"\nmemory-mib = 256\ncell-seconds = 5\n')
    trainer = course.own / "marking" / "premiers-pas.toml"
    trainer.parent.mkdir()
    trainer.write_text('tests = "isolated"\ncell-seconds = 6\n')

    found = settled(course, "premiers-pas", {"cell-seconds": 7, "rules": None})

    assert (found.policy, found.mode, found.rules) == ("best", "isolated", "fair")
    assert found.limits == Limits(cell_s=7, memory_bytes=256 * MIB)


@pytest.mark.parametrize(("timeout", "seconds"), [("7", 7), ("None", 30), ("-1", 30)])
def test_a_course_that_was_nbgraders_keeps_its_time_for_a_cell(course: Course, timeout: str, seconds: float) -> None:
    with (course.root / "nbgrader_config.py").open("a") as settings:
        settings.write(f"\nc.Execute.timeout = {timeout}\n")

    assert settled(course, "premiers-pas", {}).limits.cell_s == seconds
    assert settled(course, "premiers-pas", {"cell-seconds": 3}).limits.cell_s == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("attempts = [", "marking.toml: "),
        ('attempt = "best"', "there is no setting 'attempt'"),
        ('attempts = "worst"', "attempts = 'worst' is not known"),
        ("cell-seconds = 0", "cell-seconds = 0 is no number above 0"),
        ("cell-seconds = true", "cell-seconds = True is no number above 0"),
        ('memory-mib = "512"', "memory-mib = '512' is no number above 0"),
    ],
)
def test_a_wrong_setting_is_told(course: Course, text: str, why: str) -> None:
    (course.sources("premiers-pas") / FILE).write_text(text)

    with pytest.raises(BadSource, match=why.replace("(", r"\(")):
        settled(course, "premiers-pas", {})


def hand_in(course: Course, pack: Pack, learner: str, *answers: dict[str, str]) -> None:
    for minute, given in enumerate(answers):
        (course.inbox / f"{learner}-{minute}.handin").write_bytes(pack(learner, given, minute=minute))
    assert {each.status for each in collect(course)} <= {"taken", "known"}


def graded(grading: Run, course: Course, *options: str, status: int = 0) -> list[dict[str, object]]:
    done = grading("grade", "premiers-pas", "--json", "--course", course.root, *options)
    assert done.returncode == status, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def recorded(course: Course) -> dict[str, float]:
    found = {
        name: gradebook.marks(course, "premiers-pas", name) for name in gradebook.submitted(course, "premiers-pas")
    }
    return {name: marks.score for name, marks in found.items() if marks}


@pytest.mark.slow
@pytest.mark.engine
def test_every_attempt_is_marked_and_one_counts(course: Course, pack: Pack, grading: Run, engine: Path) -> None:
    hand_in(course, pack, "amina", RIGHT, WRONG)
    hand_in(course, pack, "bilal", RIGHT)

    last = graded(grading, course)
    best = graded(grading, course, "--attempts", "best")

    rows = [(each["learner"], each["attempt"], each["attempts"], each["counts"], each["score"]) for each in last]
    right, wrong = rows[0][4], rows[1][4]
    assert rows == [("amina", 1, 2, False, right), ("amina", 2, 2, True, wrong), ("bilal", 1, 1, True, right)]
    assert isinstance(right, float)
    assert isinstance(wrong, float)
    assert right > wrong
    assert [each["counts"] for each in best] == [True, False, True]
    assert recorded(course) == {"amina": right, "bilal": right}
    schema = json.loads((Path(gradebook.__file__).parents[1] / "result.schema.json").read_text("utf-8"))
    for each in last + best:
        jsonschema.validate(each, schema)
    assert [each["similar"] for each in best] == [[], [], []]  # these answers are short: there is one way to write them


@pytest.mark.slow
@pytest.mark.engine
def test_nothing_is_run_twice_until_a_test_is_mended_and_then_all_attempts_are(
    course: Course, pack: Pack, grading: Run, engine: Path, repository: Path
) -> None:
    hand_in(course, pack, "amina", RIGHT, WRONG)
    graded(grading, course)
    kept = sorted(course.runs("premiers-pas").rglob("0*.json"))
    before = [path.stat().st_mtime_ns for path in kept]

    again = graded(grading, course)

    assert [path.stat().st_mtime_ns for path in kept] == before
    assert [each["was"] for each in again] == [None, None]
    with gradebook.opened(course) as book:  # a test that was mended: only 2 and 2 are asked for
        notebook = book.find_notebook("premiers-pas", "premiers-pas")
        (cell,) = [each for each in notebook.source_cells if each.name == "prix-total-test"]
        cell.source = "assert prix_total(2, 2) == 4"
        book.db.commit()

    mended = graded(grading, course)

    assert all(path.stat().st_mtime_ns > old for path, old in zip(kept, before, strict=True))
    assert mended[0]["was"] is None
    assert mended[1]["was"] == again[1]["score"]
    assert mended[1]["score"] > again[1]["score"]  # type: ignore[operator]
    table = grading("grade", "premiers-pas", "--course", course.root, "--again")
    assert table.returncode == 0, table.stderr
    assert "2 of 2" in table.stdout


@pytest.mark.slow
@pytest.mark.engine
def test_killed_at_any_moment_the_next_run_ends_as_if_nothing_had_been(
    course: Course, pack: Pack, grading: Run, engine: Path
) -> None:
    for number in range(6):
        hand_in(course, pack, f"learner-{number}", WRONG, RIGHT if number % 2 else WRONG)
    for pause_s in (0.7, 1.2, 1.6, 2.0):
        command = [GRADING, "grade", "premiers-pas", "--course", course.root, "--again"]
        running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(pause_s)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        with sqlite3.connect(course.root / "gradebook.db") as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)

    finished = graded(grading, course)
    marks = recorded(course)
    uninterrupted = graded(grading, course, "--again")

    assert [{**each, "was": None} for each in finished] == uninterrupted
    assert len(marks) == 6
    assert recorded(course) == marks
    for learner in marks:
        assert nb.read(course.root / "autograded" / learner / "premiers-pas" / "premiers-pas.ipynb").cells


@pytest.mark.slow
@pytest.mark.engine
def test_explain_says_what_ran_where_and_why_each_point_was_given(
    course: Course, pack: Pack, grading: Run, engine: Path
) -> None:
    hand_in(course, pack, "amina", RIGHT, {**WRONG, "avec-vos-mots": "Une fonction rend une valeur."})

    said = grading("grade", "premiers-pas", "--course", course.root, "--explain", "amina")

    assert said.returncode == 0, said.stderr
    assert "amina, attempt 1 of 2: does not count" in said.stdout
    assert "amina, attempt 2 of 2: the attempt that counts" in said.stdout
    assert "ran in the sandbox on the engine" in said.stdout
    assert "its tests ran apart from the learner's program" in said.stdout
    assert "everything in it passed" in said.stdout
    assert "it failed: AssertionError" in said.stdout
    assert "it waits for a person" in said.stdout


@pytest.mark.slow
@pytest.mark.engine
def test_no_answer_is_known_as_such_in_every_language(course: Course, pack: Pack, grading: Run, engine: Path) -> None:
    for number, language in enumerate(["ar", "fr", "en", "ar", "fr"]):
        (course.inbox / f"{number}.handin").write_bytes(pack(f"learner-{number}", {}, language=language))
    collect(course)

    results = graded(grading, course, "--jobs", "1")

    assert [(each["language"], each["score"], each["needs_manual"]) for each in results] == [
        (language, 0, 0) for language in ("ar", "fr", "en", "ar", "fr")
    ]
