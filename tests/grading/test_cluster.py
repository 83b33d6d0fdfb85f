"""Marking on Dask workers: the same marks, a lost worker is survived, and nothing of the course stays there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dask_workers import Dask

from grading.collect import collect
from grading.course import Course

type Pack = Callable[..., bytes]
type Run = Callable[..., subprocess.CompletedProcess[str]]

WRITTEN = "valeur-du-devoir"
ANSWER = {"prix-total": f"def prix_total(prix, quantite):\n    '{WRITTEN}'\n    return prix * quantite"}
SLOW = {"prix-total": "import time\ntime.sleep(1.5)\ndef prix_total(prix, quantite):\n    return prix * quantite"}


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    with Dask(tmp_path_factory.mktemp("cluster") / "dask", 2) as made:
        yield made


def marked(grading: Run, course: Course, *options: str) -> list[dict[str, object]]:
    done = grading("grade", "premiers-pas", "--json", "--again", "--course", course.root, *options)
    assert done.returncode == 0, done.stderr
    return [{**json.loads(line), "was": None} for line in done.stdout.splitlines()]


def hand_in(course: Course, pack: Pack, count: int, answer: dict[str, str]) -> None:
    for number in range(count):
        (course.inbox / f"{number}.handin").write_bytes(pack(f"learner-{number}", answer))
    collect(course)


@pytest.mark.slow
@pytest.mark.engine
def test_dask_workers_give_the_same_marks_and_keep_nothing_but_the_engine(
    course: Course, pack: Pack, grading: Run, dask: Dask, engine: Path
) -> None:
    hand_in(course, pack, 4, ANSWER)

    there = marked(grading, course, "--cluster", dask.address)

    assert there == marked(grading, course)
    kept = [path for path in (dask.folder / "cache").rglob("*") if path.is_file()]
    assert {path.parent.name for path in kept} == {there[0]["engine"]}
    assert {path.name for path in kept} <= {path.name for path in engine.iterdir()}
    for path in dask.folder.rglob("*"):
        assert not path.is_file() or WRITTEN.encode() not in path.read_bytes()


@pytest.mark.slow
@pytest.mark.engine
def test_a_lost_worker_is_survived(course: Course, pack: Pack, grading: Run, dask: Dask, engine: Path) -> None:
    hand_in(course, pack, 6, SLOW)
    command = [Path(sys.executable).with_name("grading"), "grade", "premiers-pas", "--json", "--course", course.root]
    running = subprocess.Popen(
        [*command, "--cluster", dask.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while len(list(course.runs("premiers-pas").glob("*/*.json"))) < 1:
        assert time.monotonic() < deadline
        assert running.poll() is None, running.communicate()[1]
        time.sleep(0.05)
    os.kill(dask.workers[0].pid, signal.SIGKILL)

    out, errors = running.communicate(timeout=120)

    assert running.returncode == 0, errors
    results = [json.loads(line) for line in out.splitlines()]
    assert len(results) == 6
    assert {each["status"] for each in results} == {"graded"}
    assert len({each["score"] for each in results}) == 1


def test_nobody_at_the_address_is_told(course: Course, pack: Pack, grading: Run, engine: Path) -> None:
    hand_in(course, pack, 1, ANSWER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"

    done = grading("grade", "premiers-pas", "--cluster", address, "--course", course.root)

    assert done.returncode == 1
    assert f"no Dask scheduler answers at {address}" in done.stderr
    assert "dask scheduler" in done.stderr
