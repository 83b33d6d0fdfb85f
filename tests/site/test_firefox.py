"""The path of a learner in Firefox: a lesson runs, cold and warm."""

from __future__ import annotations

from collections.abc import Iterator

import firefox
import pytest

pytestmark = pytest.mark.browser

CELL = "document.querySelector('py-cell')"


@pytest.fixture
def tab() -> Iterator[firefox.Tab]:
    try:
        firefox.get()
    except firefox.NoFirefox as fault:
        pytest.skip(str(fault))
    yield from firefox.started()


def press_button(tab: firefox.Tab, name: str) -> None:
    button = (
        f"[...{CELL}.querySelectorAll('button')].find(b => b.checkVisibility() && b.textContent.includes('{name}'))"
    )
    tab.wait(f"!!{button}")
    tab.value(f"{button}.click()")


def shows(tab: firefox.Tab, text: str) -> None:
    tab.wait(f"{CELL}.querySelector('output').textContent.includes('{text}')")


def test_lesson_runs_cold_and_again_after_a_reload(tab: firefox.Tab, site_url: str) -> None:
    tab.open(f"{site_url}python/variables/")
    press_button(tab, "Lancer")
    shows(tab, "5")
    tab.reload()
    press_button(tab, "Lancer")
    shows(tab, "5")
    assert tab.errors == []
