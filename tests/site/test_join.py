"""As whom somebody works: set by a link that asks first, told on every page, forgotten when they leave."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def page(context: BrowserContext) -> Page:
    made = context.new_page()
    made.set_viewport_size({"width": 360, "height": 740})
    return made


def test_a_link_asks_and_then_every_page_says_as_whom(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}#join=demo.ana-7")
    dialog = page.get_by_role("dialog", name="Rejoindre un cours")
    expect(dialog).to_contain_text("le code ana-7, dans le cours demo")
    dialog.get_by_role("button", name="Oui, c'est moi").click()
    expect(page.locator(".ps-who")).to_contain_text("Vous travaillez avec le code ana-7, cours demo.")
    assert "#join" not in page.url
    page.goto(f"{site_url}ar/python/variables/")
    expect(page.locator(".ps-who")).to_contain_text("ana-7")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_nobody_becomes_another_without_saying_so(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}#join=demo.ana-7")
    page.get_by_role("button", name="Oui, c'est moi").click()
    page.goto(f"{site_url}python/#join=demo.omar-2")
    dialog = page.locator("dialog.nb-dialog")
    expect(dialog).to_contain_text("omar-2")
    expect(dialog).to_contain_text("ce navigateur connaît le code ana-7")
    page.keyboard.press("Escape")
    expect(page.locator(".ps-who")).to_contain_text("ana-7")


def test_a_link_without_a_learner_lets_the_code_be_typed(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}en/#join=demo")
    dialog = page.locator("dialog.nb-dialog")
    expect(dialog.get_by_role("textbox").first).to_have_value("demo")
    dialog.get_by_role("textbox").last.fill("Omar 2")
    page.keyboard.press("Enter")
    expect(page.locator(".ps-who")).to_contain_text("You work with the code omar-2, course demo.")


@pytest.mark.parametrize(
    "broken", ["", "%", "%3Cimg src=x onerror=alert(1)%3E", "a.b.c", "démo.ana", "../x.y", "." * 500]
)
def test_a_broken_link_says_so_and_changes_nothing(page: Page, site_url: str, broken: str) -> None:
    page.goto(f"{site_url}#join={broken}")
    expect(page.locator("dialog.nb-dialog")).to_contain_text("Ce lien n'est pas complet")
    page.get_by_role("button", name="J'ai compris").click()
    expect(page.locator(".ps-who")).to_be_empty()
    assert page.evaluate("localStorage.getItem('passerelle.who')") is None


def test_who_leaves_is_forgotten_and_their_work_stays(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}python/variables/#join=demo.ana-7")
    page.get_by_role("button", name="Oui, c'est moi").click()
    page.get_by_role("group", name="Case 1", exact=True).get_by_role("textbox").fill("print('à moi')")
    page.locator(".ps-who").get_by_role("button", name="Je pars").click()
    page.locator("dialog.nb-dialog").get_by_role("button", name="Je pars").click()
    expect(page.locator(".ps-who")).to_be_empty()
    page.reload()
    expect(page.get_by_role("group", name="Case 1", exact=True).get_by_role("textbox")).to_have_text(
        re.compile("à moi")
    )
    expect(page.locator(".ps-who")).to_have_count(0)
