"""One visit to a page in a real Chromium: time to first output, bytes, requests, memory."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromium
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page, Playwright

    from bench.contenders import Contender
    from bench.server import Answer

RECORDER = Path(__file__).with_name("recorder.js").read_text("utf-8")
PATIENCE_S = 120
TICK_MS = 50


class NothingSeen(Exception):
    """No output came in time; the text says on which page, and what its console told."""


@dataclass(frozen=True)
class Traffic:
    """What came over the wire in a span of time.

    Attributes:
        wire: bytes of heads and bodies, as sent.
        raw: bytes of bodies, after decoding.
        requests: answers, those from the browser's cache not among them.
    """

    wire: int
    raw: int
    requests: int

    @classmethod
    def of(cls, answers: list[Answer]) -> Traffic:
        """Add up answers."""
        wire, raw = sum(answer.wire for answer in answers), sum(answer.raw for answer in answers)
        return cls(wire, raw, len(answers))


@dataclass(frozen=True)
class Visit:
    """What one visit showed.

    Attributes:
        output_s: from the start of the navigation until the program's output stands in the page.
        marks: that and other moments, by name, in seconds from the start of the navigation.
        presses: how often Run was pressed.
        until_output: what was asked for until then.
        afterwards: what was asked for later, until all was quiet.
        memory: highest resident memory of the tab's process until then, workers included, in bytes; None where the
            system does not tell.
        isolated: whether the page was cross-origin isolated.
        complaints: what the console called an error.
    """

    output_s: float
    marks: dict[str, float]
    presses: int
    until_output: Traffic
    afterwards: Traffic
    memory: int | None
    isolated: bool
    complaints: list[str]


class Tab:
    """A tab with the recorder in it."""

    def __init__(self, page: Page, contender: Contender, connection: dict[str, Any]) -> None:
        self.page = page
        self.contender = contender
        self.complaints: list[str] = []
        self._heard: list[dict[str, float]] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.expose_binding("benchSeen", lambda _, marks: self._heard.append(marks))
        plan = {**contender.plan, "connection": connection}
        page.add_init_script(RECORDER.replace("PLAN", json.dumps(plan)))

    @property
    def answers(self) -> list[Answer]:
        """What the contender's server has answered in this visit."""
        return self.contender.server.answers

    def go(self, number: int = 0) -> float:
        """Open the page, for a profile's visit counted from 0; return when its navigation began, by `time.time`."""
        self.answers.clear()
        self.page.goto(self.contender.url(number), wait_until="commit")
        origin_ms: float = self.page.evaluate("performance.timeOrigin")
        return origin_ms / 1000

    def output(self) -> dict[str, float]:
        """Wait for the program's output and return when things happened, in milliseconds of the common clock.

        Raises:
            NothingSeen: nothing came.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not self._heard:
            if time.monotonic() > deadline:
                said = "\n".join(self.complaints[-5:])
                raise NothingSeen(f"{self.contender.title}: no output in {PATIENCE_S} s\n{said}")
            self.page.wait_for_timeout(TICK_MS)
        return self._heard[0]

    def rest(self, pause_s: float) -> None:
        """Stay until nothing has been asked for during `pause_s` seconds; for a minute at most."""
        deadline = time.time() + 60
        begun = time.time()
        while time.time() < deadline:
            last_s = max((answer.at_s for answer in self.answers), default=begun)
            if time.time() - max(last_s, begun) >= pause_s:
                return
            self.page.wait_for_timeout(TICK_MS)


@contextmanager
def profile(playwright: Playwright, **options: Any) -> Iterator[BrowserContext]:
    """Start a Chromium on a new profile: nothing is cached, compiled or stored."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=str(chromium.get()),
            args=chromium.ARGUMENTS,
            viewport={"width": 1200, "height": 800},
            **options,
        )
        try:
            context.pages[0].wait_for_timeout(1000)  # the browser's own start is nobody's merit
            yield context
        finally:
            context.close()


@contextmanager
def tab(context: BrowserContext, contender: Contender, **connection: Any) -> Iterator[Tab]:
    """Open a new tab for a contender, not yet on its page, and close it at the end.

    Args:
        context: a profile.
        contender: the page.
        connection: what `navigator.connection` shall say, such as `saveData=True`.
    """
    page = context.new_page()
    try:
        yield Tab(page, contender, connection)
    finally:
        page.close()


def visit(context: BrowserContext, contender: Contender, number: int, pause_s: float, **connection: Any) -> Visit:
    """Open a contender, run the program as a learner would, wait until all is quiet, and leave.

    Args:
        context: a profile; what it has visited decides what is cached.
        contender: the page.
        number: the how-manieth visit of the profile, counted from 0.
        pause_s: how long nothing must be asked for before the visit ends.
        connection: what `navigator.connection` shall say.

    Raises:
        NothingSeen: no output came.
    """
    with tab(context, contender, **connection) as opened:
        forget_peaks()
        begun_s = opened.go(number)
        heard = opened.output()
        memory = peak_bytes()
        isolated = opened.page.evaluate("crossOriginIsolated")
        opened.rest(pause_s)
        answers = list(opened.answers)
        complaints = list(opened.complaints)
    presses = heard.pop("presses", 1)
    marks = {name: round(at / 1000 - begun_s, 4) for name, at in heard.items()}
    early = [answer for answer in answers if answer.at_s <= heard["output"] / 1000]
    return Visit(
        output_s=marks["output"],
        marks=marks,
        presses=int(presses),
        until_output=Traffic.of(early),
        afterwards=Traffic.of([answer for answer in answers if answer not in early]),
        memory=memory,
        isolated=isolated,
        complaints=complaints,
    )


def _tabs() -> Iterator[Path]:
    """Yield the folder in `/proc` of each process of our Chromium that shows pages."""
    for process in psutil.Process().children(recursive=True):
        try:
            if any(argument == "--type=renderer" for argument in process.cmdline()):
                yield Path(f"/proc/{process.pid}")
        except psutil.Error:
            continue


def forget_peaks() -> None:
    """Let the system count the highest memory anew. Source: Linux, proc(5), `clear_refs`."""
    for folder in _tabs():
        try:
            (folder / "clear_refs").write_text("5", "utf-8")
        except OSError:
            continue


def peak_bytes() -> int | None:
    """Return the highest resident memory of the largest tab. Source: Linux, proc(5), `VmHWM`."""
    peaks = []
    for folder in _tabs():
        try:
            lines = (folder / "status").read_text("utf-8").splitlines()
        except OSError:
            continue
        peaks += [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    return max(peaks, default=None)
