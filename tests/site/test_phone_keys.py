"""A phone: the characters its keyboard hides are one press away, and the line being written stays in sight."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
KEYBOARD_OPEN = {"width": 360, "height": 380}


@pytest.fixture
def touched(browser: Browser) -> Iterator[Page]:
    """A small phone that is touched."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def write_in(page: Page, number: int, text: str) -> Locator:
    """Touch a cell's editor and write a text into the place of what stands there."""
    place = page.locator("py-cell").nth(number).get_by_role("textbox")
    place.tap()
    place.press("ControlOrMeta+a")
    if text:
        page.keyboard.insert_text(text)
    else:
        place.press("Delete")
    return place


def shows(editor: Locator) -> str:
    return editor.evaluate(
        "editor => [...editor.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\\n')"
    )


def key(page: Page, name: str) -> Locator:
    return page.locator(".py-keys").get_by_role("button", name=name, exact=True)


def test_a_line_is_written_with_the_row_alone_and_the_keyboard_stays_open(site_url: str, touched: Page) -> None:
    page = touched
    page.goto(f"{site_url}python/variables/")
    editor = write_in(page, 0, "print")
    row = page.get_by_role("group", name="Signes pour écrire du code")
    expect(row).to_be_visible()
    for name in ("(", '"'):
        key(page, name).tap()
    page.keyboard.insert_text("oui")
    for name in ('"', ")"):
        key(page, name).tap()
    assert shows(editor) == 'print("oui")'
    expect(editor).to_be_focused()
    key(page, "Décaler la ligne vers la droite").tap()
    assert shows(editor) == '    print("oui")'
    key(page, "Annuler").tap()
    assert shows(editor) == 'print("oui")'
    key(page, "Curseur à gauche").tap()
    key(page, "_").tap()
    key(page, "Curseur à droite").tap()
    key(page, "#").tap()
    assert shows(editor) == 'print("oui"_)#'

    write_in(page, 0, "nom")
    page.keyboard.press("ControlOrMeta+a")
    key(page, "[").tap()
    assert shows(editor) == "[nom]"
    write_in(page, 0, "l'eau")
    page.keyboard.press("Home")
    key(page, '"').tap()
    page.keyboard.press("End")
    key(page, '"').tap()
    assert shows(editor) == '"l\'eau"', "a quote before a word or at the end of an open text comes alone"

    page.get_by_role("heading", level=1).tap()
    editor.blur()
    expect(row).to_have_count(0)


@pytest.mark.parametrize("language", ["", "ar/"])
def test_the_keyboard_never_covers_the_line_and_the_row_fits(language: str, site_url: str, touched: Page) -> None:
    page = touched
    page.goto(f"{site_url}{language}python/boucles/")
    editor = write_in(page, 2, "\n".join(f"ligne_{number} = {number}" for number in range(30)))
    row = page.locator(".py-keys")
    expect(row).to_be_visible()
    page.set_viewport_size(KEYBOARD_OPEN)
    last = editor.locator(".cm-line").last
    expect(last).to_be_in_viewport(ratio=1)
    page.keyboard.insert_text("0")
    line, keys = last.bounding_box(), row.bounding_box()
    assert line
    assert keys
    assert line["y"] + line["height"] <= keys["y"], "the row stands on the line"
    assert keys["y"] + keys["height"] <= KEYBOARD_OPEN["height"]
    assert keys["x"] >= 0
    assert keys["x"] + keys["width"] <= KEYBOARD_OPEN["width"]
    boxes = [button.bounding_box() for button in row.get_by_role("button").all()]
    assert all(box and box["height"] >= 44 and box["width"] >= 36 for box in boxes)
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] < boxes[1]["x"], "code is written from left to right"
    assert page.evaluate("document.documentElement.scrollWidth") <= KEYBOARD_OPEN["width"]
    page.screenshot(path=f"_build/screens/phone-keys-{language.strip('/') or 'fr'}.png")


def test_a_keyboard_over_the_page_lifts_the_row(site_url: str, touched: Page) -> None:
    """As on devices whose keyboard covers the page instead of making it smaller: only the visual viewport tells."""
    page = touched
    page.goto(f"{site_url}python/variables/")
    write_in(page, 0, "a")
    row = page.locator(".py-keys")
    expect(row).to_be_visible()
    page.context.new_cdp_session(page).send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    seen = "visualViewport.offsetTop + visualViewport.height"
    expect(row).to_have_css("bottom", f"{page.evaluate(f'innerHeight - ({seen})'):g}px")


def test_without_touch_there_is_no_row(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}python/variables/")
    editor = page.locator("py-cell").first.get_by_role("textbox")
    editor.click()
    page.keyboard.type("(")
    expect(editor).to_contain_text("(")
    expect(page.locator(".py-keys")).to_have_count(0)
