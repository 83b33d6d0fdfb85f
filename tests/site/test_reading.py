"""Reading aids: larger text, more space, plain letters; kept, there before the page is painted, and nothing breaks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def style(page: Page, selector: str, name: str) -> str:
    value: str = page.eval_on_selector(selector, f"at => getComputedStyle(at)['{name}']")
    return value


def pixels(page: Page, selector: str, name: str) -> float:
    return float(style(page, selector, name).removesuffix("px"))


PARAGRAPH = ".md-content .md-typeset > p"


def test_a_choice_shows_at_once_stays_on_the_next_page_and_is_taken_back(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}python/variables/")
    usual = pixels(page, PARAGRAPH, "fontSize")
    opener = page.get_by_role("button", name="Confort de lecture")
    opener.focus()
    page.keyboard.press("Enter")
    aids = page.get_by_role("dialog", name="Confort de lecture")
    expect(aids).to_be_visible()
    aids.get_by_role("radio", name="Très grande").check()
    assert pixels(page, PARAGRAPH, "fontSize") == pytest.approx(usual * 1.5, rel=0.01)
    aids.get_by_role("radio", name="Très large").check()
    aids.get_by_role("radio", name="Simples et larges").check()
    page.screenshot(path="_build/screens/reading-fr-1200.png")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.early = document.documentElement.dataset.reading; });"
    )
    page.goto(f"{site_url}python/boucles/")
    assert page.evaluate("window.early") == "size-3 spacing-2 font-1"
    assert pixels(page, PARAGRAPH, "fontSize") == pytest.approx(usual * 1.5, rel=0.01)
    assert pixels(page, PARAGRAPH, "letterSpacing") > 0
    assert style(page, PARAGRAPH, "fontFamily").startswith("Verdana")
    assert style(page, "py-cell code, py-cell .py-editor", "letterSpacing") == "normal"

    opener.click()
    expect(aids.get_by_role("radio", name="Très grande")).to_be_checked()
    aids.get_by_role("button", name="Tout remettre comme avant").click()
    expect(aids.get_by_role("radio", name="Normale")).to_be_checked()
    assert pixels(page, PARAGRAPH, "fontSize") == usual
    assert page.evaluate("localStorage.getItem('passerelle.reading')") is None


def test_at_its_largest_nothing_runs_out_of_a_phone_and_arabic_letters_stay_joined(site_url: str, phone: Page) -> None:
    phone.goto(f"{site_url}ar/")
    phone.evaluate("localStorage.setItem('passerelle.reading', 'size-3 spacing-2 font-1')")
    for path in ("ar/python/variables/", "python/conditions/", "python/", "en/", "ar/aide/"):
        phone.goto(site_url + path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, path
        wide = phone.evaluate(
            """[...document.querySelectorAll('.md-content :is(h1, h2, p, li, a.md-button, button)')]
                .filter((at) => at.checkVisibility() && !at.closest('table, pre, dialog, .cm-scroller'))
                .filter((at) => at.getBoundingClientRect().left < -1 || at.getBoundingClientRect().right > 361)
                .map((at) => at.textContent)"""
        )
        assert wide == [], path
        if path == "ar/python/variables/":
            assert style(phone, PARAGRAPH, "letterSpacing") == "normal"
            phone.get_by_role("button", name="راحة القراءة").click()
            expect(phone.get_by_role("dialog", name="راحة القراءة")).to_be_visible()
            phone.screenshot(path="_build/screens/reading-ar-360.png")
            phone.keyboard.press("Escape")
            phone.screenshot(path="_build/screens/reading-page-ar-360.png")


def test_what_is_kept_may_be_nonsense(site_url: str, page: Page) -> None:
    page.goto(site_url)
    page.evaluate("localStorage.setItem('passerelle.reading', 'size-9 \\\"><script> spacing--1 font-')")
    page.reload()
    page.get_by_role("button", name="Confort de lecture").click()
    aids = page.get_by_role("dialog", name="Confort de lecture")
    expect(aids.get_by_role("radio", name="Normale")).to_be_checked()


def test_a_word_of_the_glossary_opens_by_pointer_keyboard_and_press_and_closes_with_escape(
    site_url: str, page: Page
) -> None:
    page.goto(f"{site_url}python/variables/")
    word = page.locator(".ps-word", has_text="variable").first
    tip = page.get_by_text("Un nom qui garde une valeur, comme une étiquette sur une boîte.")
    word.hover()
    expect(tip).to_be_visible()
    tip.hover()
    page.wait_for_timeout(400)  # the pointer may rest on the explanation for as long as one reads
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    page.mouse.move(0, 0)

    word.focus()
    expect(tip).to_be_visible()
    expect(word).to_have_accessible_description(re.compile("Un nom qui garde une valeur"))
    page.keyboard.press("Tab")
    more = page.get_by_role("link", name="Voir le lexique")
    expect(more).to_be_focused()
    page.keyboard.press("Escape")
    expect(word).to_be_focused()
    expect(tip).to_have_count(0)

    word.click()
    expect(tip).to_be_visible()
    assert "/python/variables/" in page.url
    expect(page.locator("[lang=ar]", has_text="متغير").last).to_be_visible()
    page.screenshot(path="_build/screens/glossary-fr-1200.png")
    word.click()
    expect(tip).to_have_count(0)
    word.click()
    more.click()
    expect(page).to_have_url(f"{site_url}lexique/#variable")
    expect(page.get_by_role("heading", name="Variable", exact=True)).to_be_in_viewport()


def test_an_explanation_fits_a_touched_phone_in_arabic_and_without_scripts_it_is_a_link(
    site_url: str, browser: Browser
) -> None:
    touched = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = touched.new_page()
    page.goto(f"{site_url}ar/python/variables/")
    words = page.locator(".ps-word")
    for number in (0, 2, 4):
        page.get_by_role("heading", level=1).tap()  # elsewhere: what is open closes
        expect(page.locator(".ps-tip")).to_have_count(0)
        words.nth(number).tap()
        tip = page.locator(".ps-tip")
        expect(tip.get_by_role("link", name="انظر المسرد")).to_be_visible()
        box = tip.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.screenshot(path="_build/screens/glossary-ar-360.png")
    words.nth(4).tap()
    expect(page.locator(".ps-tip")).to_have_count(0)
    page.goto(f"{site_url}ar/lexique/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.screenshot(path="_build/screens/glossary-page-ar-360.png")
    touched.close()

    without = browser.new_context(java_script_enabled=False)
    page = without.new_page()
    page.goto(f"{site_url}en/python/variables/")
    page.locator(".ps-word", has_text="variable").first.click()
    expect(page).to_have_url(f"{site_url}en/lexique/#variable")
    without.close()


@pytest.mark.parametrize(("language", "title"), [("", "Pourquoi Passerelle"), ("ar/", "لماذا Passerelle؟")])
def test_the_comparison_scrolls_inside_itself_and_is_found_from_the_front_page(
    language: str, title: str, site_url: str, phone: Page
) -> None:
    phone.goto(site_url + language)
    phone.get_by_role("main").get_by_role("link", name=title.rstrip("؟"), exact=False).last.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(title)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    table = phone.locator(".ps-compare")
    assert table.evaluate("at => at.scrollWidth > at.clientWidth")
    expect(phone.get_by_role("columnheader", name="Capytale")).to_have_count(1)
    table.scroll_into_view_if_needed()
    phone.screenshot(path=f"_build/screens/why-{language.strip('/') or 'fr'}-360.png")
