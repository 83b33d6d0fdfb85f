"""The service worker in a real browser: isolation on any host, questions of a waiting worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from static_host import Host, controlled, host

pytestmark = pytest.mark.browser

LESSON = "python/variables/"
ASKING = """
onmessage = ({ data }) => {
  const request = new XMLHttpRequest();
  request.open("POST", data.url, false);
  request.send(JSON.stringify({ browsingContextId: "here", requestId: "1", data: { prompt: "Nom ?" } }));
  postMessage([request.status, request.responseText]);
};
"""
ANSWERING = """async (url) => {
  const channel = new BroadcastChannel("/sw-api.v1");
  channel.onmessage = ({ data }) => {
    const { browsingContextId, requestId, pathname } = data;
    channel.postMessage({ browsingContextId, requestId: "another", response: "wrong" });
    channel.postMessage({ browsingContextId, requestId, response: { pathname, prompt: data.data.prompt } });
  };
  const worker = new Worker("/school/asking.js");
  return await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => resolve([0, event.message]);
    worker.postMessage({ url });
  });
}"""


@pytest.fixture
def plain(built_site: Path) -> Iterator[Host]:
    """The built site on a host without headers of ours, in a folder below the host's root."""
    with host(built_site) as running:
        yield running


def navigations(page: Page) -> list[str]:
    """Return a list that grows with each page that the browser goes to."""
    gone: list[str] = []
    page.on("framenavigated", lambda frame: gone.append(frame.url) if frame == page.main_frame else None)
    return gone


def test_page_on_a_plain_host_is_isolated_from_its_second_visit_and_never_reloads(page: Page, plain: Host) -> None:
    gone = navigations(page)
    controlled(page, f"{plain.url}{LESSON}")
    assert page.evaluate("crossOriginIsolated") is False
    page.goto(f"{plain.url}python/boucles/")
    assert page.evaluate("crossOriginIsolated") is True
    page.wait_for_load_state("networkidle")
    assert gone == [f"{plain.url}{LESSON}", f"{plain.url}python/boucles/"]


def test_page_of_our_own_server_is_isolated_from_its_first_visit(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}{LESSON}")
    assert page.evaluate("crossOriginIsolated") is True


def test_worker_that_stands_still_is_answered_by_its_page_at_the_first_visit(page: Page, plain: Host) -> None:
    plain.made["/asking.js"] = ASKING
    controlled(page, f"{plain.url}{LESSON}")
    for path in ("api/stdin/cell", "lite/api/drive"):
        status, text = page.evaluate(ANSWERING, f"{plain.url}{path}")
        assert status == 200
        assert f'"pathname":"/school/{path}"' in text
        assert "Nom ?" in text


def test_heartbeat_is_answered_whatever_the_folder(page: Page, plain: Host) -> None:
    controlled(page, f"{plain.url}{LESSON}")
    for address in ("/api/service-worker-heartbeat", f"{plain.url}api/service-worker-heartbeat"):
        assert page.evaluate("async (url) => (await fetch(url)).text()", address) == "ok"


def test_lesson_runs_where_service_workers_are_blocked(browser: Browser, plain: Host) -> None:
    context: BrowserContext = browser.new_context(service_workers="block")
    try:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{plain.url}{LESSON}")
        cell = page.locator("py-cell").first
        cell.get_by_role("button").first.click()
        expect(cell).to_have_attribute("data-state", "done", timeout=60_000)
        assert faults == []
    finally:
        context.close()


@pytest.mark.parametrize("prefix", ["", "en/", "ar/"])
def test_site_can_be_installed_from_any_folder(context: BrowserContext, page: Page, plain: Host, prefix: str) -> None:
    controlled(page, f"{plain.url}{prefix}{LESSON}")
    session = context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert (found["errors"], found["manifest"]["startUrl"]) == ([], f"{plain.url}{prefix}")
    # Chromium has nothing against installing but that a test's profile leaves no trace.
    errors = {error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert errors <= {"in-incognito"}
