"""Questions of a lesson in real pages: by mouse, by keyboard, on a phone, in three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

PATHS = {"fr": "", "en": "en/", "ar": "ar/"}


def question(page: Page, kind: str) -> Locator:
    return page.locator(f'.ps-question[data-kind="{kind}"]')


def test_a_choice_is_told_why_and_may_be_tried_again(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}python/variables/")
    asked = question(phone, "one")
    check = asked.get_by_role("button", name="Vérifier")
    check.click()
    expect(asked.get_by_role("status")).to_have_text("Choisissez ou écrivez une réponse.")
    asked.get_by_role("radio", name="5", exact=True).check()
    check.click()
    expect(asked.get_by_role("status")).to_contain_text("Pas encore. Essayez une autre réponse.")
    expect(asked.get_by_role("status")).to_contain_text("Sans les guillemets, Python calculerait.")
    expect(asked).to_have_attribute("data-state", "wrong")
    asked.get_by_role("radio", name="2 + 3", exact=True).check()
    check.click()
    expect(asked.get_by_role("status")).to_contain_text("Juste !")
    expect(asked).to_have_attribute("data-state", "right")


def test_several_answers_count_one_by_one(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}python/fonctions/")
    asked = question(phone, "several")
    asked.get_by_role("checkbox", name=re.compile("une fois")).check()
    asked.get_by_role("button", name="Vérifier").click()
    expect(asked.get_by_role("status")).to_contain_text("Juste : 3 sur 4.")
    asked.get_by_role("checkbox", name=re.compile("sortir")).check()
    asked.get_by_role("button", name="Vérifier").click()
    expect(asked.get_by_role("status")).to_contain_text("Juste !")


def test_lines_are_put_in_order_by_keyboard_alone(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}python/boucles/")
    asked = question(phone, "order")
    lines = asked.locator("li > span")
    wanted = ["total = 0", "for euros in [2, 3, 5]:", "    total = total + euros", "print(total)"]
    assert lines.all_text_contents() != wanted
    asked.get_by_role("button", name="Vérifier").click()
    expect(asked.get_by_role("status")).to_contain_text("Regardez la ligne")
    for place, line in enumerate(wanted):
        while (at := lines.all_text_contents().index(line)) > place:
            up = asked.locator("li").nth(at).get_by_role("button", name="Monter cette ligne")
            up.focus()
            phone.keyboard.press("Enter")
            expect(lines.nth(at - 1)).to_have_text(line)
            expect(asked.locator("li").nth(at - 1).get_by_role("button", name="Monter cette ligne")).to_be_focused()
    expect(asked.get_by_role("status")).to_contain_text(re.compile(r"Ligne \d sur 4"))
    asked.get_by_role("button", name="Vérifier").press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("On part de zéro")


def test_pairs_show_which_are_not_right(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}python/conditions/")
    asked = question(phone, "match")
    meanings = ["égal à", "différent de", "plus grand que", "plus petit ou égal"]
    for sign, meaning in zip(["==", "!=", "<=", ">"], meanings, strict=True):
        asked.get_by_label(sign, exact=True).select_option(meaning)
    asked.get_by_role("button", name="Vérifier").click()
    expect(asked.get_by_role("status")).to_contain_text("Juste : 2 sur 4.")
    expect(asked.locator('[aria-invalid="true"]')).to_have_count(2)
    asked.get_by_label("<=", exact=True).select_option("plus petit ou égal")
    asked.get_by_label(">", exact=True).select_option("plus grand que")
    asked.get_by_role("button", name="Vérifier").click()
    expect(asked.get_by_role("status")).to_contain_text("Juste !")


@pytest.mark.parametrize("written", ["5.0", " 5 ", "٥.٠"])
def test_a_gap_takes_what_means_the_same(phone: Page, site_url: str, written: str) -> None:
    phone.goto(f"{site_url}ar/python/fonctions/")
    asked = question(phone, "fill")
    asked.get_by_role("textbox", name="فراغ 1").fill("7")
    asked.get_by_role("textbox", name="فراغ 1").press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("ليس بعد")
    asked.get_by_role("textbox", name="فراغ 1").fill(written)
    asked.get_by_role("textbox", name="فراغ 1").press("Enter")
    expect(asked.get_by_role("status")).to_contain_text("صحيح!")


@pytest.mark.parametrize("language", PATHS)
def test_questions_fit_a_phone(phone: Page, site_url: str, language: str) -> None:
    Path("_build/screens").mkdir(parents=True, exist_ok=True)
    for lesson in ("variables", "conditions", "boucles", "fonctions"):
        phone.goto(f"{site_url}{PATHS[language]}python/{lesson}/")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360
        asked = phone.locator(".ps-question").first
        asked.screenshot(path=f"_build/screens/question-{lesson}-{language}.png")
        heights = asked.locator("button, label, select").evaluate_all(
            "controls => controls.map((control) => control.getBoundingClientRect().height)"
        )
        assert min(heights) >= 24


def test_answers_are_not_found_by_search(built_site: Path) -> None:
    for name in ("search/search_index.json", "en/search/search_index.json", "ar/search/search_index.json"):
        index = (built_site / name).read_text("utf-8")
        assert "c'est un texte" not in index
        assert "it is a text: Python shows" not in index
