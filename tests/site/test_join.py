"""As whom somebody works: set by a link that asks first, told on every page, forgotten when they leave."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_link_asks_and_then_every_page_says_as_whom(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}#join=demo.ana-7")
    dialog = phone.get_by_role("dialog", name="Rejoindre un cours")
    expect(dialog).to_contain_text("le code ana-7, dans le cours demo")
    dialog.get_by_role("button", name="Oui, c'est moi").click()
    expect(phone.locator(".ps-who")).to_contain_text("Vous travaillez avec le code ana-7, cours demo.")
    assert "#join" not in phone.url
    phone.goto(f"{site_url}ar/python/variables/")
    expect(phone.locator(".ps-who")).to_contain_text("ana-7")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_nobody_becomes_another_without_saying_so(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}#join=demo.ana-7")
    phone.get_by_role("button", name="Oui, c'est moi").click()
    phone.goto(f"{site_url}python/#join=demo.omar-2")
    dialog = phone.locator("dialog.nb-dialog")
    expect(dialog).to_contain_text("omar-2")
    expect(dialog).to_contain_text("ce navigateur connaît le code ana-7")
    phone.keyboard.press("Escape")
    expect(phone.locator(".ps-who")).to_contain_text("ana-7")


def test_a_link_without_a_learner_lets_the_code_be_typed(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}en/#join=demo")
    dialog = phone.locator("dialog.nb-dialog")
    expect(dialog.get_by_role("textbox").first).to_have_value("demo")
    dialog.get_by_role("textbox").last.fill("Omar 2")
    phone.keyboard.press("Enter")
    expect(phone.locator(".ps-who")).to_contain_text("You work with the code omar-2, course demo.")


@pytest.mark.parametrize(
    "broken", ["", "%", "%3Cimg src=x onerror=alert(1)%3E", "a.b.c", "démo.ana", "../x.y", "." * 500]
)
def test_a_broken_link_says_so_and_changes_nothing(phone: Page, site_url: str, broken: str) -> None:
    phone.goto(f"{site_url}#join={broken}")
    expect(phone.locator("dialog.nb-dialog")).to_contain_text("Ce lien n'est pas complet")
    phone.get_by_role("button", name="J'ai compris").click()
    expect(phone.locator(".ps-who")).to_be_empty()
    assert phone.evaluate("localStorage.getItem('passerelle.who')") is None


def test_who_leaves_is_forgotten_and_their_work_stays(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}python/variables/#join=demo.ana-7")
    phone.get_by_role("button", name="Oui, c'est moi").click()
    phone.get_by_role("group", name="Case 1", exact=True).get_by_role("textbox").fill("print('à moi')")
    phone.locator(".ps-who").get_by_role("button", name="Je pars").click()
    phone.locator("dialog.nb-dialog").get_by_role("button", name="Je pars").click()
    expect(phone.locator(".ps-who")).to_be_empty()
    phone.reload()
    expect(phone.get_by_role("group", name="Case 1", exact=True).get_by_role("textbox")).to_have_text(
        re.compile("à moi")
    )
    expect(phone.locator(".ps-who")).to_have_count(0)
