"""The second start: Python comes back from an image that this browser kept, and nobody notices but by its speed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.browser

ENDED = re.compile("done|error")
START_MS = 60_000
KEPT = "async () => (await (await caches.open('passerelle-image')).keys()).map(request => request.url)"


def visit(context: BrowserContext, site_url: str) -> tuple[Page, list[str]]:
    """Open a lesson in a new tab and return it with the addresses that it asks for."""
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site_url}python/variables/")
    return page, asked


def run(page: Page, code: str) -> Locator:
    cell = page.get_by_role("group", name="Case 1", exact=True)
    cell.get_by_role("textbox").fill(code)
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


def keep_an_image(context: BrowserContext, site_url: str) -> str:
    """Start Python once, wait until its image is kept, and return what it printed."""
    page, _ = visit(context, site_url)
    printed = run(page, "import random, os\nprint(random.random(), os.urandom(4).hex())").inner_text()
    for _ in range(100):
        if page.evaluate(KEPT):
            break
        page.wait_for_timeout(200)
    assert len(page.evaluate(KEPT)) == 1
    page.close()
    return printed


def test_second_start_needs_no_wheel_and_draws_other_numbers(context: BrowserContext, site_url: str) -> None:
    first = keep_an_image(context, site_url)
    page, asked = visit(context, site_url)
    second = run(page, "import random, os\nprint(random.random(), os.urandom(4).hex())").inner_text()
    assert [url for url in asked if url.endswith(".whl")] == []
    assert set(first.split()).isdisjoint(second.split())


def test_restored_python_is_whole(context: BrowserContext, site_url: str) -> None:
    keep_an_image(context, site_url)
    page, _ = visit(context, site_url)
    expect(run(page, "def f():\n    return 1 / 0\n\nf()")).to_contain_text("----> 2     return 1 / 0")
    expect(run(page, "import sys, datetime\nprint(sys.argv, datetime.date.today().year > 2025)")).to_contain_text(
        "True"
    )
    expect(run(page, "import asyncio\nawait asyncio.sleep(0.01)\nprint('apres')")).to_have_text("apres")
    expect(
        run(page, "import pygal\nchart = pygal.Bar()\nchart.add('a', [1])\nchart").get_by_role("img")
    ).to_be_visible()
    expect(run(page, "import turtle\nturtle.forward(9)\nturtle.done()").get_by_role("img")).to_be_visible()
    expect(run(page, "import pydantic\npydantic.TypeAdapter(int).validate_python('42')")).to_have_text("42")
    expect(run(page, "%pip install comm\nimport comm\nprint('ici')")).to_contain_text("ici")
    expect(run(page, "from js import location\nprint(location.protocol)")).to_contain_text("http")
    expect(run(page, "import warnings\nwarnings.warn('attention')")).to_contain_text("attention")


def test_broken_image_is_left_for_a_start_from_nothing(context: BrowserContext, site_url: str) -> None:
    keep_an_image(context, site_url)
    page, asked = visit(context, site_url)
    page.evaluate(
        "async () => { const cache = await caches.open('passerelle-image'); const [key] = await cache.keys();"
        " const whole = await (await cache.match(key)).arrayBuffer(); const bytes = new Uint8Array(whole);"
        " bytes.fill(255, bytes.length / 2 - 8_000_000, bytes.length / 2); bytes.fill(7, 4000, 100_000);"
        " await cache.put(key, new Response(bytes)); }"
    )
    expect(run(page, "print(6 * 7)")).to_have_text("42")
    assert [url for url in asked if url.endswith(".whl")] != []


def test_image_of_another_engine_is_not_used_and_goes(context: BrowserContext, site_url: str) -> None:
    keep_an_image(context, site_url)
    page, asked = visit(context, site_url)
    [kept] = page.evaluate(KEPT)
    page.evaluate(
        "async () => { const cache = await caches.open('passerelle-image'); const [key] = await cache.keys();"
        " await cache.put('/passerelle-image/another', await cache.match(key)); await cache.delete(key); }"
    )
    expect(run(page, "print(6 * 7)")).to_have_text("42")
    assert [url for url in asked if url.endswith(".whl")] != []
    for _ in range(100):
        if page.evaluate(KEPT) == [kept]:
            break
        page.wait_for_timeout(200)
    assert page.evaluate(KEPT) == [kept]


def test_stop_brings_python_back_from_the_image(context: BrowserContext, site_url: str) -> None:
    keep_an_image(context, site_url)
    page, asked = visit(context, site_url)
    cell = page.get_by_role("group", name="Case 1", exact=True)
    cell.get_by_role("textbox").fill("while True:\n    pass")
    cell.get_by_role("button", name="Lancer").click()
    expect(cell).to_have_attribute("data-state", "running", timeout=START_MS)
    cell.get_by_role("button", name="Arrêter").click()
    expect(run(page, "print('de nouveau')")).to_have_text("de nouveau")
    assert [url for url in asked if url.endswith(".whl")] == []
