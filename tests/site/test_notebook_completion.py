"""Completion and help in notebooks: at once with what Python knows; jedi comes when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from notebook import SLOW_MS, cell, opened, rests, run, shows, write_in
from playwright.sync_api import Browser, FrameLocator, Page, expect
from served import served

pytestmark = pytest.mark.browser

WAIT = """import asyncio, IPython.core.completer as completer
while not completer.JEDI_INSTALLED:
    await asyncio.sleep(0.1)
print('là')"""
NOT_RUN = "chemin = 'a'.upper()\nchemin.zfi"


def complete(page: Page, notebook: FrameLocator, number: int, code: str) -> None:
    write_in(page, notebook, number, code)
    page.keyboard.press("Tab")


@pytest.fixture(params=[False, True], ids=["4g", "saves data"])
def visit(request: pytest.FixtureRequest, browser: Browser, built_site: Path) -> Iterator[tuple[Page, str, bool]]:
    """A page, the address of the site, and whether the person saves data."""
    connection = f"{{saveData: {str(request.param).lower()}, effectiveType: '4g'}}"
    context = browser.new_context(service_workers="block")  # or the page's requests are not seen
    page = context.new_page()
    page.add_init_script(f"Object.defineProperty(navigator, 'connection', {{value: {connection}}})")
    with served(built_site, isolated=True) as url:
        yield page, url, request.param
    context.close()


def test_jedi_comes_with_the_first_completion_where_bytes_are_cheap(visit: tuple[Page, str, bool]) -> None:
    page, url, saves_data = visit
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    notebook = opened(page, url)
    run(page, notebook, 0, "longue_variable = 'ici'")
    rests(notebook, 0)
    assert not [each for each in fetched if each.startswith("jedi-")]
    complete(page, notebook, 1, "longue_va")
    expect(cell(notebook, 1)).to_contain_text("longue_variable", timeout=SLOW_MS)
    if saves_data:
        page.wait_for_timeout(2_000)
        assert not [each for each in fetched if each.startswith("jedi-")]
        return
    run(page, notebook, 0, WAIT)
    shows(notebook, 0, "là")
    assert [each for each in fetched if each.startswith("jedi-")]
    complete(page, notebook, 1, NOT_RUN)
    expect(cell(notebook, 1)).to_contain_text("chemin.zfill", timeout=SLOW_MS)


def test_help_shows_what_a_function_takes(browser: Browser, site_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    notebook = opened(page, site_url)
    run(page, notebook, 0, "def aire(longueur, largeur):\n    'Une surface.'")
    write_in(page, notebook, 1, "aire(")
    page.keyboard.press("Shift+Tab")
    expect(notebook.locator(".jp-Tooltip")).to_contain_text("longueur", timeout=SLOW_MS)
    context.close()
