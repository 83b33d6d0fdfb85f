"""Who runs notebooks: sandboxes on this machine, several side by side."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from grading.limits import Limits
from grading.sandbox import Plan, Run, Sandbox

if TYPE_CHECKING:
    from grading.notebook import Notebook


@dataclass(frozen=True)
class Work:
    """One notebook to run.

    Attributes:
        files: what it may read, by path.
        plan: cells that are not simply the learner's; see `sandbox.Part`.
    """

    notebook: Notebook
    files: Mapping[str, bytes] = field(default_factory=dict)
    plan: Plan = field(default_factory=dict)


class Pool(Protocol):
    """Runs notebooks side by side.

    Attributes:
        engine: hash of the engine that runs them.
    """

    engine: str

    @property
    def size(self) -> int:
        """How many at once."""

    def submit(self, works: Mapping[str, Work]) -> Future[dict[str, Run]]:
        """Run one learner's notebooks, by name, one after the other; SandboxUnavailable when that cannot be."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(self, *_: object) -> None:
        """End, whatever is still to be run."""


class Local:
    """Threads, each with a sandbox of its own: the work is done in their processes.

    Args:
        jobs: how many at once; 0 for one each processor.
        apart: whether tests are expected to run apart, see `Sandbox`.

    Raises:
        SandboxUnavailable: there is no engine.
    """

    def __init__(self, jobs: int, engine: Path | None, limits: Limits, *, apart: bool = False) -> None:
        self._all = [Sandbox(engine, limits, apart=apart) for _ in range(jobs or os.cpu_count() or 1)]
        self.engine = self._all[0].engine_hash
        self._free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="sandbox")
        self._stop = threading.Event()
        self._begun = 0
        self._running: set[Future[dict[str, Run]]] = set()
        self._grow()  # one, while the caller makes ready what it will run; the others when there is work for them

    @property
    def size(self) -> int:
        """How many at once."""
        return len(self._all)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        if any(error):  # nobody waits for what runs
            for each in self._all:
                each.halt()
        self._threads.shutdown(cancel_futures=True)
        for each in self._all:
            each.close()

    def submit(self, works: Mapping[str, Work]) -> Future[dict[str, Run]]:
        """Run one learner's notebooks in one sandbox."""
        if len(self._running) >= self._begun < self.size:
            self._grow()
        done = self._threads.submit(self._run, works)
        self._running.add(done)
        done.add_done_callback(self._running.discard)
        return done

    def _grow(self) -> None:
        self._threads.submit(self._begin, self._all[self._begun])
        self._begun += 1

    def _begin(self, sandbox: Sandbox) -> None:
        """Start a sandbox, which nobody else may use before; one that does not start says so when it is to run."""
        try:
            sandbox.start()
        finally:
            self._free.put(sandbox)

    def _run(self, works: Mapping[str, Work]) -> dict[str, Run]:
        sandbox = self._free.get()
        try:
            return {
                name: sandbox.run(work.notebook, work.files, work.plan)
                for name, work in works.items()
                if not self._stop.is_set()
            }
        finally:
            self._free.put(sandbox)
