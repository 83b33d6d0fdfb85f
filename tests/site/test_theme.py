"""The built site as a learner meets it: three languages, a phone, no script, no request to anybody else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from build_scripts import fences

pytestmark = pytest.mark.browser

LANGUAGES = {"fr": "", "en": "en/", "ar": "ar/"}
KINDS = ["", "python/", "python/variables/", "python/pratique/", "python/devoir/", "aide/", "travail/"]


def visit(page: Page, url: str) -> list[str]:
    """Open a page and return what it should not have done: errors, refusals of the policy, foreign requests."""
    faults: list[str] = []
    origin = "/".join(url.split("/")[:3])
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((f"{origin}/", "data:", "blob:")) else faults.append(f"asks {request.url}")
        ),
    )
    page.goto(url, wait_until="load")
    return faults


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_page_breaks_no_policy_and_asks_nobody_else(page: Page, site_url: str, prefix: str, kind: str) -> None:
    faults = visit(page, f"{site_url}{prefix}{kind}")
    page.wait_for_load_state("networkidle")
    assert faults == []


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_cell_runs_under_the_policy_of_the_page_and_of_its_worker(page: Page, site_url: str, prefix: str) -> None:
    faults = visit(page, f"{site_url}{prefix}python/variables/")
    cell = page.locator("py-cell").first
    cell.get_by_role("button").first.click()
    expect(cell).to_have_attribute("data-state", "done", timeout=60_000)
    expect(cell.locator("output")).to_have_text("5")
    assert faults == []


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("en", "ltr"), ("ar", "rtl")])
def test_page_has_its_language_and_direction(page: Page, site_url: str, language: str, direction: str) -> None:
    visit(page, f"{site_url}{LANGUAGES[language]}python/variables/")
    assert page.evaluate(
        "[document.documentElement.lang, document.documentElement.dir, getComputedStyle(document.body).direction]"
    ) == [
        language,
        direction,
        direction,
    ]


def test_arabic_page_begins_at_the_right_and_its_code_at_the_left(page: Page, site_url: str) -> None:
    visit(page, f"{site_url}ar/python/variables/")
    title = page.get_by_role("heading", level=1).bounding_box()
    middle = 600
    assert title
    assert title["x"] + title["width"] > middle
    code = page.locator("article :is(pre, :not(pre) > code)")
    assert set(code.evaluate_all("found => found.map(e => getComputedStyle(e).direction)")) == {"ltr"}
    cells = page.locator("py-cell").locator(".py-editor, output")
    assert set(cells.evaluate_all("found => found.map(e => getComputedStyle(e).textAlign)")) == {"left"}


@pytest.mark.parametrize(
    ("language", "word", "title"),
    [("fr", "boucle", "boucle"), ("en", "loop", "loop"), ("ar", "حلقة", "حلقة")],
)
def test_search_finds_pages_of_its_own_language(
    page: Page, site_url: str, language: str, word: str, title: str
) -> None:
    faults = visit(page, f"{site_url}{LANGUAGES[language]}")
    page.get_by_role("textbox").first.click()
    page.keyboard.type(word)
    page.keyboard.press("Shift")  # Playwright lets no key go up for letters that its keyboard lacks, as Arabic ones
    result = page.get_by_role("dialog").get_by_role("link").filter(has_text=re.compile(title, re.IGNORECASE)).first
    expect(result).to_be_visible()
    result.click()
    expect(page).to_have_url(re.compile(re.escape(f"{site_url}{LANGUAGES[language]}python/")))
    assert faults == []


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_page_fits_a_small_phone(browser: Browser, site_url: str, prefix: str, kind: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    try:
        visit(page, f"{site_url}{prefix}{kind}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    finally:
        page.close()


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_lesson_is_complete_without_script(browser: Browser, site_url: str, repository: Path, prefix: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{site_url}{prefix}python/variables/")
        language = prefix.strip("/") or "fr"
        source = (repository / f"content/{language}/python/variables.md").read_text("utf-8")
        shown = page.locator("article").inner_text()
        for fence in fences.scan(source):
            if fence.is_cell:
                assert (fence.code.strip() in shown) != bool(fence.part_kinds)
        prose = re.sub(r"^```.*?^```", "", source, flags=re.MULTILINE | re.DOTALL)
        for heading in re.findall(r"^#+ (.*)$", prose, re.MULTILINE):
            expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
        messages = json.loads((repository / f"site/theme/messages/{language}.json").read_text("utf-8"))
        expect(page.get_by_role("link", name=messages["site.open_notebook"])).to_be_visible()
        assert messages["site.noscript"] in shown
    finally:
        context.close()


def test_lesson_leads_to_its_twins_its_neighbours_and_its_notebook(page: Page, site_url: str) -> None:
    visit(page, f"{site_url}python/conditions/")
    for rel in ("prev", "next"):
        assert page.locator(f"link[rel={rel}]").count() == 1
    twins = page.locator("link[hreflang]").evaluate_all("links => links.map(link => [link.hreflang, link.href])")
    assert sorted(twins) == sorted(
        [
            ["fr", f"{site_url}python/conditions/"],
            ["x-default", f"{site_url}python/conditions/"],
            ["en", f"{site_url}en/python/conditions/"],
            ["ar", f"{site_url}ar/python/conditions/"],
        ]
    )
    notebook = page.get_by_role("link", name="Ouvrir cette leçon dans un cahier")
    assert (
        notebook.get_attribute("href") == "../../lite/notebooks-fr/index.html?path=lessons/fr/python/conditions.ipynb"
    )
    assert page.request.get(f"{site_url}lite/notebooks-fr/index.html").ok
    assert page.request.get(f"{site_url}lite/files/lessons/fr/python/conditions.ipynb").ok


def test_every_link_of_the_site_leads_somewhere(page: Page, site_url: str) -> None:
    waiting, seen, broken = [site_url], {site_url}, []
    page.goto(site_url)
    while waiting:
        url = waiting.pop()
        answer = page.request.get(url)
        if not answer.ok:
            broken.append(url)
        elif "text/html" in answer.headers["content-type"] and "/lite/" not in url:
            links = page.evaluate(
                """([html, base]) => {
                  const page = new DOMParser().parseFromString(html, "text/html");
                  return [...page.querySelectorAll("a[href], link[href], script[src], img[src]")]
                    .map(e => new URL(e.getAttribute("href") ?? e.getAttribute("src"), base).href.split("#")[0]);
                }""",
                [answer.text(), url],
            )
            for link in links:
                if link.startswith(site_url) and link not in seen:
                    seen.add(link)
                    waiting.append(link)
    assert broken == []
    assert len(seen) > 30


def test_main_controls_are_big_enough_for_a_thumb(browser: Browser, site_url: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    try:
        visit(page, site_url)
        for link in page.locator(".md-button, .ps-languages a").all():
            box = link.bounding_box()
            assert box
            assert box["height"] >= 44
    finally:
        page.close()


def test_keyboard_reaches_the_text_first(page: Page, site_url: str) -> None:
    visit(page, f"{site_url}python/variables/")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    assert focused == "#garder-une-valeur"


def test_printed_lesson_has_its_code_and_nothing_to_press(page: Page, site_url: str) -> None:
    visit(page, f"{site_url}python/variables/")
    page.emulate_media(media="print")
    expect(page.locator("article pre").first).to_be_visible()
    expect(page.get_by_role("link", name="Ouvrir cette leçon dans un cahier")).to_be_hidden()
    for button in page.locator("article").get_by_role("button").all():
        expect(button).to_be_hidden()


@pytest.mark.parametrize("width", [360, 768, 1000, 1200])
@pytest.mark.parametrize("prefix", ["", "ar/"], ids=["fr", "ar"])
def test_text_keeps_a_margin_at_every_width(browser: Browser, site_url: str, width: int, prefix: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{site_url}{prefix}python/variables/")
    box = page.get_by_role("main").get_by_role("paragraph").first.bounding_box()
    assert box is not None
    assert box["x"] >= 12
    assert box["x"] + box["width"] <= width - 12
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_dark_reader_prints_dark_text_on_white_paper(browser: Browser, site_url: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(site_url)
    page.emulate_media(media="print", color_scheme="dark")
    for place in (
        page.get_by_role("main").get_by_role("paragraph").get_by_role("link").last,
        page.locator("py-cell .cm-content").first,
    ):
        assert contrast(place, paper=(255, 255, 255)) >= 4.5
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["", "python/boucles/"])
def test_code_and_small_print_stand_out_in_both_themes(browser: Browser, site_url: str, scheme: str, kind: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{site_url}{kind}")
    words = page.locator("py-cell .cm-line > span")
    expect(words.first).to_be_visible()
    for place in [*words.all(), page.get_by_text("Made with"), page.get_by_role("main").get_by_role("link").last]:
        assert contrast(place) >= 4.5, place.inner_text()
    context.close()


@pytest.mark.parametrize(("prefix", "name"), [("", "Recherche"), ("en/", "Search"), ("ar/", "بحث")])
def test_search_dialog_has_a_name(page: Page, site_url: str, prefix: str, name: str) -> None:
    page.goto(f"{site_url}{prefix}")
    expect(page.get_by_role("dialog", name=name)).to_have_count(1)


def test_link_in_a_sentence_is_told_by_more_than_its_colour(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}python/pratique/")
    link = page.get_by_role("main").get_by_role("paragraph").get_by_role("link").first
    expect(link).to_have_css("text-decoration-line", "underline")


def contrast(place: Locator, paper: tuple[int, int, int] | None = None) -> float:
    """Return the contrast of a text to what is behind it, once colours rest. Source: WCAG 2.2, "contrast ratio"."""
    ink, behind = place.evaluate(
        """element => {
            for (const change of document.getAnimations())
                if (change.effect.getTiming().iterations < Infinity) change.finish();
            const canvas = new OffscreenCanvas(1, 1).getContext("2d");
            const pixel = (...colours) => {
                for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
                return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            const grounds = [];
            for (let at = element; at; at = at.parentElement ?? at.getRootNode().host)
                grounds.unshift(getComputedStyle(at).backgroundColor);
            return [pixel("white", ...grounds, getComputedStyle(element).color), pixel("white", ...grounds)];
        }"""
    )
    bright, dim = sorted((luminance(ink), luminance(paper or behind)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: Sequence[int]) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
