"""From navigation to first output: rounds over all contenders, cold and warm, and what must come of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from playwright.sync_api import Error, sync_playwright

from bench import lesson
from bench.contenders import LANGUAGE, ready
from bench.results import Goal
from bench.visit import NothingSeen, profile, visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Playwright

    from bench.contenders import Contender
    from bench.results import Results
    from bench.visit import Visit
    from build_scripts.progress import Progress

RACE = ("lesson", "notebook", "frame", "stock", "bare")
KINDS = ("cold", "warm")
MEGABYTE = 1e6
WARM_PAUSE_S = 3
MOMENTS = {
    "dom": "the page is complete",
    "pressed": "Run is pressed",
    "worker": "the worker is asked for",
    "progress": "bytes of the engine arrive",
    "ready": "Python is ready",
    "started": "the program begins",
    "output_s": "its output is in the page",
}
"""The way to our first output; see recorder.js. Those after the worker are its messages."""


def measure(
    root: Path, rounds: int, pause_s: float, results: Results, report: Progress, *, keep: Callable[[Results], None]
) -> None:
    """Visit every contender in every round, each time in a new profile, first cold and then warm.

    The order turns by one from round to round, so that nobody always has the machine after the same neighbour.
    `keep` is called after each round, so that an interrupted run is not lost.
    """
    words = json.loads((root / f"site/theme/messages/{LANGUAGE}.json").read_text("utf-8"))
    with ready(root, report) as contenders, sync_playwright() as playwright:
        for number in range(rounds):
            for name in RACE[number % len(RACE) :] + RACE[: number % len(RACE)]:
                with report.step(f"Round {number + 1} of {rounds}: {contenders[name].title}"):
                    _attempt(results, lambda one=contenders[name]: _pair(playwright, one, pause_s, results))
            with report.step(f"Round {number + 1} of {rounds}: what our lesson page does alone"):
                for take in (_restart, _alone):
                    _attempt(results, lambda take=take: take(playwright, contenders, words, pause_s, results))
            results.goals = goals(results)
            keep(results)


def _attempt(results: Results, take: Callable[[], None]) -> None:
    """Measure; what cannot be measured is told, and the run goes on."""
    try:
        take()
    except (NothingSeen, Error) as fault:
        results.failures.append(str(fault))


def _pair(playwright: Playwright, contender: Contender, pause_s: float, results: Results) -> None:
    with profile(playwright) as context:
        _note(results, contender.name, "cold", visit(context, contender, 0, pause_s))
        _note(results, contender.name, "warm", visit(context, contender, 1, WARM_PAUSE_S))


def _note(results: Results, name: str, kind: str, one: Visit) -> None:
    started = one.marks.get("worker")
    results.visits.append({"contender": name, "kind": kind, **asdict(one)})
    results.add(name, kind, "output_s", one.output_s)
    results.add(name, kind, "wire", one.until_output.wire)
    results.add(name, kind, "raw", one.until_output.raw)
    results.add(name, kind, "requests", one.until_output.requests)
    results.add(name, kind, "later", one.afterwards.wire)
    results.add(name, kind, "memory", one.memory)
    results.add(name, kind, "worker_s", one.output_s - started if started is not None else None)
    for moment in MOMENTS.keys() & one.marks.keys():
        results.add(name, kind, moment, one.marks[moment])


def _restart(
    playwright: Playwright, contenders: dict[str, Contender], words: dict[str, str], pause_s: float, results: Results
) -> None:
    with profile(playwright, service_workers="block") as context:
        visit(context, contenders["plain"], 0, pause_s)
        results.add("lesson", "warm", "restart_s", lesson.restart_s(context, contenders["plain"], words))


def _alone(
    playwright: Playwright, contenders: dict[str, Contender], _: dict[str, str], pause_s: float, results: Results
) -> None:
    ours = contenders["lesson"]
    with profile(playwright) as context:
        results.add("lesson", "cold", "scripts", lesson.scripts_before_run(context, ours, pause_s).wire)
        results.add("lesson", "warm", "answer_ms", *lesson.answers_ms(context, ours))
    with profile(playwright, service_workers="block") as context:
        results.add("lesson", "cold", "saving", lesson.saving_data(context, ours, pause_s).wire)


def goals(results: Results) -> list[Goal]:
    """Return what the medians have to be, beside what they are."""
    get = results.get

    def ratio(name: str, other: str, kind: str, quantity: str) -> float | None:
        return get(name, kind, quantity).over(get(other, kind, quantity))

    restart = get("lesson", "warm", "restart_s").over(get("bare", "warm", "worker_s"))
    plain = get("bare", "cold", "wire").median
    return [
        Goal(
            "lesson page, warm: first output, of stock's", ratio("lesson", "stock", "warm", "output_s"), 1 / 8, "ratio"
        ),
        Goal(
            "lesson page, cold: first output, of stock's", ratio("lesson", "stock", "cold", "output_s"), 1 / 6, "ratio"
        ),
        Goal("notebook page, warm: of stock's", ratio("notebook", "stock", "warm", "output_s"), 1 / 2.5, "ratio"),
        Goal("notebook page, cold: of stock's", ratio("notebook", "stock", "cold", "output_s"), 1 / 2, "ratio"),
        Goal("warm Python: message run → output", get("lesson", "warm", "answer_ms").median, 50, "ms"),
        Goal("Stop, not isolated → next output, of the bare worker's start", restart, 1 / 4, "ratio"),
        Goal("bytes, cold lesson with output", get("lesson", "cold", "wire").median, 7.5 * MEGABYTE, "bytes"),
        Goal("the same with saveData; bare Pyodide's at most", get("lesson", "cold", "saving").median, plain, "bytes"),
        Goal("bytes, warm lesson with output", get("lesson", "warm", "wire").median, 0.05 * MEGABYTE, "bytes"),
        Goal(
            "scripts before Run, beyond the theme's", get("lesson", "cold", "scripts").median, 0.12 * MEGABYTE, "bytes"
        ),
        Goal("memory of the tab, cold lesson, of stock's", ratio("lesson", "stock", "cold", "memory"), 1, "ratio"),
        Goal("memory of the tab, warm lesson, of stock's", ratio("lesson", "stock", "warm", "memory"), 1, "ratio"),
    ]
