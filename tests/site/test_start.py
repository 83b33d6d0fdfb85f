"""Python comes back from an image instead of starting, and nobody notices but by its speed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

pytestmark = pytest.mark.browser

ENDED = re.compile("done|error")
START_MS = 60_000
KEPT = "async () => (await (await caches.open('passerelle-image')).keys()).map(request => request.url)"
SAVES_DATA = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
DRAW = (
    "import random, os, secrets, uuid\nprint(random.random(), os.urandom(4).hex(), secrets.token_hex(4), uuid.uuid4())"
)


def visit(context: BrowserContext, site_url: str) -> tuple[Page, list[str]]:
    """Open a lesson in a new tab and return it with the names of the engine's files that it asks for."""
    page = context.new_page()
    asked: list[str] = []
    engine = re.compile(r"/engine/([\w.]+)-[^/]*?\.(\w+(?:\.gz)?)$")
    page.on("request", lambda request: asked.extend(f"{m[1]}.{m[2]}" for m in [engine.search(request.url)] if m))
    page.goto(f"{site_url}python/variables/")
    return page, asked


def run(page: Page, code: str) -> Locator:
    cell = page.get_by_role("group", name="Case 1", exact=True)
    cell.get_by_role("textbox").fill(code)
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


def kept(page: Page, holds: Callable[[list[str]], bool]) -> list[str]:
    """Return the addresses of the images that this browser keeps, once they are as they should be."""
    for _ in range(150):
        addresses: list[str] = page.evaluate(KEPT)
        if holds(addresses):
            return addresses
        page.wait_for_timeout(200)
    pytest.fail(f"still kept: {addresses}")


def test_first_start_takes_the_image_and_neither_library_nor_packages(context: BrowserContext, site_url: str) -> None:
    page, asked = visit(context, site_url)
    expect(run(page, "import statistics\nprint(statistics.mean([1, 2, 3]))")).to_have_text("2")
    assert sorted(asked) == ["engine.mjs", "lesson.img", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs"]
    assert page.evaluate(KEPT) == []


def test_python_comes_when_the_reader_scrolls_to_a_cell(context: BrowserContext, site_url: str) -> None:
    page, asked = visit(context, site_url)
    page.wait_for_timeout(500)
    assert not asked
    page.mouse.wheel(0, 100)
    expect(page.get_by_role("group", name="Case 1", exact=True)).to_have_attribute(
        "data-state", "ready", timeout=START_MS
    )
    assert "lesson.img" in asked


@pytest.mark.parametrize("connection", ["{saveData: true}", "{type: 'cellular'}", "{effectiveType: '3g'}"])
def test_it_does_not_where_bytes_are_dear(context: BrowserContext, site_url: str, connection: str) -> None:
    context.add_init_script(f"Object.defineProperty(navigator, 'connection', {{value: {connection}}})")
    page, asked = visit(context, site_url)
    page.mouse.wheel(0, 100)
    page.wait_for_timeout(1_000)
    assert not asked


def test_two_tabs_draw_different_numbers(context: BrowserContext, site_url: str) -> None:
    first = run(visit(context, site_url)[0], DRAW).inner_text().split()
    second = run(visit(context, site_url)[0], DRAW).inner_text().split()
    assert len(first) == 4
    assert set(first).isdisjoint(second)


def test_restored_python_is_whole(context: BrowserContext, site_url: str) -> None:
    page, asked = visit(context, site_url)
    expect(run(page, "def f():\n    return 1 / 0\n\nf()")).to_contain_text("----> 2     return 1 / 0")
    expect(run(page, "import sys, datetime\nprint(sys.argv, datetime.date.today().year > 2025)")).to_contain_text(
        "True"
    )
    expect(run(page, "import asyncio\nawait asyncio.sleep(0.01)\nprint('apres')")).to_have_text("apres")
    expect(run(page, "from js import location\nprint(location.protocol)")).to_contain_text("http")
    expect(run(page, "import warnings\nwarnings.warn('attention')")).to_contain_text("attention")
    assert "python_stdlib.zip" not in asked
    assert "files.pack" not in asked
    expect(run(page, "%pip install comm\nimport comm\nprint('ici')")).to_contain_text("ici")
    expect(run(page, "import wave\nprint(wave.__name__)")).to_have_text("wave")
    expect(run(page, "import colorsys, IPython.lib.latextools\nprint(colorsys.__name__)")).to_have_text("colorsys")
    assert asked.count("python_stdlib.zip") == 1
    assert asked.count("files.pack") == 1
    expect(
        run(page, "import pygal\nchart = pygal.Bar()\nchart.add('a', [1])\nchart").get_by_role("img")
    ).to_be_visible()
    expect(run(page, "import turtle\nturtle.forward(9)\nturtle.done()").get_by_role("img")).to_be_visible()
    expect(run(page, "import pydantic\npydantic.TypeAdapter(int).validate_python('42')")).to_have_text("42")


def test_who_saves_data_starts_from_less_and_restores_an_own_image(context: BrowserContext, site_url: str) -> None:
    context.add_init_script(SAVES_DATA)
    page, asked = visit(context, site_url)
    draw = "import random, os\nprint(random.random(), os.urandom(4).hex())"
    drawn = run(page, draw).inner_text().split()
    assert set(asked) == {
        *("engine.mjs", "first.pack", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "python_stdlib.zip"),
    }
    kept(page, lambda addresses: len(addresses) == 1)
    page.close()
    page, asked = visit(context, site_url)
    assert set(drawn).isdisjoint(run(page, draw).inner_text().split())
    assert {"first.pack", "lesson.img", "python_stdlib.zip"}.isdisjoint(asked)
    expect(run(page, "import wave\nprint(wave.__name__)")).to_have_text("wave")


@pytest.fixture
def with_own_image(context: BrowserContext, site_url: str) -> BrowserContext:
    """A browser that keeps an image of its own."""
    context.add_init_script(SAVES_DATA)
    page, _ = visit(context, site_url)
    run(page, "print(1)")
    kept(page, lambda addresses: len(addresses) == 1)
    page.close()
    return context


def test_broken_own_image_is_left_for_a_start_from_nothing(with_own_image: BrowserContext, site_url: str) -> None:
    page, asked = visit(with_own_image, site_url)
    page.evaluate(
        "async () => { const cache = await caches.open('passerelle-image'); const [key] = await cache.keys();"
        " const whole = await (await cache.match(key)).arrayBuffer(); const bytes = new Uint8Array(whole);"
        " bytes.fill(255, bytes.length / 2, bytes.length / 2 + 1000);"
        " await cache.put(key, new Response(bytes)); }"
    )
    expect(run(page, "print(6 * 7)")).to_have_text("42")
    assert "first.pack" in asked


def test_own_image_of_another_engine_is_not_used_and_goes(with_own_image: BrowserContext, site_url: str) -> None:
    page, asked = visit(with_own_image, site_url)
    [address] = page.evaluate(KEPT)
    page.evaluate(
        "async () => { const cache = await caches.open('passerelle-image'); const [key] = await cache.keys();"
        " await cache.put('/passerelle-image/another', await cache.match(key)); await cache.delete(key); }"
    )
    expect(run(page, "print(6 * 7)")).to_have_text("42")
    assert "first.pack" in asked
    kept(page, lambda addresses: addresses == [address])


def test_damaged_image_from_the_network_gives_a_start_from_nothing(context: BrowserContext, site_url: str) -> None:
    def damage(route: Route) -> None:
        answer = route.fetch()
        body = bytearray(answer.body())
        body[len(body) // 2] ^= 255
        route.fulfill(response=answer, body=bytes(body))

    context.route(re.compile(r"/lesson-\w+\.img$"), damage)
    page, asked = visit(context, site_url)
    expect(run(page, "print(6 * 7)")).to_have_text("42")
    assert "first.pack" in asked


def test_stop_brings_python_back(context: BrowserContext, site_url: str) -> None:
    page, asked = visit(context, site_url)
    cell = page.get_by_role("group", name="Case 1", exact=True)
    cell.get_by_role("textbox").fill("while True:\n    pass")
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", "running", timeout=START_MS)
    cell.get_by_role("button", name="Arrêter").click()
    expect(run(page, "print('de nouveau')")).to_have_text("de nouveau")
    assert asked.count("python_stdlib.zip") == 0
