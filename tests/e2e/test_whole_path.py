"""The whole path: code in the browser, hand in, collect, grade, give back. Nothing is stubbed."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import GRADING, ROOT
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

START_MS = 120_000

ANSWERS = {
    "def prix_total": "def prix_total(prix, quantite):\n    return prix * quantite",
    "def est_majeur": "def est_majeur(age):\n    return age > 18",  # wrong at 18: the visible check says so
    "def total_heures": "def total_heures(heures):\n    return sum(heures)",
    # petits_prix stays as it was given
}


@dataclass
class Language:
    """A language of the site: where its pages are, and what stands on its controls."""

    code: str
    prefix: str
    direction: str
    unanswered: str
    own_words: str

    def text(self, key: str) -> str:
        """Return a sentence of the catalogue, as the page shows it."""
        catalogue = ROOT / f"site/theme/messages/{self.code}.json"
        found: str = json.loads(catalogue.read_text("utf-8"))[key]
        return found


FRENCH = Language("fr", "", "ltr", "Écrivez votre réponse ici.", "Le total part de zéro une seule fois.")
ARABIC = Language("ar", "ar/", "rtl", "اكتب إجابتك هنا.", "يبدأ المجموع من الصفر مرة واحدة فقط.")


def grading(*arguments: str | Path, status: int = 0) -> str:
    done = subprocess.run([GRADING, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def run_a_cell_of_a_lesson(page: Page, address: str, spoken: Language) -> None:
    page.goto(f"{address}{spoken.prefix}python/variables/")
    expect(page.locator("html")).to_have_attribute("dir", spoken.direction)
    cell = page.get_by_role("group", name=spoken.text("cell.name").replace("{number}", "1"), exact=True)
    cell.get_by_role("button", name=spoken.text("cell.run")).click()
    expect(cell.locator("output")).to_have_text("5", timeout=START_MS)


RECEIPT = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


def write_over(page: Page, editor: Locator, text: str) -> None:
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def do_the_assignment(page: Page, address: str, spoken: Language) -> FrameLocator:
    page.goto(f"{address}{spoken.prefix}python/devoir/")
    frame = page.locator("notebook-frame")
    expect(frame).to_have_attribute("data-state", re.compile("ready|saved"), timeout=START_MS)
    notebook = page.frame_locator("notebook-frame iframe")
    for start, answer in ANSWERS.items():
        write_over(page, notebook.get_by_role("textbox").filter(has_text=start), answer)
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")  # the checks below it
    expect(notebook.get_by_text("est_majeur(18)").last).to_contain_text("True", timeout=START_MS)
    notebook.get_by_role("paragraph").filter(has_text=spoken.unanswered).dblclick()
    write_over(page, notebook.get_by_role("textbox").filter(has_text=spoken.unanswered), spoken.own_words)
    page.keyboard.press("Shift+Enter")
    return notebook


def hand_in(page: Page, spoken: Language, learner: str, into: Path) -> tuple[Path, str]:
    """Press the button, tell the codes, and return the file and the code on the receipt."""
    page.get_by_role("button", name=spoken.text("handin.button")).click()
    page.get_by_label(spoken.text("handin.course")).fill("Decouverte")
    page.get_by_label(spoken.text("handin.learner")).fill(learner)
    page.get_by_role("button", name=spoken.text("handin.who_ok"), exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role(
            "button", name=spoken.text("handin.anyway")
        ).click()  # petits_prix is not answered
    saved = into / download.value.suggested_filename
    download.value.save_as(saved)
    shown = page.get_by_role("region", name=spoken.text("handin.title"))
    expect(shown).to_contain_text(RECEIPT)
    code = RECEIPT.search(shown.inner_text())
    assert code is not None
    return saved, code[0]


@pytest.mark.parametrize("spoken", [FRENCH, ARABIC], ids=lambda language: language.code)
def test_code_in_the_browser_hand_in_collect_grade_give_back(
    spoken: Language, context: BrowserContext, site_url: str, tmp_path: Path
) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()

    run_a_cell_of_a_lesson(page, site_url, spoken)
    do_the_assignment(page, site_url, spoken)
    handed_in, receipt = hand_in(page, spoken, "Amina 7", tmp_path)
    assert [url for url in asked if not url.startswith((site_url, "blob:", "data:"))] == []

    original = handed_in.read_bytes()
    course = tmp_path / "decouverte"
    grading("init", course)
    grading("release", "premiers-pas", "--course", course, "--material", ROOT, "--into", tmp_path / "released")
    [collected] = lines(grading("collect", "--course", course, "--from", handed_in, "--json"))
    assert (collected["learner"], collected["receipt"]) == ("amina-7", receipt)
    assert handed_in.read_bytes() == original

    [result] = lines(grading("grade", "premiers-pas", "--course", course, "--json"))
    assert result["status"] == "graded"
    assert (result["score"], result["max_score"], result["needs_manual"]) == (4, 10, True)
    assert {cell["id"]: cell["points"] for cell in result["cells"] if cell["mode"] != "manual"} == {
        "prix-total-test": 2,
        "est-majeur-test": 0,
        "total-heures-test": 2,
        "petits-prix-test": 0,
    }

    grading("feedback", "premiers-pas", "--course", course)
    [given_back] = course.glob("feedback/**/*.html")
    text = given_back.read_text("utf-8")
    for hidden in ("est_majeur(17)", "[7, 7, 7, 7, 7]", "BEGIN HIDDEN", "BEGIN SOLUTION"):
        assert hidden not in text
    context.set_offline(True)
    page = context.new_page()
    asked.clear()
    page.goto(given_back.as_uri())
    expect(page.locator("html")).to_have_attribute("lang", spoken.code)
    expect(page.locator("html")).to_have_attribute("dir", spoken.direction)
    expect(page.get_by_role("main")).to_contain_text(spoken.own_words)
    expect(page.get_by_role("main")).to_contain_text("est_majeur(18)")
    assert asked == [given_back.as_uri()]
