"""Runs notebooks of learners: nowhere but in Deno, in a Pyodide of their own, within limits.

    with Sandbox(engine, Limits()) as sandbox:
        run = sandbox.run(notebook, files={"data.csv": b"…"})

What is seen of a run is what nbclient with ipykernel would show: outputs in nbformat 4, execution goes on after errors.
What cannot go on (a cell that never ends, a dead interpreter) becomes an error output in its cell and a `Problem`; the
cells after it run in a fresh interpreter. A cell that was not run always holds an error, because a test cell without
output earns full points.

The machine is held by Deno's permissions, the results by `grading/runner`, whose main.ts says how. One process serves
many notebooks; each has an interpreter of its own, in a thread that is thrown away. A process in which learner code had
to be killed, died or took too much memory is thrown away too.
"""

from __future__ import annotations

import copy
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

from grading.deno import Deno, Died
from grading.errors import SandboxUnavailable
from grading.limits import MIB, Limits
from grading.outputs import Outputs, interrupted_line, whole

type Notebook = dict[str, Any]
type Kind = Literal["timeout", "memory", "killed", "output-cut", "engine-died", "notebook-timeout", "put-back"]

# What main.ts takes to interrupt, to kill and to say so, on a busy machine.
PATIENCE_S = 15
PREPARE_S = 120
RECYCLE_BYTES = 1536 * MIB
STARTS = 3
NAMES_CHARACTERS = 200
OUT_OF_MEMORY = re.compile("out of memory|allocation failed|enlarge memory", re.IGNORECASE)
ERRORS: dict[Kind, tuple[str, str]] = {
    "timeout": ("CellTimeoutError", "the cell was stopped after {seconds:g} s"),
    "notebook-timeout": ("NotebookTimeoutError", "the notebook was stopped after {seconds:g} s"),
    "memory": ("MemoryError", "the cell was stopped because it took too much memory"),
    "killed": ("DeadKernelError", "the cell ended its Python"),
    "engine-died": ("DeadKernelError", "Python ended while this cell ran"),
}


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong while a cell ran.

    Attributes:
        cell_index: position in the notebook, counted from 0, text cells included.
        cell_id: nbgrader's grade id, else the cell's own id, else None.
        kind: `timeout` (of the cell), `notebook-timeout`, `memory`, `killed` (its own code ended the interpreter),
            `engine-died` (the process of the sandbox ended), `output-cut` (it printed more than is kept), `put-back`
            (before it, names were put back that the notebook had changed and all Python shares).
        seconds: the limit that was reached, for the two timeouts.
        line: for a timeout, the line at which the code stood, counted from 1, if it could be known.
        line_cell_index: the cell of that line: another one when this cell called a function of that one.
        names: what was put back.
    """

    cell_index: int
    cell_id: str | None
    kind: Kind
    seconds: float | None = None
    line: int | None = None
    line_cell_index: int | None = None
    names: str = ""


@dataclass(frozen=True)
class Part:
    """How a cell is run that is not simply a cell of the learner's.

    Attributes:
        tests: it is a test, and runs in a second interpreter that sees the learner's names from outside.
        shared: the author's: what it imports and defines is the tests' own, too.
        author: the author's, in the learner's interpreter: what all Python shares is put back before it.
        record: it is a reference's test: let it ask for anything, and tell what it asked for (`Run.profiles`).
        profile: what the reference's test asked for; a learner's can be asked for nothing else. None for no reference.
    """

    tests: bool = False
    shared: bool = False
    author: bool = False
    record: bool = False
    profile: Mapping[str, Any] | None = None

    def order(self, code: str) -> dict[str, Any]:
        """Return the cell as the sandbox takes it."""
        if not self.tests:
            return {"code": code, "shared": self.shared, "author": self.author}
        rules = {"record": self.record} | ({"profile": self.profile} if self.profile else {})
        return {"code": code, "rules": rules}


type Plan = Mapping[int, Part]


@dataclass(frozen=True)
class Run:
    """A notebook with its outputs, what went wrong, and on which engine it ran.

    Attributes:
        notebook: a copy of the notebook given, with `outputs` and `execution_count` of its code cells replaced.
        problems: in the order of the cells.
        engine: the hash of the engine, of engine.json.
        seconds: how long it took.
        profiles: what the test cells with `record` asked for, by position.
    """

    notebook: Notebook
    problems: list[Problem]
    engine: str
    seconds: float
    profiles: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class _Progress:
    """How far a run has come."""

    notebook: Notebook
    files: Mapping[str, bytes]
    pending: list[int]
    outputs: Outputs = field(default_factory=Outputs)
    problems: list[Problem] = field(default_factory=list)
    prompts: dict[int, int] = field(default_factory=dict)
    plan: Plan = field(default_factory=dict)
    profiles: dict[int, dict[str, Any]] = field(default_factory=dict)

    def report(self, kind: Kind, index: int, seconds: float | None = None) -> None:
        """Record a problem of a cell and, unless only its output was cut, put the error into its outputs."""
        line = None
        if kind == "timeout" and (stood := interrupted_line(self.outputs.of(index))):
            line = (self.prompts.get(stood[0], index), stood[1])
        if kind in ERRORS:
            name, sentence = ERRORS[kind]
            self.outputs.fail(index, name, sentence.format(seconds=seconds or 0))
        self.problems.append(
            Problem(index, _cell_id(self.notebook["cells"][index]), kind, seconds, line and line[1], line and line[0])
        )


class Sandbox:
    """Runs notebooks one after another, each in a fresh interpreter. Not for two threads at once.

    Args:
        engine: the engine's folder; default: `PASSERELLE_ENGINE`, else `_build/engine` of the repository.
        limits: what each notebook may use.
        apart: whether tests are expected to run apart: what they need is then made ready early.

    Raises:
        SandboxUnavailable: the engine or Deno is missing, or does not start. Learner code is then not run at all.
    """

    def __init__(self, engine: Path | None = None, limits: Limits | None = None, *, apart: bool = False) -> None:
        self.limits = limits or Limits()
        self.engine = (engine or default_engine()).resolve()
        self.engine_hash = _hash(self.engine)
        self._apart = apart
        self._process: Deno | None = None
        self._halted = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start the process, unless it runs; `run` would do so too."""
        self._running()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next `run` would start another."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def halt(self) -> None:
        """End the process from another thread, for good: what runs fails with SandboxUnavailable."""
        self._halted = True
        if process := self._process:
            process.close()

    def run(
        self, notebook: Mapping[str, Any], files: Mapping[str, bytes] | None = None, plan: Plan | None = None
    ) -> Run:
        """Run all code cells of a notebook, nbformat 4, and return it with their outputs.

        Args:
            notebook: left as it is.
            files: content by path below the interpreter's working directory, `/` between parts.
            plan: cells that are not simply the learner's, by position; see `Part`.

        Raises:
            ValueError: a path of `files` is absolute or leads upwards.
            SandboxUnavailable: the sandbox cannot be started any more.
        """
        started = time.monotonic()
        copied: Notebook = copy.deepcopy(dict(notebook))
        progress = _Progress(copied, _placed(files or {}), [], plan=plan or {})
        for index, cell in enumerate(copied["cells"]):
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
                if _source(cell).strip() and "skip-execution" not in cell.get("metadata", {}).get("tags", []):
                    progress.pending.append(index)
        spent_s = 0.0
        while progress.pending:
            left_s = self.limits.notebook_s - spent_s
            if left_s <= 0:
                self._give_up(progress)
                break
            spent_s += self._run_pending(progress, left_s)
        for index, cell in enumerate(copied["cells"]):
            if cell["cell_type"] == "code":
                cell["outputs"] = progress.outputs.of(index)
        return Run(copied, progress.problems, self.engine_hash, time.monotonic() - started, progress.profiles)

    def _run_pending(self, progress: _Progress, left_s: float) -> float:
        """Run cells in one interpreter until all are done or it is gone; return the seconds that the cells took."""
        process = self._prepare(progress, left_s)
        began = time.monotonic()
        prompts = progress.prompts = {}
        last = len(progress.pending) - 1
        for position, index in enumerate(tuple(progress.pending)):
            try:
                report = process.hear(min(self.limits.cell_s, left_s) + PATIENCE_S)
            except Died as died:
                self.close()
                progress.pending.remove(index)
                progress.report("memory" if died.why == "memory" else "engine-died", index)
                break
            _publish(progress, index, report)
            if report["type"] == "end":
                self._end_early(progress, index, report)
                break
            progress.pending.remove(index)
            self._note_result(progress, index, report, prompts)
            if position == last:
                self._hear_end(process)
        if self._process is not None and self._process.memory_bytes > RECYCLE_BYTES:
            self.close()
        return time.monotonic() - began

    def _prepare(self, progress: _Progress, left_s: float) -> Deno:
        """Give the pending cells to an interpreter that has not seen any code, and return its process.

        A process that fails before learner code has begun is no fault of the notebook: another one is started.
        """
        cells = [
            progress.plan.get(index, Part()).order(_source(progress.notebook["cells"][index]))
            for index in progress.pending
        ]
        command = {
            "type": "run",
            "cells": cells,
            "files": list(progress.files),
            "cell_s": self.limits.cell_s,
            "notebook_s": left_s,
            "output_bytes": self.limits.output_bytes,
        }
        why = ""
        for _ in range(STARTS):
            process = self._running()
            try:
                process.say(command, list(progress.files.values()))
                report = process.hear(PREPARE_S)
            except Died as died:
                why = process.errors() or died.why
            else:
                if report["type"] == "prepared":
                    return process
                why = str(report.get("detail", report["type"]))
            self.close()
        raise SandboxUnavailable(f"The sandbox cannot start Python: {why}")

    def _note_result(self, progress: _Progress, index: int, report: Mapping[str, Any], prompts: dict[int, int]) -> None:
        result = _result(report["result"])
        if report.get("profile"):
            progress.profiles[index] = _result(report["profile"])
        cell = progress.notebook["cells"][index]
        cell["execution_count"] = whole(result.get("execution_count"))
        if cell["execution_count"] is not None:
            prompts[cell["execution_count"]] = index
        names = result.get("put_back")
        if isinstance(names, list) and names:
            told = ", ".join(str(name) for name in names)[:NAMES_CHARACTERS]
            progress.problems.append(Problem(index, _cell_id(cell), "put-back", names=told))
        if report["interrupted"]:
            progress.report("timeout", index, self.limits.cell_s)
        elif result.get("ename") == "MemoryError":
            progress.problems.append(Problem(index, _cell_id(cell), "memory"))

    def _end_early(self, progress: _Progress, index: int, report: Mapping[str, Any]) -> None:
        """Record why the interpreter is gone before the last cell was done, and end the process.

        Deno lets a thread that does not end by itself go on for two seconds; the next notebook is not run beside it.
        """
        self.close()
        progress.pending.remove(index)
        match report["reason"]:
            case "timeout":
                progress.report("timeout", index, self.limits.cell_s)
            case "notebook-timeout":
                progress.report("notebook-timeout", index, self.limits.notebook_s)
                self._give_up(progress)
            case _:
                progress.report("memory" if OUT_OF_MEMORY.search(report["detail"]) else "killed", index)

    def _hear_end(self, process: Deno) -> None:
        """Wait until the interpreter is gone, so that nothing of this notebook meets the next one."""
        try:
            process.hear(PATIENCE_S)
        except Died:
            self.close()

    def _give_up(self, progress: _Progress) -> None:
        """Mark every cell that will not be run."""
        name, sentence = ERRORS["notebook-timeout"]
        for index in progress.pending:
            progress.outputs.fail(index, name, sentence.format(seconds=self.limits.notebook_s))
        if not any(problem.kind == "notebook-timeout" for problem in progress.problems):
            first = progress.pending[0]
            cell_id = _cell_id(progress.notebook["cells"][first])
            progress.problems.append(Problem(first, cell_id, "notebook-timeout", self.limits.notebook_s))
        progress.pending.clear()

    def _running(self) -> Deno:
        if not self._halted and (self._process is None or not self._process.alive):
            self.close()
            self._process = Deno(self.engine, self.limits, apart=self._apart)
        if self._halted or self._process is None:
            self.close()
            raise SandboxUnavailable("The sandbox was stopped.")
        return self._process


def default_engine() -> Path:
    """Return the folder of the engine: `PASSERELLE_ENGINE`, else `_build/engine` of the repository."""
    return Path(os.environ.get("PASSERELLE_ENGINE") or Path(__file__).resolve().parent.parent / "_build" / "engine")


def _hash(engine: Path) -> str:
    try:
        return str(json.loads((engine / "engine.json").read_text(encoding="utf-8"))["hash"])
    except (OSError, ValueError, KeyError) as error:
        raise SandboxUnavailable(f"There is no engine in {engine}.", "make build") from error


def _placed(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name or path.as_posix() != name:
            raise ValueError(f"{name!r} is no path below the working directory")
    return files


def _publish(progress: _Progress, index: int, report: Mapping[str, Any]) -> None:
    for message in report["outputs"]:
        progress.outputs.publish(index, message)
    if report["cut"]:
        progress.report("output-cut", index)


def _result(text: str) -> dict[str, Any]:
    """Return what the shell said of a cell; it ran beside learner code, so it is believed in nothing."""
    try:
        result = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return result if isinstance(result, dict) else {}


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _cell_id(cell: Mapping[str, Any]) -> str | None:
    named = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") or cell.get("id")
    return named if isinstance(named, str) else None
