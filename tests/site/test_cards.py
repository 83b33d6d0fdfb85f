"""Cards with which learners join a course."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_trainer_gets_a_card_with_link_and_qr_code_for_each_learner(phone: Page, site_url: str) -> None:
    phone.goto(f"{site_url}ar/formateurs/")
    cards = phone.locator("join-cards")
    course, learners = cards.get_by_role("textbox").first, cards.get_by_role("textbox").last
    make = cards.get_by_role("button").first
    make.click()
    expect(cards.get_by_role("status")).to_contain_text("اكتب رمز الدورة")
    course.fill("demo")
    learners.fill("a/b")
    make.click()
    expect(cards.get_by_role("status")).to_contain_text("a/b")
    expect(cards.locator(".ps-card")).to_have_count(0)
    learners.fill("Ana 7\n\nomar-2\nana-7")
    make.click()
    expect(cards.get_by_role("img")).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.locator("join-cards").screenshot(path="_build/screens/cards-ar.png")
    phone.emulate_media(media="print")
    expect(cards.get_by_role("img").first).to_be_visible()
    expect(phone.locator("h1")).to_be_hidden()
    expect(make).to_be_hidden()
    phone.emulate_media(media="screen")
    cards.get_by_role("link").first.click()
    expect(phone.locator("dialog.nb-dialog")).to_contain_text("ana-7")
