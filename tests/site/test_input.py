"""`input()` in a lesson's cell: the person is asked, wherever a way to ask exists."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.browser

START_MS = 60_000
ENDED = re.compile("done|error")
NOT_ISOLATED = "Object.defineProperty(globalThis, 'crossOriginIsolated', {value: false})"


def asked(page: Page, code: str) -> Locator:
    cell = page.get_by_role("group", name="Case 1", exact=True)
    cell.get_by_role("textbox", name="Code").fill(code)
    cell.get_by_role("button", name="Lancer").click()
    return cell


def ended(cell: Locator) -> Locator:
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


@pytest.fixture
def lesson(page: Page, site_url: str) -> Page:
    page.goto(f"{site_url}python/variables/")
    return page


def test_the_person_is_asked_and_the_answer_stays_on_the_page(lesson: Page) -> None:
    cell = asked(lesson, "nom = input('Votre nom ? ')\nage = input()\nprint(nom.upper(), age)")
    field = cell.get_by_role("textbox", name="Votre nom ?")
    expect(field).to_be_focused(timeout=START_MS)
    expect(cell.get_by_role("status").first).to_have_text("Le programme attend votre réponse.")
    lesson.keyboard.type("Aïcha 🙂")
    lesson.keyboard.press("Enter")
    second = cell.get_by_role("textbox", name="Votre réponse")
    expect(second).to_be_focused()
    second.fill("30")
    cell.get_by_role("button", name="Envoyer").click()
    expect(ended(cell)).to_have_text(re.compile(r"Votre nom \? Aïcha 🙂\s+30\s+AÏCHA 🙂 30"))
    expect(cell.locator("form")).to_have_count(0)


def test_a_secret_is_not_shown(lesson: Page) -> None:
    cell = asked(lesson, "import getpass\nprint(len(getpass.getpass('Mot de passe : ')))")
    field = cell.get_by_label("Mot de passe :")
    expect(field).to_have_attribute("type", "password", timeout=START_MS)
    field.fill("secret")
    field.press("Enter")
    expect(ended(cell)).to_have_text(re.compile(r"Mot de passe :\s+6\s*$"))


def test_standard_input_is_the_person_too(lesson: Page) -> None:
    cell = asked(lesson, "import sys\nprint(repr(sys.stdin.readline()))")
    field = cell.get_by_role("textbox", name="Votre réponse")
    field.fill("une ligne", timeout=START_MS)
    field.press("Enter")
    expect(ended(cell)).to_contain_text("'une ligne\\n'")


def test_stop_takes_the_question_back(lesson: Page) -> None:
    cell = asked(lesson, "input('Nom ?')")
    expect(cell.get_by_role("textbox", name="Nom ?")).to_be_visible(timeout=START_MS)
    cell.get_by_role("button", name="Arrêter").click()
    expect(ended(cell)).to_contain_text("KeyboardInterrupt")
    expect(cell.locator("form")).to_have_count(0)
    cell = asked(lesson, "print(input('Encore ?'))")
    cell.get_by_role("textbox", name="Encore ?").fill("oui")
    lesson.keyboard.press("Enter")
    expect(ended(cell)).to_have_text(re.compile(r"Encore \?oui\s+oui"))


def test_service_worker_carries_the_question_where_memory_is_not_shared(browser: Browser, site_url: str) -> None:
    context: BrowserContext = browser.new_context()
    context.add_init_script(NOT_ISOLATED)
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.reload()
    cell = asked(page, "print(input('Nom ?') * 2)")
    field = cell.get_by_role("textbox", name="Nom ?")
    field.fill("ab", timeout=START_MS)
    field.press("Enter")
    expect(ended(cell)).to_have_text(re.compile(r"Nom \?ab\s+abab"))
    context.close()


def test_where_nobody_can_be_asked_a_sentence_says_so(browser: Browser, site_url: str) -> None:
    context = browser.new_context(service_workers="block")
    context.add_init_script(NOT_ISOLATED)
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    expect(ended(asked(page, "input('Nom ?')"))).to_contain_text("input() ne peut pas poser de question ici.")
    context.close()
