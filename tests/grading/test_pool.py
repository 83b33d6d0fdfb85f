"""Sandboxes side by side."""

from __future__ import annotations

import os
import time
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from grading.cli import app
from grading.limits import Limits
from grading.pool import Local, Work
from grading.sandbox import Sandbox

pytestmark = pytest.mark.engine


def work(source: str) -> dict[str, Work]:
    cell: dict[str, Any] = {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "outputs": []}
    return {"one": Work({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})}


def sandboxes() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "deno" in each.name()]


@pytest.mark.parametrize("jobs", [1, 3])
def test_as_many_run_at_once_as_were_asked_for(engine: Path, jobs: int) -> None:
    with Local(jobs, engine, Limits()) as pool:
        assert pool.size == jobs
        runs = [pool.submit(work(f"print({number})")) for number in range(4)]
        wait(runs)
        assert len(sandboxes()) == jobs
    outputs = [run.result()["one"].notebook["cells"][0]["outputs"][0]["text"] for run in runs]
    assert outputs == [f"{number}\n" for number in range(4)]
    assert sandboxes() == []


def test_without_a_number_there_is_one_for_each_processor(engine: Path) -> None:
    with Local(0, engine, Limits()) as pool:
        assert pool.size == os.cpu_count()


def test_fewer_than_none_are_refused() -> None:
    said = CliRunner().invoke(app, ["grade", "ps1", "--jobs", "-1"])
    assert said.exit_code == 2
    assert "--jobs" in said.output


def test_who_interrupts_does_not_wait_for_programs_that_run(engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    run = Sandbox.run
    monkeypatch.setattr(Sandbox, "run", lambda *given: (started.append(1), run(*given))[1])

    def interrupted() -> None:
        with Local(1, engine, Limits(cell_s=300, notebook_s=300)) as pool:
            pool.submit(work("while True: pass"))
            pool.submit(work("1"))
            while not started:
                time.sleep(0.05)
            time.sleep(0.5)
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - began < 60
    assert sandboxes() == []
