"""A whole course with made-up learners, from release to feedback: what a trainer sees, and a test of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading import course as courses
from grading import gradebook, handin
from grading import notebook as nb
from grading.collect import Arrival, collect
from grading.course import Course
from grading.errors import WrongCall
from grading.feedback import Page, feedback
from grading.grade import OnResult, grade
from grading.limits import Limits
from grading.marking import Marking
from grading.release import Release, release
from grading.results import Result

ASSIGNMENT = "premiers-pas"
CODE = "demo"
CREATED = "2026-11-23T10:{minute:02}:00Z"

PRICE = "def prix_total(prix, quantite):\n    return prix * quantite"
ADULT = "def est_majeur(age):\n    return age >= 18"
HOURS = """def total_heures(heures):
    total = 0
    for duree in heures:
        total = total + duree
    return total"""
CHEAP = "def petits_prix(prix, budget):\n    return [euros for euros in prix if euros <= budget]"
WORDS = "Sinon le total repart de zéro à chaque tour, et il oublie les heures d'avant."
ALL = {"prix-total": PRICE, "est-majeur": ADULT, "total-heures": HOURS, "petits-prix": CHEAP, "avec-vos-mots": WORDS}
ENDLESS = "def total_heures(heures):\n    total = 0\n    while True:\n        total = total + 1"
FORGOT_18 = "def est_majeur(age):\n    return age > 18"
PRINTS = "def prix_total(prix, quantite):\n    print(prix * quantite)"
NO_EMPTY = """def total_heures(heures):
    total = heures[0]
    for duree in heures[1:]:
        total = total + duree
    return total"""
LEAVES = "import os\nos._exit(0)"


@dataclass(frozen=True)
class Learner:
    """Somebody made up.

    Attributes:
        answers: what is written in place of the stubs, by grade id.
        without: grade ids of cells that this learner deleted.
        twice: grade id of a cell that this learner copied.
    """

    code: str
    language: str
    answers: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    twice: str = ""


LEARNERS = (
    Learner("amina", "fr", ALL),
    Learner("bilal", "ar", {**ALL, "avec-vos-mots": "حتى لا يبدأ المجموع من الصفر في كل مرة."}),
    Learner("chloe", "fr", {**ALL, "est-majeur": FORGOT_18}),
    Learner("daoud", "ar", {**ALL, "prix-total": PRINTS, "avec-vos-mots": ""}),
    Learner("elena", "en", {**ALL, "total-heures": NO_EMPTY, "avec-vos-mots": "Or it would forget."}),
    Learner("farid", "fr", {**ALL, "total-heures": ENDLESS}),
    Learner("grace", "en", {"prix-total": PRICE, "est-majeur": ADULT}),
    Learner("hawa", "fr", ALL, without=("petits-prix-test",)),
    Learner("idris", "fr", {**ALL, "petits-prix": "def petits_prix(prix, budget)\n    return []"}),
    Learner("jeanne", "fr", ALL, twice="est-majeur"),
    Learner("karim", "fr", {**ALL, "petits-prix": LEAVES}),
    Learner("lina", "ar"),
)


@dataclass(frozen=True)
class Demo:
    """What the demonstration made."""

    course: Course
    release: Release
    arrivals: list[Arrival]
    results: list[Result]
    pages: list[Page]


def demo(folder: Path, material: Path, limits: Limits | None = None, on_result: OnResult = lambda *_: None) -> Demo:
    """Make a course of made-up learners in a new folder, and go the whole way once.

    Raises:
        WrongCall: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WrongCall(f"{folder} is not empty", "grading demo --into DIR, with a new folder")
    course = courses.init(folder, CODE)
    gradebook.create(course)
    released = release(course, ASSIGNMENT, material, folder / "published")
    for learner in LEARNERS:
        gradebook.enrol(course, learner.code, learner.code.capitalize(), "(made up)")
    for name, data in handed_in(released):
        (course.inbox / name).write_bytes(data)
    arrivals = collect(course)
    results = grade(
        course, ASSIGNMENT, marking=Marking(limits=limits or Limits(cell_s=5, notebook_s=60)), on_result=on_result
    )
    pages = feedback(course, ASSIGNMENT)
    return Demo(course, released, arrivals, results, pages)


def handed_in(released: Release) -> Iterator[tuple[str, bytes]]:
    """Yield the names and bytes of the files that the made-up learners hand in, broken ones last."""
    whole = b""
    for minute, learner in enumerate(LEARNERS):
        whole = _pack(released.about, learner.code, learner.language, write(released, learner), minute)
        yield f"{ASSIGNMENT}-{learner.code}-20261123T10{minute:02}00Z.handin", whole
    yield "empty.handin", b""
    yield "cut-short.handin", whole[: len(whole) // 2]
    yield "photo.handin", b"\xff\xd8\xff\xe0 a photo of the screen"
    other = {**released.about, "course": "another-course"}
    yield "other-course.handin", _pack(other, "moussa", "fr", write(released, LEARNERS[0]), 30)


def write(released: Release, learner: Learner) -> bytes:
    """Return the bytes of the learner's notebook."""
    path = released.folder / learner.language / f"{ASSIGNMENT}.ipynb"
    notebook = nb.read(path)
    cells = []
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in learner.without:
            continue
        cell.source = learner.answers.get(grade_id, cell.source)
        cells += [cell, nb.node({**cell, "id": f"{grade_id}-2"})] if grade_id == learner.twice else [cell]
    notebook.cells = cells
    return nb.text(notebook).encode()


def _pack(about: dict[str, Any], learner: str, language: str, notebook: bytes, minute: int) -> bytes:
    return handin.write(
        handin.Handin(
            course=about["course"],
            learner=learner,
            assignment=about["assignment"],
            language=language,
            created=CREATED.format(minute=minute),
            release=about["hash"],
            notebooks={ASSIGNMENT: notebook},
        )
    )
