"""Marking beside nbgrader: the same hand-ins of its documentation course, in one run."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import dask_workers as dask
import ps1

from bench.results import Goal
from build_scripts.errors import Fault
from build_scripts.progress import Progress
from grading import course as courses
from grading import gradebook

GRADING = Path(sys.executable).with_name("grading")
ASSIGNMENT = "ps1"
MIB = 1024 * 1024
LOOK_S = 0.02
MANY = 500
"""Hand-ins of two notebooks each, in which a process that grows would show it."""


@dataclass(frozen=True)
class Marked:
    """What marking a course took.

    Attributes:
        seconds: from the command to its end.
        first_s: until a learner's result was there who had none.
        held: the most that a sandbox's process held at each look, in bytes.
    """

    seconds: float
    first_s: float = 0
    held: tuple[int, ...] = ()


def measure(folder: Path, count: int, report: Progress) -> tuple[dict[str, Marked], list[Goal]]:
    """Let nbgrader and us mark the same hand-ins and return what each took, and what had to be reached.

    Args:
        folder: an empty folder.
        count: how many learners hand in two notebooks each.

    Raises:
        Fault: something could not be marked, or got other points than nbgrader gives.
    """
    made = hand_ins(folder / "course", count)
    copies = {name: shutil.copytree(made, folder / name) for name in ("isolated", "shared", "cluster")}
    for copy in copies.values():
        courses.init(copy)
    taken: dict[str, Marked] = {}
    for name in ("isolated", "shared"):
        with report.step(f"Marking {count} hand-ins, {name}"):
            taken[name] = ours(copies[name], "--tests", name)
    with report.step("Marking one more hand-in, three times"):
        first_s = _first(courses.init(hand_ins(folder / "warm", 2)).root)
    with dask.workers(folder / "dask", 2) as address:
        few = courses.init(hand_ins(folder / "few", 2))
        with report.step("Giving two Dask workers the engine"):
            ours(few.root, "--cluster", address)
        with report.step(f"Marking {count} hand-ins on two Dask workers"):
            taken["cluster"] = ours(copies["cluster"], "--tests", "isolated", "--cluster", address)
    many = courses.init(hand_ins(folder / "many", MANY))
    with report.step(f"Marking {MANY * 2} notebooks in one process"):
        taken["many"] = ours(many.root, "--tests", "isolated", "--jobs", "1")
    with report.step(f"Marking {count} hand-ins with nbgrader"):
        began = time.monotonic()
        done = ps1.nbgrader("autograde", ASSIGNMENT, cwd=made)
        taken["nbgrader"] = Marked(time.monotonic() - began)
    if done.returncode:
        raise Fault(f"nbgrader: {done.stderr[-500:]}", "make bench")
    courses.init(made)
    expected = points(made)
    for name, copy in copies.items():
        if points(copy) != expected:
            raise Fault(f"{name}: other points than nbgrader gives", "make bench")
    whole, local = taken["nbgrader"].seconds, taken["isolated"]
    held = taken["many"].held
    tenth = len(held) // 10
    growth = statistics.median(held[-tenth:]) / statistics.median(held[tenth : 2 * tenth])
    return taken, [
        Goal("isolated marking, of nbgrader autograde's time", local.seconds / whole, 1 / 10, "ratio"),
        Goal("shared marking, the same", taken["shared"].seconds / whole, 1 / 20, "ratio"),
        Goal("isolated marking: one more hand-in, its result", first_s, 2, "s"),
        Goal("memory of a sandbox's process", max(*held, *local.held), 400 * MIB, "bytes"),
        Goal("the same after 1,000 notebooks, of that after 100", growth, 1.1, "ratio"),
        Goal("two Dask workers' time, of two local jobs'", taken["cluster"].seconds / local.seconds, 1 / 0.8, "ratio"),
    ]


def hand_ins(root: Path, count: int) -> Path:
    """Make the documentation's course with so many hand-ins, which nobody has marked."""
    answers = [ps1.BITDIDDLE, ps1.HACKER]
    root.parent.mkdir(parents=True, exist_ok=True)
    return ps1.course(root, {f"made-up-{number:03}": answers[number % 2] for number in range(count)})


def _first(root: Path) -> float:
    """Return how long one more hand-in waits for its result, in seconds: the median of three."""
    ours(root, "--tests", "isolated")
    waited = []
    for number in range(2, 5):
        shutil.copytree(root / "submitted" / "made-up-000", root / "submitted" / f"made-up-{number:03}")
        waited.append(ours(root, "--tests", "isolated").first_s)
    return statistics.median(waited)


def ours(root: Path, *options: str) -> Marked:
    """Mark a course with our own command."""
    began = time.monotonic()
    process = subprocess.Popen(
        [GRADING, "grade", ASSIGNMENT, "--json", "--course", root, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = _Watch(root / "passerelle" / "results" / ASSIGNMENT, began)
    out, errors = process.communicate()
    seconds = time.monotonic() - began
    watch.end()
    marked = [json.loads(line) for line in out.splitlines()]
    if process.returncode or {each["status"] for each in marked} != {"graded"}:
        raise Fault(f"{' '.join(options)}: {errors[-500:]}", "make bench")
    return Marked(seconds, watch.first_s, tuple(watch.held))


def points(root: Path) -> dict[str, list[tuple[str, float | None]]]:
    """Return what the gradebook has, by learner."""
    course = courses.find(root)
    found = {name: gradebook.marks(course, ASSIGNMENT, name) for name in gradebook.submitted(course, ASSIGNMENT)}
    return {name: [(cell.id, cell.points) for cell in marks.cells] for name, marks in found.items() if marks}


class _Watch:
    """Looks now and then for the first result, and how much memory sandboxes hold."""

    def __init__(self, results: Path, began: float) -> None:
        self.first_s = 0.0
        self.held: list[int] = []
        self._results, self._began = results, began
        self._before = len(list(results.glob("*.json")))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            if not self.first_s and len(list(self._results.glob("*.json"))) > self._before:
                self.first_s = time.monotonic() - self._began
            self.held.append(max(map(_held, _sandboxes()), default=0))


def _sandboxes() -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"runner/main.ts" in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


def _held(process: Path) -> int:
    """Return what a process has in memory, in bytes."""
    try:
        pages = int((process / "statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
