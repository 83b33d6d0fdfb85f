"""Stop in notebooks: it ends what runs, keeps the variables where the browser allows it, and says so where not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from notebook import SLOW_MS, SOON_MS, cell, opened, rests, run, shows, stop, write_in
from playwright.sync_api import BrowserContext, Page, expect
from served import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def isolated_url(built_site: Path) -> Iterator[str]:
    with served(built_site, isolated=True) as url:
        yield url


@pytest.fixture(scope="module")
def plain_url(built_site: Path) -> Iterator[str]:
    with served(built_site, isolated=False) as url:
        yield url


ENDLESS = {
    "loop": "while True: pass",
    "sleep": "import time; time.sleep(1000)",
    "regular expression": "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    "question": "input('Nom ? ')",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_stop_keeps_the_variables_on_an_isolated_page(isolated_url: str, page: Page, what: str) -> None:
    notebook = opened(page, isolated_url)
    assert page.evaluate("crossOriginIsolated")
    run(page, notebook, 0, "garde = 41")
    run(page, notebook, 1, f"print('parti')\n{ENDLESS[what]}")
    shows(notebook, 1, "parti")
    stop(page)
    shows(notebook, 1, "KeyboardInterrupt")
    rests(notebook, 1)
    expect(page.get_by_text("Arrêté. Les variables sont gardées.")).to_be_visible()
    run(page, notebook, 1, "print(garde + 1)")
    shows(notebook, 1, "42")
    expect(page.get_by_text("Arrêté. Les variables sont gardées.")).to_be_hidden()


def test_stop_brings_python_back_where_a_computation_does_not_hear(isolated_url: str, page: Page) -> None:
    notebook = opened(page, isolated_url)
    run(page, notebook, 0, "garde = 41")
    run(page, notebook, 1, "print('parti')\nsum(range(10 ** 12))")
    shows(notebook, 1, "parti")
    stop(page)
    rests(notebook, 1)
    expect(page.get_by_text("Python a oublié les variables")).to_be_visible()
    expect(cell(notebook, 1).locator(".cm-content")).to_contain_text("sum(range(10 ** 12))")


def test_without_isolation_stop_says_that_variables_are_lost_and_brings_them_back(plain_url: str, page: Page) -> None:
    notebook = opened(page, plain_url)
    assert not page.evaluate("crossOriginIsolated")
    run(page, notebook, 0, "garde = 41; print('fait')")
    shows(notebook, 0, "fait")
    run(page, notebook, 1, "print('parti')\nwhile True: pass")
    shows(notebook, 1, "parti")
    stop(page)
    rests(notebook, 1)
    expect(page.get_by_text("Python a oublié les variables")).to_be_visible()
    expect(cell(notebook, 1).locator(".cm-content")).to_contain_text("while True: pass")
    page.get_by_role("button", name="Relancer les cases du dessus").click()
    write_in(page, notebook, 1, "print(garde + 1)")
    page.keyboard.press("Control+Enter")
    shows(notebook, 1, "42")


@pytest.mark.parametrize("kind", ["isolated", "plain"])
def test_stop_drops_the_cells_that_wait(isolated_url: str, plain_url: str, page: Page, kind: str) -> None:
    notebook = opened(page, {"isolated": isolated_url, "plain": plain_url}[kind])
    write_in(page, notebook, 1, "print('jamais')")
    run(page, notebook, 0, "print('parti')\nwhile True: pass")
    shows(notebook, 0, "parti")
    cell(notebook, 1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell(notebook, 1).locator(".jp-InputPrompt").first).to_contain_text("*")
    stop(page)
    rests(notebook, 0)
    rests(notebook, 1)
    run(page, notebook, 0, "print('suite')")
    shows(notebook, 0, "suite")
    expect(cell(notebook, 1).locator(".jp-OutputArea")).not_to_contain_text("jamais")


def test_the_keyboard_stops_too_and_in_a_tab_of_its_own_the_page_says_it(
    plain_url: str, isolated_url: str, context: BrowserContext
) -> None:
    # The second visit to a plain host is isolated where its service worker was quick.
    either = "Les variables sont gardées|Python a oublié les variables"
    for site, said in ((isolated_url, "Les variables sont gardées"), (plain_url, either)):
        page = context.new_page()
        page.goto(f"{site}python/pratique/")
        frame = page.locator("notebook-frame iframe")
        expect(frame).to_have_attribute("src", re.compile("index.html"), timeout=SLOW_MS)
        address = frame.get_attribute("src")
        page.goto(page.evaluate("address => new URL(address, location).href", address))
        alone = page.locator(":root")
        first = alone.locator(".jp-CodeCell").first
        first.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("print('parti')\nwhile True: pass")
        page.keyboard.press("Control+Enter")
        expect(first.locator(".jp-OutputArea")).to_contain_text("parti", timeout=SLOW_MS)
        page.keyboard.press("Escape")
        page.keyboard.press("i")
        page.keyboard.press("i")
        expect(first.locator(".jp-InputPrompt").first).not_to_contain_text("*", timeout=SOON_MS)
        expect(page.get_by_role("status").filter(has_text=re.compile(said))).to_be_visible()
        page.close()


def test_a_cell_that_takes_long_is_told_calmly_with_stop_beside(isolated_url: str, page: Page) -> None:
    notebook = opened(page, isolated_url)
    run(page, notebook, 0, "print('parti')\nwhile True: pass")
    shows(notebook, 0, "parti")
    expect(page.get_by_role("status").filter(has_text="plus de dix secondes")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("button", name="Arrêter")).to_have_count(1)
    stop(page)
    rests(notebook, 0)
    expect(page.get_by_text("plus de dix secondes")).to_be_hidden()
