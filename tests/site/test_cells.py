"""Code in the page: real pages, real engine, real Chromium, found as a person finds things."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.browser

ENDED = re.compile("done|error")
START_MS = 60_000


@pytest.fixture(scope="module")
def lesson_context(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(30_000)
    return context


@pytest.fixture(scope="module")
def lesson(lesson_context: BrowserContext, site_url: str) -> Page:
    """One page with Python started, for the tests that only need some cell."""
    page = lesson_context.new_page()
    page.goto(f"{site_url}python/variables/")
    run(page, "pass")
    return page


def cell_of(page: Page, number: int = 1, word: str = "Case") -> Locator:
    return page.get_by_role("group", name=f"{word} {number}", exact=True)


def write(cell: Locator, code: str) -> None:
    cell.get_by_role("textbox").fill(code)


def run(page: Page, code: str, number: int = 1) -> Locator:
    """Put code into a cell, run it with the button, wait for its end and return its output."""
    cell = cell_of(page, number)
    write(cell, code)
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


def test_first_press_shows_megabytes_then_the_output(page: Page, site_url: str) -> None:
    page.route("**/pyodide.asm.wasm", lambda route: (time.sleep(1), route.continue_()))
    page.goto(f"{site_url}python/variables/")
    cell = cell_of(page)
    expect(cell).to_have_attribute("data-state", "idle")
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", "loading")
    expect(cell.get_by_role("progressbar")).to_be_visible()
    expect(cell).to_contain_text(re.compile(r"[\d,]+ Mo sur [1-9][\d,]* Mo"))
    expect(cell.locator("output")).to_have_text("5", timeout=START_MS)
    expect(cell).to_have_attribute("data-state", "done")
    expect(cell.get_by_role("progressbar")).to_be_hidden()


def test_presses_before_python_is_ready_all_run_in_their_order(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}python/variables/")
    write(cell_of(page, 1), "x = 20")
    write(cell_of(page, 2), "x = x + 1")
    write(cell_of(page, 3), "print(x * 2)")
    for number in (1, 2, 3):
        cell_of(page, number).get_by_role("button", name="Lancer").click()
    expect(cell_of(page, 3).locator("output")).to_have_text("42", timeout=START_MS)


def test_shift_enter_runs(lesson: Page) -> None:
    write(cell_of(lesson), "print(6 * 7)")
    cell_of(lesson).get_by_role("textbox").press("Shift+Enter")
    expect(cell_of(lesson).locator("output")).to_have_text("42")
    expect(cell_of(lesson).get_by_role("textbox")).to_have_text("print(6 * 7)")


def test_error_is_shown_in_colour_and_the_state_tells_it(lesson: Page) -> None:
    output = run(lesson, "def division():\n    return 1 / 0\n\ndivision()")
    expect(output).to_contain_text("ZeroDivisionError: division by zero")
    colours = output.locator("span").evaluate_all("spans => spans.map(span => getComputedStyle(span).color)")
    assert len(set(colours)) > 1
    expect(cell_of(lesson)).to_have_attribute("data-state", "error")
    expect(cell_of(lesson).get_by_role("status").first).to_contain_text("erreur")


def test_last_expression_and_display_are_shown(lesson: Page) -> None:
    expect(run(lesson, "'a' + 'b'")).to_have_text("'ab'")
    expect(run(lesson, "from IPython.display import display\ndisplay(1)\ndisplay(2)")).to_have_text(
        re.compile(r"1\s*2")
    )


def test_html_is_shown_without_what_runs(lesson: Page) -> None:
    alerts: list[str] = []
    lesson.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    hostile = (
        "<b>gras</b><script>alert(1)</script><img src='x' onerror='alert(2)'><a href='javascript:alert(3)'>lien</a>"
        "<iframe srcdoc='<script>parent.alert(4)</script>'></iframe><svg><animate onbegin=alert(5)></animate></svg>"
    )
    output = run(lesson, f'from IPython.display import HTML\nHTML("""{hostile}""")')
    expect(output.get_by_text("gras")).to_have_js_property("tagName", "B")
    assert output.locator("script, iframe, [onerror], [onbegin], [href^=javascript]").count() == 0
    output.get_by_text("lien").click()
    assert alerts == []
    assert "python/variables" in lesson.url


def test_pictures_are_shown(lesson: Page) -> None:
    png = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel
    )
    output = run(lesson, f"import base64\nfrom IPython.display import Image\nImage(base64.b64decode('{png}'))")
    picture = output.get_by_role("img")
    expect(picture).to_have_js_property("naturalWidth", 1)
    expect(picture).to_have_attribute("alt", "Dessin fait par le programme")


@pytest.mark.parametrize(
    "code",
    [
        "import pygal\nchart = pygal.Bar(title='Prix')\nchart.add('pain', [1, 2])\nchart",
        "import turtle\nturtle.forward(50)\nturtle.done()",
    ],
    ids=["pygal", "turtle"],
)
def test_charts_and_turtles_draw(lesson: Page, code: str) -> None:
    picture = run(lesson, code).get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 50


def test_output_over_and_over_replaces_itself(lesson: Page) -> None:
    counting = "from IPython.display import clear_output\nfor i in range(3):\n    clear_output(wait=True)\n    print(i)"
    expect(run(lesson, counting)).to_have_text("2")
    changing = "from IPython.display import display\nhandle = display('avant', display_id=True)\nhandle.update('apres')"
    expect(run(lesson, changing)).to_have_text("'apres'")


def test_a_flood_of_text_is_cut_with_a_sentence(lesson: Page) -> None:
    output = run(lesson, "for i in range(40):\n    print('x' * 100_000)")
    expect(output).to_contain_text("La suite n'est pas montrée.")
    assert len(output.inner_text()) < 1_400_000
    expect(run(lesson, "print('encore')")).to_have_text("encore")


def test_a_flood_of_lines_leaves_the_page_usable(lesson: Page) -> None:
    output = run(lesson, "for i in range(30_000):\n    print(i)")
    expect(output).to_contain_text("La suite n'est pas montrée.")
    expect(output).to_contain_text("9999")
    expect(output).not_to_contain_text("10000")


def test_a_line_that_counts_up_is_written_over(lesson: Page) -> None:
    counting = "print('début')\nfor i in range(5001):\n    print('\\r', i, end='', flush=True)\nprint()\nprint('fin')"
    expect(run(lesson, counting)).to_have_text(re.compile(r"^début\s+5000\s+fin\s*$"))


def test_result_is_read_out_once_it_is_whole(lesson: Page) -> None:
    cell = cell_of(lesson)
    write(cell, "print('un')\nwhile True: pass")
    cell.get_by_role("button", name="Lancer").click()
    expect(cell.locator("output")).to_contain_text("un")
    expect(cell.locator("output")).to_have_attribute("aria-busy", "true")
    cell.get_by_role("button", name="Arrêter").click()
    expect(cell.locator("output")).to_have_attribute("aria-busy", "false")


def test_stop_ends_an_endless_loop_and_keeps_the_code(lesson: Page) -> None:
    cell = cell_of(lesson, 2)
    write(cell, "while True:\n    pass")
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", "running")
    cell.get_by_role("button", name="Arrêter").click()
    expect(cell).to_contain_text("Arrêté. Les variables sont gardées.")
    expect(cell.get_by_role("button", name="Lancer")).to_be_focused()
    expect(cell.get_by_role("textbox")).to_contain_text("while True:")
    expect(run(lesson, "print('de nouveau')")).to_have_text("de nouveau")


def test_edits_are_kept_and_reset_can_be_taken_back(context: BrowserContext, site_url: str) -> None:
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    original = cell_of(page).get_by_role("textbox").inner_text()
    expect(cell_of(page).get_by_role("button", name="Revenir au code de départ")).to_be_hidden()
    write(cell_of(page), "print('à moi')")
    page.reload()
    expect(cell_of(page).get_by_role("textbox")).to_have_text("print('à moi')")
    page.goto(f"{site_url}ar/python/variables/")
    expect(cell_of(page, 1, "الخلية").get_by_role("textbox")).to_have_text("print('à moi')")
    page.goto(f"{site_url}python/variables/")
    cell_of(page).get_by_role("button", name="Revenir au code de départ").click()
    expect(cell_of(page).get_by_role("textbox")).to_have_text(original)
    cell_of(page).get_by_role("button", name="Reprendre mon code").click()
    expect(cell_of(page).get_by_role("textbox")).to_have_text("print('à moi')")
    cell_of(page).get_by_role("button", name="Revenir au code de départ").click()
    page.reload()
    expect(cell_of(page).get_by_role("textbox")).to_have_text(original)


def test_the_same_lesson_in_two_tabs_keeps_what_was_written_last(context: BrowserContext, site_url: str) -> None:
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"{site_url}python/variables/")
        expect(cell_of(page).get_by_role("textbox")).to_be_visible()
    write(cell_of(second), "print('à moi')")
    expect(cell_of(first).get_by_role("textbox")).to_have_text("print('à moi')")
    second.close()
    first.close()
    again = context.new_page()
    again.goto(f"{site_url}python/variables/")
    expect(cell_of(again).get_by_role("textbox")).to_have_text("print('à moi')")


def test_a_new_version_of_the_lesson_does_not_take_my_code(context: BrowserContext, site_url: str) -> None:
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    write(cell_of(page), "print('à moi')")
    page.reload()
    page.evaluate(
        "for (const [key, value] of Object.entries(localStorage))"
        " localStorage.setItem(key, JSON.stringify({...JSON.parse(value), original: 'print(0)'}))"
    )
    other = context.new_page()
    other.goto(f"{site_url}python/variables/")
    expect(cell_of(other)).to_contain_text("Cette case a changé depuis votre dernière visite.")
    expect(cell_of(other).get_by_role("textbox")).to_have_text("print('à moi')")


def test_blocked_storage_is_told_and_the_cell_still_runs(page: Page, site_url: str) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    page.goto(f"{site_url}python/variables/")
    expect(run(page, "print(1)")).to_have_text("1")
    expect(cell_of(page)).to_contain_text("Ce navigateur ne garde pas votre code")


def test_no_connection_is_told_and_trying_again_works(browser: Browser, site_url: str) -> None:
    page = browser.new_page(service_workers="block")  # what goes through it cannot be cut by a route
    page.goto(f"{site_url}python/variables/")
    page.route("**/engine/**", lambda route: route.abort())
    cell = cell_of(page)
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_contain_text("Vérifiez votre connexion", timeout=START_MS)
    page.unroute("**/engine/**")
    cell.get_by_role("button", name="Réessayer").click()
    expect(cell.locator("output")).to_have_text("5", timeout=START_MS)
    page.close()


def test_keyboard_alone_is_enough(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}python/variables/")
    box = cell_of(page).get_by_role("textbox")
    box.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("for i in range(2):\nprint(i)")  # the editor indents the second line
    page.keyboard.press("Shift+Enter")
    expect(cell_of(page).locator("output")).to_have_text(re.compile(r"0\s*1"), timeout=START_MS)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(cell_of(page).get_by_role("button", name="Lancer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell_of(page)).to_have_attribute("data-state", "done")


def test_arabic_page_has_arabic_controls_and_code_from_left_to_right(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}ar/python/variables/")
    cell = cell_of(page, 1, "الخلية")
    cell.get_by_role("button", name="تشغيل").click()
    expect(cell.locator("output")).to_have_text("5", timeout=START_MS)
    expect(cell.locator("output")).to_have_css("direction", "ltr")
    expect(cell.get_by_role("textbox")).to_have_css("direction", "ltr")
    expect(cell.get_by_role("status").first).to_have_css("direction", "rtl")


def test_cell_fits_a_phone(browser: Browser, site_url: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    button = cell_of(page).get_by_role("button", name="Lancer")
    button.tap()
    expect(cell_of(page).locator("output")).to_have_text("5", timeout=START_MS)
    box = button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
