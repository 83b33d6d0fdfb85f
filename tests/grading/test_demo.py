"""The demonstration: a whole course, marked in the real sandbox, and what each page of feedback tells."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from grading import course as courses
from grading import gradebook
from grading.demo import Demo, demo
from grading.feedback import feedback
from grading.limits import Limits

pytestmark = [pytest.mark.slow, pytest.mark.engine]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, repository: Path, engine: Path) -> Demo:
    return demo(tmp_path_factory.mktemp("demo") / "course", repository, Limits(cell_s=8, notebook_s=90))


def page(made: Demo, learner: str) -> str:
    return next(each.path for each in made.pages if each.learner == learner).read_text("utf-8")


def test_everybody_is_marked_and_broken_files_are_set_aside(made: Demo) -> None:
    assert {result.learner: result.score for result in made.results} == {
        "amina": 8.0,
        "bilal": 8.0,
        "chloe": 6.0,
        "daoud": 6.0,
        "elena": 6.0,
        "farid": 6.0,
        "grace": 4.0,
        "hawa": 8.0,
        "idris": 6.0,
        "jeanne": 8.0,
        "karim": 6.0,
        "lina": 0.0,
    }
    assert sum(each.status == "set-aside" for each in made.arrivals) == 4
    assert {result.status for result in made.results} == {"graded"}


def test_problems_are_told_in_plain_words(made: Demo) -> None:
    told = {result.learner: " ".join(result.document()["problems"]) for result in made.results}
    assert re.search(r"Cell \d+ was stopped after 8 seconds: it does not end\.", told["farid"])
    assert 'The cell "petits-prix-test" was missing: it was put back.' in told["hawa"]
    assert 'The cell "est-majeur" was there several times: the last one counts.' in told["jeanne"]
    assert "ended Python" in told["karim"]
    assert told["amina"] == ""


def test_a_page_stands_alone_and_runs_nothing(made: Demo) -> None:
    for each in made.pages:
        text = each.path.read_text("utf-8")
        assert "<script" not in text
        assert not re.findall(r"""(?:src|href|action)=["'](?!data:)""", text)
        assert "default-src 'none'" in text


def test_hidden_tests_are_on_no_page(made: Demo, repository: Path) -> None:
    for each in made.pages:
        source = (repository / "notebooks" / "assignments" / each.language / "premiers-pas.md").read_text("utf-8")
        hidden = re.findall(r"### BEGIN HIDDEN TESTS\n(.*?)### END", source, re.DOTALL)
        lines = {line.strip() for region in hidden for line in region.splitlines() if line.strip()}
        text = each.path.read_text("utf-8")
        assert lines
        assert "HIDDEN" not in text
        assert not [line for line in lines if line in text or line.split(" == ")[0] in text]
    assert "another test does not" in page(made, "elena")


def test_pages_are_in_the_learners_language(made: Demo) -> None:
    assert '<html lang="fr" dir="ltr">' in page(made, "amina")
    assert "points sur 10" in page(made, "amina")
    assert '<html lang="ar" dir="rtl">' in page(made, "bilal")
    assert "نقطة من 10" in page(made, "bilal")
    assert "est_majeur(18) : attendu True, obtenu False" in page(made, "chloe").replace("&#39;", "'")


def test_a_trainers_mark_and_words_reach_the_page(made: Demo) -> None:
    with gradebook.opened(made.course) as book:
        grade = book.find_grade("avec-vos-mots", "premiers-pas", "premiers-pas", "amina")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        comment = book.find_comment("avec-vos-mots", "premiers-pas", "premiers-pas", "amina")
        comment.manual_comment = "Très clair <b>bravo</b>"
        book.db.commit()

    feedback(made.course, "premiers-pas", ["amina"])

    text = page(made, "amina")
    assert "9.5 points sur 10" in text
    assert "Très clair &lt;b&gt;bravo&lt;/b&gt;" in text


def test_the_gradebook_is_one_that_nbgrader_reads(made: Demo) -> None:
    with sqlite3.connect(made.course.root / "gradebook.db") as database:
        count = database.execute("select count(*) from grade where auto_score is not null").fetchone()[0]
    assert count == 12 * 4 + 2
    assert courses.find(made.course.root).code == "demo"
