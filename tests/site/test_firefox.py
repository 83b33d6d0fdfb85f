"""The path of a learner in Firefox: a lesson runs, cold and warm, tells errors, stops."""

from __future__ import annotations

from collections.abc import Iterator

import firefox
import pytest

pytestmark = pytest.mark.browser

CELL = "document.querySelector('py-cell')"
EDITOR = f"{CELL}.querySelector('.py-editor')?.shadowRoot?.querySelector('[role=textbox]')"


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


def write(tab: firefox.Tab, code: str) -> None:
    """Replace the first cell's code as a person does, key by key."""
    tab.wait(f"!!{EDITOR}")
    tab.value(f"{EDITOR}.focus()")
    for _ in range(tab.value(f"{EDITOR}.textContent.length")):
        tab.write(firefox.DELETE + firefox.BACKSPACE)
    tab.write(code)


def test_error_is_explained_and_stop_ends_an_endless_loop(tab: firefox.Tab, site_url: str) -> None:
    tab.open(f"{site_url}python/variables/")
    write(tab, "total = 41; print(1/0)")
    press_button(tab, "Lancer")
    shows(tab, "----> 1 total = 41; print(1/0)")
    shows(tab, "ZeroDivisionError: division by zero")
    write(tab, "while True: pass")
    press_button(tab, "Lancer")
    tab.wait(f"{CELL}.dataset.state === 'running'")
    press_button(tab, "Arrêter")
    tab.wait(f"{CELL}.dataset.state !== 'running'")
    write(tab, "print(total + 1)")
    press_button(tab, "Lancer")
    shows(tab, "42")
    assert tab.errors == []


NOTEBOOK_CELL = "document.querySelector('.jp-Notebook .jp-CodeCell')"
PRESS = f"""(() => {{
  const cell = {NOTEBOOK_CELL};
  const place = cell?.querySelector('.cm-content');
  const ready = document.querySelector('.jp-KernelName')?.textContent.includes('Python');
  if (!place || !ready) return false;
  if (cell.querySelector('.jp-InputPrompt').textContent.trim() !== '[ ]:') return true;
  place.focus();
  const key = {{ key: 'Enter', code: 'Enter', keyCode: 13, ctrlKey: true, bubbles: true, cancelable: true }};
  place.dispatchEvent(new KeyboardEvent('keydown', key));
  return false;
}})()"""


def test_notebook_runs(tab: firefox.Tab, site_url: str) -> None:
    tab.open(f"{site_url}lite/notebooks-fr/index.html?path=lessons/fr/python/boucles.ipynb")
    tab.wait(PRESS)
    tab.wait(f"{NOTEBOOK_CELL}.querySelector('.jp-OutputArea-output')?.textContent.includes('Bonjour')")
    assert tab.errors == []
