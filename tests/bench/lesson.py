"""What is measured of our lesson page alone: answers of a warm Python, Stop, saved data, scripts before Run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bench.visit import NothingSeen, Traffic, tab, visit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from bench.contenders import Contender
    from bench.visit import Tab

RUNS = 10
TURNS = 1200
MATERIAL = re.compile(r"/assets/javascripts/")
MESSAGES = "() => globalThis.bench.messages"
PRESS_RUN = (
    "run => [...document.querySelectorAll('py-cell button')].find(one => one.textContent.trim() === run).click()"
)
STOP_AND_RUN_NEXT = """async ({stop, run, text}) => {
  const [running, next] = document.querySelectorAll("py-cell");
  const named = (cell, name) => [...cell.querySelectorAll("button")].find((one) => one.textContent.trim() === name);
  const output = next.querySelector("output");
  const begun = performance.now();
  const seen = new Promise((resolve) => {
    const look = () => output.textContent.includes(text) && resolve(performance.now() - begun);
    new MutationObserver(look).observe(output, { childList: true, subtree: true, characterData: true });
  });
  named(running, stop).click();
  named(next, run).click();
  return await seen;
}"""


def answers_ms(context: BrowserContext, contender: Contender) -> list[float]:
    """Return how long a warm Python took from the message `run` to its first output, for each of ten runs.

    Raises:
        NothingSeen: a run did not end.
    """
    with tab(context, contender) as opened:
        opened.go()
        opened.output()
        for number in range(1, RUNS + 1):
            _wait_for(opened, "done", number)
            opened.page.evaluate(PRESS_RUN, contender.plan["run"])
        _wait_for(opened, "done", RUNS + 1)
        messages = opened.page.evaluate(MESSAGES)
    found: list[float] = []
    asked = None
    for way, kind, at_ms in messages:
        if (way, kind) == ("out", "run"):
            asked = at_ms
        elif (way, kind) == ("in", "output") and asked is not None:
            found.append(at_ms - asked)
            asked = None
    return found[1:]


def _wait_for(opened: Tab, kind: str, count: int) -> None:
    for _ in range(TURNS):
        if sum(found == kind for _, found, _ in opened.page.evaluate(MESSAGES)) >= count:
            return
        opened.page.wait_for_timeout(50)
    raise NothingSeen(f"{opened.contender.title}: run {count} did not end")


def restart_s(context: BrowserContext, contender: Contender, words: dict[str, str]) -> float:
    """Return the time from Stop, pressed while a loop runs for ever, to the output of the next cell, run at once.

    Args:
        context: a profile that has visited the page before.
        contender: the page, not isolated: without SharedArrayBuffer, Stop must end the worker.
        words: the page's sentences, by key.

    Raises:
        NothingSeen: the page is isolated after all.
    """
    with tab(context, contender) as opened:
        opened.go()
        opened.output()
        if opened.page.evaluate("crossOriginIsolated"):
            raise NothingSeen(f"{contender.title}: it is isolated, so Stop does not end the worker")
        cell = opened.page.locator("py-cell").first
        cell.get_by_role("textbox").fill("while True:\n    pass")
        cell.get_by_role("button", name=words["cell.run"]).click()
        cell.get_by_role("button", name=words["cell.stop"]).wait_for()
        _wait_for(opened, "started", 2)
        opened.page.wait_for_timeout(500)  # let the loop run
        given = {"stop": words["cell.stop"], "run": words["cell.run"], "text": contender.plan["next"]}
        taken_ms: float = opened.page.evaluate(STOP_AND_RUN_NEXT, given)
    return taken_ms / 1000


def saving_data(context: BrowserContext, contender: Contender, pause_s: float) -> Traffic:
    """Return what a first visit with output costs where the browser says that data is to be saved.

    The context has to block service workers: ours fetches nothing ahead then, but cannot be told so here.
    """
    first = visit(context, contender, 0, pause_s, saveData=True)
    return first.until_output


def scripts_before_run(context: BrowserContext, contender: Contender, pause_s: float) -> Traffic:
    """Return what scripts come, beyond the theme's own, while nobody presses Run."""
    with tab(context, unpressed(contender)) as opened:
        opened.go()
        opened.rest(pause_s)
        answers = list(opened.answers)
    return Traffic.of([one for one in answers if one.kind == "text/javascript" and not MATERIAL.search(one.path)])


def unpressed(contender: Contender) -> Contender:
    """Return a contender whose Run button nobody presses."""
    plan: dict[str, Any] = {**contender.plan, "act": "none"}
    return type(contender)(contender.name, contender.title, contender.server, contender.origin, contender.paths, plan)
