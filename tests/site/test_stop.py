"""Stop means stop: what runs in a lesson's cell ends within a second, and what can be kept is kept."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

START_MS = 60_000
ENDED = re.compile("done|error")
STOPS_S = 1.0
SLACK_S = 4.0
"""What a busy machine may add; without Stop none of the programs below ends within minutes."""
KEEPING = {
    "loop": "while True:\n    pass",
    "sleep": "import time\ntime.sleep(1000)",
    "await": "import asyncio\nawait asyncio.sleep(1000)",
    "steps": "import asyncio\nwhile True:\n    await asyncio.sleep(0)",
    "task": "import asyncio\nasync def spin():\n    while True:\n        pass\nawait asyncio.ensure_future(spin())",
    "question": "input('Nom ?')",
    "pattern": "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')",
    "iterator": "for i in iter(int, 1):\n    x = i",
}
LOSING = {
    "sum": "sum(range(10 ** 13))",
    "stubborn": (
        "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass"
    ),
}


def cell_of(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=f"Case {number}", exact=True)


def run(page: Page, number: int, code: str) -> Locator:
    """Run code in a cell and return its output when it has ended."""
    cell = start(page, number, code)
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


def start(page: Page, number: int, code: str) -> Locator:
    cell = cell_of(page, number)
    cell.get_by_role("textbox", name="Code").fill(code)
    cell.get_by_role("button", name="Lancer", exact=True).click()
    expect(cell).to_have_attribute("data-state", re.compile("running|done|error"), timeout=START_MS)
    return cell


def stop(cell: Locator) -> float:
    """Press Stop once the program is at work, and return the seconds until the cell has ended."""
    cell.page.wait_for_timeout(300)
    began = time.monotonic()
    cell.get_by_role("button", name="Arrêter").click()
    expect(cell).to_have_attribute("data-state", "error", timeout=START_MS)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def isolated(browser: Browser, site_url: str) -> Iterator[Page]:
    """A lesson with a running Python, in a page that shares memory with it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    assert page.evaluate("crossOriginIsolated")
    run(page, 1, "kept = 'gardé'")
    yield page
    context.close()


@pytest.fixture(scope="module")
def plain(browser: Browser, site_url: str) -> Iterator[Page]:
    """The same in a page that does not."""
    context = browser.new_context(service_workers="block")
    context.add_init_script("Object.defineProperty(globalThis, 'crossOriginIsolated', {value: false})")
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    yield page
    context.close()


@pytest.mark.parametrize("name", KEEPING)
def test_what_python_can_interrupt_ends_and_keeps_the_variables(isolated: Page, name: str) -> None:
    expect(run(isolated, 1, "kept = 'gardé'")).to_have_text("")
    cell = start(isolated, 2, KEEPING[name])
    assert stop(cell) < STOPS_S + SLACK_S
    expect(cell).to_contain_text("Arrêté. Les variables sont gardées.")
    expect(cell.locator("output")).to_contain_text("KeyboardInterrupt")
    expect(cell.get_by_role("textbox", name="Code")).to_contain_text(KEEPING[name].split("\n")[0])
    expect(run(isolated, 3, "print(kept)")).to_have_text("gardé")


def test_stop_pressed_at_any_moment_reaches_the_cell(isolated: Page) -> None:
    expect(run(isolated, 1, "kept = 'gardé'")).to_have_text("")
    cell = cell_of(isolated, 2)
    cell.get_by_role("textbox", name="Code").fill("while True:\n    pass")
    for wait_ms in range(60):
        cell.evaluate(
            """(cell, wait) => {
                cell.querySelector(".py-run").click();
                return new Promise((resolve) => setTimeout(() => {
                    cell.querySelector(".py-stop").click();
                    resolve();
                }, wait));
            }""",
            wait_ms // 2,
        )
        expect(cell).to_contain_text("Arrêté. Les variables sont gardées.")
    expect(run(isolated, 3, "print(kept)")).to_have_text("gardé")


@pytest.mark.parametrize("name", LOSING)
def test_what_it_cannot_is_ended_with_its_python(isolated: Page, name: str) -> None:
    expect(run(isolated, 1, "kept = 'gardé'")).to_have_text("")
    cell = start(isolated, 2, LOSING[name])
    assert stop(cell) < STOPS_S + SLACK_S
    expect(cell).to_contain_text("relancez d'abord les cases du dessus")
    expect(cell.get_by_role("textbox", name="Code")).to_contain_text(LOSING[name].split("\n")[0])
    cell.get_by_role("button", name="Relancer les cases du dessus").click()
    expect(cell_of(isolated, 1)).to_have_attribute("data-state", "done", timeout=START_MS)
    expect(run(isolated, 3, "print(kept)")).to_have_text("gardé")


# Nobody can answer there: the question is an error at once.
@pytest.mark.parametrize("name", sorted({*KEEPING, *LOSING} - {"question"}))
def test_without_shared_memory_everything_ends_too(plain: Page, name: str) -> None:
    cell = start(plain, 2, (KEEPING | LOSING)[name])
    assert stop(cell) < STOPS_S + SLACK_S
    expect(cell).to_contain_text("relancez d'abord les cases du dessus")
    expect(run(plain, 3, "print('de nouveau')")).to_have_text("de nouveau")


def test_cells_above_are_run_again_in_their_order(plain: Page) -> None:
    run(plain, 2, "b = a + ' puis ' if 'a' in globals() else 'rien'")
    run(plain, 1, "a = 'un'")
    run(plain, 2, "b = a + ' puis deux'")
    cell = start(plain, 3, "while True: pass")
    stop(cell)
    cell.get_by_role("button", name="Relancer les cases du dessus").click()
    expect(cell_of(plain, 2)).to_have_attribute("data-state", "done", timeout=START_MS)
    expect(cell.get_by_role("button", name="Relancer les cases du dessus")).to_be_hidden()
    expect(run(plain, 3, "print(b)")).to_have_text("un puis deux")


def test_cells_that_wait_behind_the_stopped_one_are_not_run(isolated: Page) -> None:
    first = start(isolated, 2, "while True: pass")
    second = cell_of(isolated, 3)
    second.get_by_role("textbox", name="Code").fill("print('jamais')")
    second.get_by_role("button", name="Lancer", exact=True).click()
    stop(first)
    expect(second).to_contain_text("Pas lancé. Appuyez encore sur « Lancer ».")
    expect(second.locator("output")).to_have_text("")
    expect(run(isolated, 3, "print('maintenant')")).to_have_text("maintenant")


def test_control_c_in_the_code_stops_and_copies_where_text_is_selected(isolated: Page) -> None:
    cell = start(isolated, 2, "while True: pass")
    editor = cell.get_by_role("textbox", name="Code")
    editor.click()
    isolated.keyboard.press("Control+A")
    isolated.keyboard.press("Control+C")
    isolated.wait_for_timeout(500)
    expect(cell).to_have_attribute("data-state", "running")
    isolated.keyboard.press("ArrowRight")
    isolated.keyboard.press("Control+C")
    expect(cell).to_contain_text("Arrêté. Les variables sont gardées.", timeout=START_MS)


def test_sleep_is_as_python_has_it(isolated: Page) -> None:
    code = "import time\nt = time.monotonic()\ntime.sleep(0.3)\nprint(0.29 < time.monotonic() - t < 3, time.sleep(0))"
    expect(run(isolated, 1, code)).to_have_text("True None")
    expect(run(isolated, 1, "time.sleep(-1)")).to_contain_text("ValueError: sleep length must be non-negative")
    expect(run(isolated, 1, "time.sleep('1')")).to_contain_text("TypeError")


def test_a_long_program_is_announced_beside_stop(isolated: Page) -> None:
    cell = start(isolated, 2, "while True: pass")
    expect(cell.get_by_role("status").first).to_have_text(re.compile("travaille encore"), timeout=30_000)
    expect(cell.get_by_role("button", name="Arrêter")).to_be_visible()
    stop(cell)
