"""Fixtures that all tests share: the built site, its server, a real browser."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
import chromium

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / ".venv" / "bin" / "lessons"
GRADING = ROOT / ".venv" / "bin" / "grading"

expect.set_options(timeout=30_000)
"""What a page must come to show, a busy machine shows later; what is shown at once costs no time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run fast tests first: plain, then engine, then browser, then slow; end-to-end last."""

    def weight(item: pytest.Item) -> tuple[bool, bool, bool, bool]:
        names = {mark.name for mark in item.iter_markers()}
        return ("e2e" in item.path.parts, "slow" in names, "browser" in names, "engine" in names)

    items.sort(key=weight)


@pytest.fixture(scope="session")
def repository() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def built_site(repository: Path) -> Path:
    """`_build/site`, built from the checkout as it stands."""
    if not os.environ.get("PASSERELLE_BUILT"):
        built = subprocess.run([LESSONS, "build"], cwd=repository, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stdout + built.stderr
    return repository / "_build" / "site"


@pytest.fixture(scope="session")
def engine(built_site: Path) -> Path:
    """`_build/engine`, with its lock and wheels."""
    return built_site.parent / "engine"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_answers(url: str, process: subprocess.Popen[str], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server of {url} ended with status {process.returncode}"
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer in {timeout_s} s")


@pytest.fixture(scope="session")
def site_url(built_site: Path) -> Iterator[str]:
    """Address of the built site behind our own server, with a slash at the end."""
    port = free_port()
    process = subprocess.Popen(
        [LESSONS, "serve", "--no-build", "--port", str(port)],
        cwd=built_site.parent.parent,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_answers(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, shared by the tests; each takes its own context."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium.get()), args=chromium.ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile: no storage, no cache."""
    fresh = browser.new_context(viewport={"width": 1200, "height": 800}, accept_downloads=True)
    fresh.set_default_timeout(60_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def phone(context: BrowserContext) -> Page:
    """A page as wide as a small phone."""
    made = context.new_page()
    made.set_viewport_size({"width": 360, "height": 740})
    return made
