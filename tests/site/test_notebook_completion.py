"""Completion and help in notebooks: at once, with what Python knows."""

from __future__ import annotations

import pytest
from notebook import SLOW_MS, opened, rests, run, write_in
from playwright.sync_api import FrameLocator, Page, expect

pytestmark = pytest.mark.browser


def offers(page: Page, notebook: FrameLocator, code: str, name: str) -> None:
    write_in(page, notebook, 0, code)
    page.keyboard.press("Tab")
    expect(notebook.locator(".jp-Completer")).to_contain_text(name, timeout=SLOW_MS)
    page.keyboard.press("Escape")


def test_names_are_offered_at_the_first_tab(page: Page, site_url: str) -> None:
    notebook = opened(page, site_url)
    run(page, notebook, 0, "longue_variable = 'ici'\nlongue_liste = []")
    rests(notebook, 0)
    offers(page, notebook, "longue_", "longue_variable")
    offers(page, notebook, "longue_liste.", "append")


def test_help_shows_what_a_function_takes(page: Page, site_url: str) -> None:
    notebook = opened(page, site_url)
    run(page, notebook, 0, "def aire(longueur, largeur):\n    'Une surface.'")
    rests(notebook, 0)
    write_in(page, notebook, 0, "aire(")
    page.keyboard.press("Shift+Tab")
    expect(notebook.locator(".jp-Tooltip")).to_contain_text("longueur", timeout=SLOW_MS)
