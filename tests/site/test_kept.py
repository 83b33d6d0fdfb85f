"""What a browser keeps: the network is cut after one visit, and a new version of the site comes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from static_host import Host, controlled, host

from build_scripts import offline

pytestmark = pytest.mark.browser

LESSON = "python/variables/"
KEPT = """async () => {
  const [name] = (await caches.keys()).filter((name) => name.startsWith("passerelle-site"));
  return name ? (await (await caches.open(name)).keys()).map(({ url }) => url.replace(/[?].*/, "")) : [];
}"""


@pytest.fixture
def plain(built_site: Path) -> Iterator[Host]:
    with host(built_site) as running:
        yield running


@pytest.fixture
def copy(built_site: Path, tmp_path: Path) -> Path:
    """A copy of the site to change."""
    return shutil.copytree(built_site, tmp_path / "site")


def publish(site: Path, repository: Path) -> None:
    """Make a changed copy a version of its own."""
    offline.write(site, repository / "_build/sw.js", repository / "site/theme/messages")


def kept(page: Page, *wanted: str) -> None:
    """Wait until addresses that end so are kept."""
    missing: list[str] = []
    for _ in range(300):
        found = page.evaluate(KEPT)
        missing = [end for end in wanted if not any(url.endswith(end) for url in found)]
        if not missing:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"not kept: {missing}")


def run_cell(page: Page) -> None:
    cell = page.locator("py-cell").first
    cell.get_by_role("button").first.click()
    expect(cell).to_have_attribute("data-state", "done", timeout=60_000)
    expect(cell.locator("output")).to_have_text("5")


def engine_files(site: Path) -> list[str]:
    [path] = (site / "offline").glob("*.json")
    return list(json.loads(path.read_text("utf-8"))["groups"]["engine"])


def test_lesson_runs_after_one_visit_when_the_host_is_gone(page: Page, plain: Host, built_site: Path) -> None:
    controlled(page, f"{plain.url}{LESSON}")
    run_cell(page)
    kept(page, LESSON, "passerelle.css", *engine_files(built_site))
    plain.stop()
    page.goto(f"{plain.url}{LESSON}")
    run_cell(page)
    assert page.evaluate("crossOriginIsolated") is True


def test_page_that_is_not_kept_says_so_in_three_languages_and_links_to_the_kept_ones(page: Page, plain: Host) -> None:
    controlled(page, f"{plain.url}{LESSON}")
    kept(page, LESSON, "missing.html")
    plain.stop()
    page.goto(f"{plain.url}en/python/boucles/")
    for title in ("Pas de connexion", "No connection", "لا يوجد اتصال"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.get_by_role("link", name="Garder une valeur").click()
    expect(page).to_have_url(f"{plain.url}{LESSON}")
    expect(page.locator("py-cell").first).to_be_visible()


def test_second_visit_asks_for_next_to_nothing(page: Page, plain: Host, built_site: Path) -> None:
    controlled(page, f"{plain.url}{LESSON}")
    run_cell(page)
    kept(page, LESSON, *engine_files(built_site))
    plain.asked.clear()
    page.goto(f"{plain.url}{LESSON}")
    run_cell(page)
    page.wait_for_load_state("networkidle")
    assert {path.removeprefix("/school/") for path in plain.asked} <= {"sw.js"}


def test_notebook_opens_and_runs_when_the_host_is_gone(page: Page, plain: Host, built_site: Path) -> None:
    controlled(page, f"{plain.url}python/pratique/")
    notebook = page.frame_locator("notebook-frame iframe")
    expect(page.locator("notebook-frame")).to_have_attribute("data-state", "ready", timeout=120_000)
    expect(page.locator(".nb-python")).to_have_attribute("data-python", "ready", timeout=120_000)
    [isolated] = built_site.glob("lite/extensions/**/coincident.worker.*.js")
    kept(page, "python/pratique/", "config-utils.js", isolated.name, *engine_files(built_site))
    plain.stop()
    page.goto(f"{plain.url}python/pratique/")
    expect(page.locator(".nb-python")).to_have_attribute("data-python", "ready", timeout=60_000)
    cell = notebook.locator(".jp-CodeCell .cm-content").first
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("print(6 * 7)")
    page.keyboard.press("Shift+Enter")
    expect(notebook.locator(".jp-OutputArea-output").first).to_contain_text("42", timeout=60_000)
