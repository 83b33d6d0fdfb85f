"""Budgets of bytes and requests, which do not flicker as times do: what a learner's connection has to carry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import contenders, lesson, stock
from bench.contenders import Contender
from bench.pack import Packs
from bench.server import Server, serving
from bench.visit import Visit, visit
from playwright.sync_api import Browser, BrowserContext

from build_scripts.progress import Progress

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAUSE_S = 5
PAST_FETCHING_AHEAD_S = 12
"""The service worker fetches ahead what a lesson may need offline, after ten quiet seconds."""
QUIET = Progress(quiet=True)


@pytest.fixture(scope="module")
def packs(repository: Path, built_site: Path) -> Packs:
    """What the pages of lessons and their engine shrink to with brotli."""
    packs = Packs(repository / ".cache/bench")
    asked = ("assets", "engine", "offline", "search", "sw.js", contenders.LESSON)
    packs.prepare([built_site / name for name in asked], QUIET)
    return packs


@pytest.fixture(scope="module")
def page(repository: Path, built_site: Path, packs: Packs) -> Iterator[Contender]:
    server = Server(built_site, packs, {})
    with serving(server) as url:
        yield contenders.lesson("lesson", repository, server, url)


@pytest.fixture(scope="module")
def second(browser: Browser, page: Contender) -> Visit:
    """A second visit, after a first that ended when nothing was fetched any more."""
    context = browser.new_context()
    visit(context, page, 0, PAST_FETCHING_AHEAD_S)
    made = visit(context, page, 1, PAUSE_S)
    context.close()
    return made


@pytest.fixture
def first(browser: Browser) -> Iterator[BrowserContext]:
    """A profile for a first visit; nothing is fetched ahead."""
    context = browser.new_context(service_workers="block")
    yield context
    context.close()


@pytest.fixture(scope="module")
def bare(browser: Browser, repository: Path, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """A first visit to a page with Pyodide alone."""
    program = contenders.first_cell(repository)
    folder = stock.pyodide(tmp_path_factory.mktemp("bare") / "site", program, QUIET)
    packs.prepare([folder], QUIET)
    server = Server(folder, packs, {})
    context = browser.new_context()
    with serving(server) as url:
        made = visit(context, contenders.bare(server, url), 0, PAUSE_S)
    context.close()
    return made


def test_first_output_of_a_lesson_costs_at_most_seven_and_a_half_megabytes(
    first: BrowserContext, page: Contender
) -> None:
    made = visit(first, page, 0, PAUSE_S)
    assert made.until_output.wire <= 7_500_000
    assert made.until_output.requests <= 45


def test_second_visit_costs_at_most_fifty_kilobytes(second: Visit) -> None:
    assert second.until_output.wire + second.afterwards.wire <= 50_000
    assert second.until_output.requests <= 25


def test_saving_data_costs_no_more_than_pyodide_alone(first: BrowserContext, page: Contender, bare: Visit) -> None:
    assert lesson.saving_data(first, page, PAUSE_S).wire <= bare.until_output.wire


def test_scripts_of_a_lesson_that_nobody_runs_stay_small(browser: Browser, page: Contender) -> None:
    context = browser.new_context()
    scripts = lesson.scripts_before_run(context, page, PAUSE_S)
    context.close()
    assert 0 < scripts.wire <= 120_000
