"""Exercises of a lesson, in real pages: what each answer is told, hints, the solution, what is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

START_MS = 60_000
NAMES = {"fr": ("", "Vérifier", "Arrêter"), "en": ("en/", "Check", "Stop"), "ar": ("ar/", "تحقق", "إيقاف")}


def exercise(page: Page, name: str = "triple") -> Locator:
    return page.locator(f'py-cell[data-exercise="{name}"]')


def check(cell: Locator, code: str | None = None, button: str = "Vérifier") -> Locator:
    """Write an answer, press the button, and return what the page says of it."""
    if code is not None:
        cell.get_by_role("textbox").fill(code)
    cell.get_by_role("button", name=button, exact=True).click()
    expect(cell).to_have_attribute("data-state", re.compile("idle|ready|done|error"), timeout=START_MS)
    return cell.locator(".py-exercise")


@pytest.fixture
def lesson(context: BrowserContext, site_url: str) -> Page:
    page = context.new_page()
    page.goto(f"{site_url}python/fonctions/")
    return page


def test_parts_are_neither_in_the_text_of_the_page_nor_in_its_search(built_site: Path) -> None:
    html = (built_site / "python/fonctions/index.html").read_text("utf-8")
    index = (built_site / "search/search_index.json").read_text("utf-8")
    for secret in ("nombre * 3", "nombre</span> <span", "triple(1.5)"):
        assert secret not in re.sub(r"<[^>]+>", "", html)
        assert secret not in index
    assert "Écrivez une fonction" in html
    notebook = json.loads((built_site / "lite/files/lessons/fr/python/fonctions.ipynb").read_text("utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert any("def triple" in source for source in sources)
    assert not any("nombre * 3" in source or "assert" in source for source in sources)


@pytest.mark.browser
def test_each_kind_of_answer_has_its_sentence(lesson: Page) -> None:
    cell = exercise(lesson)
    expect(cell.get_by_role("button", name="Lancer")).to_have_count(0)

    expect(check(cell)).to_contain_text("Il reste des trous")
    expect(check(cell, "# rien\n")).to_contain_text("La case est vide")
    said = check(cell, "def triple(nombre):\n    return nombre + 3")
    expect(said).to_contain_text("Pas encore. Juste : 1 sur 3.")
    expect(said).to_contain_text("triple(4) donne 7. On attend 12.")
    expect(check(cell, "def triple(nombre)\n    return 3")).to_contain_text("Python ne peut pas lire votre code")
    expect(cell.locator("output .py-explained")).to_contain_text("Il manque deux-points")
    expect(check(cell, "def triple(nombre):\n    return 3\ntrple(2)")).to_contain_text("s'arrête avec une erreur")
    expect(check(cell, "def tripel(nombre):\n    return 3")).to_contain_text("On ne trouve pas triple")
    said = check(cell, "def triple(nombre):\n    return nombr * 3")
    expect(said).to_contain_text("triple(4) s'arrête avec une erreur. Python ne connaît pas nombr.")
    said = check(cell, "def triple(nombre):\n    return 3 * nombre")
    expect(said).to_contain_text("Bravo ! Tout est juste.")
    expect(cell).to_have_attribute("data-state", "done")
    expect(said.get_by_role("status")).to_contain_text("Bravo")
    expect(said).to_contain_text("triple(4) donne 12.")


@pytest.mark.browser
def test_a_loop_that_never_ends_is_stopped_and_told(lesson: Page) -> None:
    cell = exercise(lesson)
    cell.get_by_role("textbox").fill("def triple(nombre):\n    while True:\n        pass")
    cell.get_by_role("button", name="Vérifier").click()
    expect(cell).to_have_attribute("data-state", "running", timeout=START_MS)
    lesson.wait_for_timeout(500)
    cell.get_by_role("button", name="Arrêter").click()
    expect(cell.locator(".py-exercise")).to_contain_text("Votre programme ne s'arrêtait pas")
    said = check(cell, "def triple(nombre):\n    return 3 * nombre")
    expect(said).to_contain_text("Bravo")


@pytest.mark.browser
def test_hints_come_one_after_another_and_the_solution_after_five_tries(lesson: Page) -> None:
    cell = exercise(lesson)
    first, second = lesson.locator("details.hint").all()
    expect(first).to_be_visible()
    expect(second).to_be_hidden()
    first.locator("summary").click()
    expect(second).to_be_visible()

    expect(check(cell)).to_contain_text("Il reste des trous")  # an answer with blanks is no try
    for left in (4, 3, 2, 1):
        expect(check(cell, f"def triple(nombre):\n    return {left}")).to_contain_text(f"une solution : {left}.")
    expect(cell.get_by_text("Lire une solution", exact=True)).to_have_count(0)
    said = check(cell, "def triple(nombre):\n    return 0")
    expect(said).to_contain_text("Juste : 1 sur 3")
    said.get_by_text("Lire une solution", exact=True).click()
    expect(said.locator("details pre")).to_have_text("def triple(nombre):\n    return nombre * 3")


@pytest.mark.browser
def test_what_was_solved_is_still_so_after_a_reload_and_the_solution_is_there(lesson: Page) -> None:
    expect(check(exercise(lesson), "triple = lambda n: n * 3")).to_contain_text("Bravo")
    lesson.reload()
    said = exercise(lesson).locator(".py-exercise")
    expect(said).to_contain_text("Vous avez déjà réussi cet exercice.")
    expect(said.get_by_text("Lire une solution", exact=True)).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("language", NAMES)
def test_what_a_program_prints_is_checked_with_other_values_too(
    context: BrowserContext, site_url: str, language: str
) -> None:
    path, button, _ = NAMES[language]
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site_url}{path}python/conditions/")
    cell = exercise(page, "piscine")
    answer = 'age = 10\nif age < 12:\n    print("Gratuit")\nelse:\n    print("4 euros")'
    said = check(cell, answer, button)
    told = {
        "fr": "Avec age = 12, votre programme affiche 4 euros. On attend Gratuit.",
        "en": "With age = 12, your program shows 4 euros. Expected: Gratuit.",
        "ar": "مع age = 12 يعرض برنامجك 4 euros. المنتظر: Gratuit.",
    }
    expect(said).to_contain_text(told[language])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    Path("_build/screens").mkdir(parents=True, exist_ok=True)
    cell.screenshot(path=f"_build/screens/exercise-{language}.png")
    expect(check(cell, answer.replace("<", "<="), button)).to_have_attribute("data-state", "passed")
