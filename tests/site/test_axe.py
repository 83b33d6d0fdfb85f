"""Everyone: axe finds nothing serious or critical on any kind of page, in three languages, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser

HOMES = {"fr": "", "en": "en/", "ar": "ar/"}
PAGES = (
    "",
    "aide/",
    "contribuer/",
    "formateurs/",
    "lexique/",
    "pourquoi/",
    "python/",
    "python/fonctions/",
    "python/pratique/",
    "travail/",
)
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "iframes": False,  # the inside of JupyterLab is not ours
}
ENDED = re.compile("done|error")


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical: rule, place and why."""
    found: list[dict[str, Any]] = Axe().run(page, options=OPTIONS).response["violations"]
    return [
        f"{page.url} {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.fixture(scope="module", params=["light", "dark"])
def reader(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """Somebody whose device is set to light or dark, and who wants nothing to move."""
    context = browser.new_context(color_scheme=request.param, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.mark.parametrize("language", HOMES)
def test_pages_as_they_open(reader: BrowserContext, site_url: str, language: str) -> None:
    page = reader.new_page()
    found = []
    for path in (*PAGES, "no-such-page/"):
        page.goto(f"{site_url}{HOMES[language]}{path}")
        found += faults(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("language", HOMES)
def test_a_lesson_at_work_on_a_phone(reader: BrowserContext, site_url: str, language: str) -> None:
    page = reader.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site_url}{HOMES[language]}python/fonctions/")
    first = page.locator("py-cell").first
    first.get_by_role("textbox").fill("print(nom)")
    first.locator(".py-run").click()
    expect(first.locator(".py-explained")).to_be_visible()
    exercise = page.locator("py-cell[data-exercise]")
    exercise.get_by_role("textbox").fill("def triple(nombre):\n    return nombre + 3")
    exercise.locator(".py-run").click()
    expect(exercise.locator(".py-wrong").first).to_be_visible()
    for hint in page.locator("details.hint").all():
        hint.locator("summary").click()
    for question in page.locator(".ps-question").all():
        question.get_by_role("button").last.click()
    found = faults(page)
    exercise.get_by_role("textbox").fill("def triple(nombre):\n    return nombre * 3")
    exercise.locator(".py-run").click()
    expect(exercise.locator(".py-exercise")).to_have_attribute("data-state", "passed")
    found += faults(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("language", HOMES)
def test_dialogs_panels_and_what_was_made(reader: BrowserContext, site_url: str, language: str) -> None:
    page = reader.new_page()
    page.goto(f"{site_url}{HOMES[language]}#join=demo.ana-{language}")
    dialog = page.locator("dialog.nb-dialog")
    expect(dialog).to_be_visible()
    found = faults(page)
    dialog.get_by_role("button").first.click()
    expect(page.locator(".ps-who")).to_contain_text(f"ana-{language}")
    page.locator(".ps-who button").first.click()
    expect(dialog).to_be_visible()
    found += faults(page)
    page.keyboard.press("Escape")
    page.evaluate(
        "localStorage.setItem('passerelle/cell/python/variables#calcul', JSON.stringify({text: 'a', original: 'b'}))"
    )
    page.goto(f"{site_url}{HOMES[language]}travail/")
    expect(page.locator("my-work li").first).to_be_visible()
    found += faults(page)
    page.goto(f"{site_url}{HOMES[language]}python/devoir/")
    hand_in = page.locator("notebook-frame .nb-button--main, notebook-frame .nb-handin")
    expect(hand_in.first).to_be_visible()
    hand_in.first.click()
    expect(page.locator("dialog.nb-dialog, .nb-panel").first).to_be_visible()
    found += faults(page)
    page.close()
    assert found == []
