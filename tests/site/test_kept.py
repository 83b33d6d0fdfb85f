"""What a browser keeps: the network is cut after one visit, and a new version of the site comes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
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
    expect(page.get_by_text("Ces pages marchent sans connexion")).to_be_visible()
    expect(page.get_by_text("These pages work without a connection")).to_be_hidden()
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
    [script] = built_site.glob("lite/extensions/**/comlink.worker.*.js")
    kept(page, "python/pratique/", "config-utils.js", script.name, *engine_files(built_site))
    plain.stop()
    page.goto(f"{plain.url}python/pratique/")
    expect(page.locator(".nb-python")).to_have_attribute("data-python", "ready", timeout=60_000)
    cell = notebook.locator(".jp-CodeCell .cm-content").first
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("print(6 * 7)")
    page.keyboard.press("Shift+Enter")
    expect(notebook.locator(".jp-OutputArea-output").first).to_contain_text("42", timeout=60_000)


def change(site: Path, repository: Path) -> None:
    """Publish a new version: another sentence on the page, another colour in its style."""
    page = site / LESSON / "index.html"
    page.write_text(page.read_text("utf-8").replace("</h1>", " (nouveau)</h1>", 1), "utf-8")
    style = site / "assets/css/passerelle.css"
    style.write_text(style.read_text("utf-8") + "\nh1 { letter-spacing: 7px !important }\n", "utf-8")
    offline.write(site, repository / "_build/sw.js", repository / "site/theme/messages")


def shown(page: Page) -> tuple[bool, bool]:
    """Return whether the page's text and its style are the new ones."""
    title = page.get_by_role("heading", level=1)
    spacing = title.evaluate("e => getComputedStyle(e).letterSpacing")
    return "nouveau" in title.inner_text(), spacing == "7px"


def test_new_version_comes_whole_and_only_when_the_reader_reloads(page: Page, copy: Path, repository: Path) -> None:
    with host(copy) as running:
        controlled(page, f"{running.url}{LESSON}")
        kept(page, LESSON, "passerelle.css")
        change(copy, repository)
        page.goto(f"{running.url}{LESSON}")
        assert shown(page) == (False, False)
        notice = page.get_by_role("status").filter(has_text="Une nouvelle version du site est prête.")
        expect(notice).to_be_visible(timeout=60_000)
        assert shown(page) == (False, False)
        page.get_by_role("button", name="Recharger").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("nouveau")
        assert shown(page) == (True, True)
        running.stop()
        page.reload()
        assert shown(page) == (True, True)


def test_page_never_visited_comes_whole_from_a_newer_site(page: Page, copy: Path, repository: Path) -> None:
    with host(copy) as running:
        controlled(page, f"{running.url}aide/")
        kept(page, "aide/", "passerelle.css")
        change(copy, repository)
        page.goto(f"{running.url}{LESSON}")
        assert shown(page) == (True, True)


def test_new_version_waits_for_a_running_cell_and_for_other_tabs(
    context: BrowserContext, page: Page, copy: Path, repository: Path
) -> None:
    with host(copy) as running:
        controlled(page, f"{running.url}{LESSON}")
        kept(page, LESSON, "passerelle.css")
        change(copy, repository)
        page.goto(f"{running.url}{LESSON}")
        cell = page.locator("py-cell").first
        cell.get_by_role("textbox").fill("while True:\n    pass")
        cell.get_by_role("button", name="Lancer").click()
        expect(cell).to_have_attribute("data-state", "running", timeout=60_000)
        reload = page.get_by_role("button", name="Recharger")
        expect(reload).to_be_visible(timeout=60_000)
        reload.click()
        expect(page.get_by_role("status").filter(has_text="Python travaille encore")).to_be_visible()
        cell.get_by_role("button", name="Arrêter").click()
        expect(cell).to_contain_text("Arrêté.")
        other = context.new_page()
        other.goto(f"{running.url}aide/")
        reload.click()
        expect(page.get_by_role("status").filter(has_text="d'autres onglets")).to_be_visible()
        assert shown(page) == (False, False)
        other.close()
        reload.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("nouveau", timeout=60_000)


def test_everything_is_copied_on_demand_and_works_without_the_host(page: Page, plain: Host) -> None:
    controlled(page, f"{plain.url}aide/")
    page.get_by_role("button", name="Garder le site hors ligne").click()
    dialog = page.get_by_role("dialog", name="Le site sans connexion")
    expect(dialog).to_contain_text("Mo à copier")
    dialog.get_by_role("button", name="Tout garder").click()
    dialog.get_by_role("button", name="Arrêter").click()
    expect(dialog).to_contain_text("Ce qui est déjà gardé reste disponible.")
    dialog.get_by_role("button", name="Tout garder").click()
    expect(dialog).to_contain_text("Tout est gardé", timeout=120_000)
    plain.stop()
    page.goto(f"{plain.url}{LESSON}")
    run_cell(page)
    page.goto(f"{plain.url}python/devoir/")
    expect(page.get_by_role("button", name="Rendre mon travail")).to_be_visible(timeout=60_000)


def test_full_storage_is_said_before_anything_is_copied(context: BrowserContext, page: Page, plain: Host) -> None:
    controlled(page, f"{plain.url}aide/")
    session = context.new_cdp_session(page)
    session.send(
        "Storage.overrideQuotaForOrigin", {"origin": plain.url.removesuffix("/school/"), "quotaSize": 9_000_000}
    )
    page.get_by_role("button", name="Garder le site hors ligne").click()
    dialog = page.get_by_role("dialog", name="Le site sans connexion")
    dialog.get_by_role("button", name="Tout garder").click()
    expect(dialog).to_contain_text("Il n'y a plus de place dans ce navigateur.")


def test_blocked_storage_is_said(browser: Browser, plain: Host) -> None:
    context = browser.new_context(service_workers="block")
    try:
        page = context.new_page()
        page.goto(f"{plain.url}aide/")
        page.get_by_role("button", name="Garder le site hors ligne").click()
        expect(page.get_by_role("dialog", name="Le site sans connexion")).to_contain_text("Ce navigateur ne garde rien")
    finally:
        context.close()
