"""A notebook on a page of the site, as a person drives it: open it, write into a cell, run it, read what it shows."""

from __future__ import annotations

import re

from playwright.sync_api import FrameLocator, Locator, Page, expect

SLOW_MS = 120_000
SOON_MS = 20_000


def opened(page: Page, site: str) -> FrameLocator:
    """Open a page with a notebook and wait for its Python."""
    page.goto(f"{site}python/pratique/")
    expect(page.locator("notebook-frame")).to_have_attribute("data-state", re.compile("ready|saved"), timeout=SLOW_MS)
    return page.frame_locator("notebook-frame iframe")


def cell(notebook: FrameLocator, number: int) -> Locator:
    return notebook.locator(".jp-CodeCell").nth(number)


def write_in(page: Page, notebook: FrameLocator, number: int, code: str) -> None:
    """Put code into the code cell of this number, counted from 0."""
    cell(notebook, number).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def run(page: Page, notebook: FrameLocator, number: int, code: str) -> None:
    write_in(page, notebook, number, code)
    page.keyboard.press("Control+Enter")


def shows(notebook: FrameLocator, number: int, text: str) -> None:
    expect(cell(notebook, number).locator(".jp-OutputArea")).to_contain_text(text, timeout=SLOW_MS)


def rests(notebook: FrameLocator, number: int) -> None:
    """The cell neither runs nor waits."""
    expect(cell(notebook, number).locator(".jp-InputPrompt").first).not_to_contain_text("*", timeout=SOON_MS)


def answer(notebook: FrameLocator, number: int, name: str, text: str) -> None:
    """Answer the question of this name that the cell's program asks."""
    field = cell(notebook, number).get_by_label(name, exact=True)
    field.fill(text, timeout=SLOW_MS)
    field.press("Enter")


def stop(page: Page) -> None:
    page.get_by_role("button", name="Arrêter").click()
