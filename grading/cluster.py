"""Runs notebooks on other machines: on Dask workers, each with sandboxes of its own.

    dask scheduler
    dask worker tcp://SCHEDULER:8786 --nthreads 1 --nworkers 2     on each machine, with `passerelle[cluster]` installed
    grading grade ASSIGNMENT --cluster tcp://SCHEDULER:8786

A worker gets the engine once and keeps it under the hash of its content, with sandboxes that run until the worker ends.
Of a course it gets nothing but the notebooks it runs and the files beside them; what it gives back is JSON. When a
worker is lost, Dask gives its notebooks to another. Whoever can reach a scheduler can run programs on its workers: give
it a network of its own, or Dask's TLS.
"""

from __future__ import annotations

import io
import json
import os
import queue
import tempfile
import zipfile
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from distributed import Client, WorkerPlugin

from grading import sandbox
from grading.errors import Fault
from grading.limits import Limits
from grading.pool import Work
from grading.runs import key
from grading.sandbox import Part, Run, Sandbox, default_engine

PATIENCE = "10s"


class Engine(WorkerPlugin):  # type: ignore[misc]
    """Brings the engine to a worker that does not have it, and keeps the worker's sandboxes.

    Args:
        engine: its hash.
        packed: its files, as a zip.
    """

    def __init__(self, engine: str, packed: bytes, limits: Limits) -> None:
        self.hash = engine
        self.packed = packed
        self.name = plugin_name(engine, limits)
        self.limits = limits
        self.all: list[Sandbox] = []

    def setup(self, worker: Any) -> None:  # noqa: ARG002
        """Write the engine's files, whole or not at all, unless they are there."""
        self.folder = _kept() / self.hash
        if not self.folder.exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".new-") as made:
                new = Path(made) / "engine"
                with zipfile.ZipFile(io.BytesIO(self.packed)) as archive:
                    archive.extractall(new)
                try:
                    new.rename(self.folder)
                except OSError:
                    if not self.folder.exists():  # another worker of this machine was faster
                        raise
        self.packed = b""
        self.free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()  # not before: a queue cannot be sent

    def teardown(self, worker: Any) -> None:  # noqa: ARG002
        """End the sandboxes."""
        for each in self.all:
            each.close()

    def sandbox(self) -> Sandbox:
        """Return a sandbox that nobody uses; give it back to `free`."""
        try:
            return self.free.get_nowait()
        except queue.Empty:
            made = Sandbox(self.folder, self.limits)
            self.all.append(made)
            return made


def _kept() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "passerelle" / "engines"


class Cluster:
    """A pool of Dask workers; see `pool.Pool`.

    Args:
        address: of the scheduler, such as `tcp://10.0.0.5:8786`.

    Raises:
        Fault: nobody answers there, or no worker does.
        SandboxUnavailable: there is no engine here that could be sent.
    """

    def __init__(self, address: str, engine: Path | None, limits: Limits) -> None:
        folder = engine or default_engine()
        self.engine = Sandbox(folder, limits).engine_hash
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise Fault(f"no Dask scheduler answers at {address}: {error}", "dask scheduler") from error
        if not self._client.nthreads():
            self._client.close()
            raise Fault(f"the Dask scheduler at {address} has no workers", f"dask worker {address} --nthreads 1")
        self._name = plugin_name(self.engine, limits)
        if not all(self._client.run(_has, self._name).values()):
            self._client.register_plugin(Engine(self.engine, _packed(folder, self.engine), limits), name=self._name)
        self._executor = self._client.get_executor(pure=False)

    @property
    def size(self) -> int:
        """How many notebooks run at once: workers come and go."""
        return sum(self._client.nthreads().values()) or 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()

    def submit(self, works: Mapping[str, Work]) -> Future[dict[str, Run]]:
        """Run one learner's notebooks on one worker."""
        parts = {name: {at: asdict(part) for at, part in work.plan.items()} for name, work in works.items()}
        sent = {name: (json.dumps(work.notebook), dict(work.files), parts[name]) for name, work in works.items()}
        answer: Future[dict[str, Run]] = Future()

        def heard(done: Future[str]) -> None:
            try:
                answer.set_result(_runs(done.result()))
            except BaseException as error:
                answer.set_exception(error)

        self._executor.submit(run, self._name, sent).add_done_callback(heard)
        return answer


def plugin_name(engine: str, limits: Limits) -> str:
    """Return the name of the plugin that holds an engine and its sandboxes: whoever brings another has another."""
    return f"passerelle-{key(engine, asdict(limits))}"


def _has(name: str, dask_worker: Any) -> bool:
    """Return whether a worker has a plugin; Dask hands the worker in by the name of the parameter."""
    return name in dask_worker.plugins


def run(name: str, sent: Mapping[str, tuple[str, Mapping[str, bytes], Mapping[int, Mapping[str, Any]]]]) -> str:
    """Run notebooks on the worker that this is called on, and return JSON."""
    from distributed import get_worker  # noqa: PLC0415 (only there)

    plugin: Engine = get_worker().plugins[name]
    box = plugin.sandbox()
    try:
        ran = {}
        for each, (notebook, files, parts) in sent.items():
            plan = {at: Part(**part) for at, part in parts.items()}
            ran[each] = asdict(box.run(json.loads(notebook), files, plan))
        return json.dumps(ran)
    finally:
        plugin.free.put(box)


def _runs(text: str) -> dict[str, Run]:
    found: dict[str, dict[str, Any]] = json.loads(text)
    return {
        name: Run(
            notebook=each["notebook"],
            problems=[sandbox.Problem(**problem) for problem in each["problems"]],
            engine=each["engine"],
            seconds=each["seconds"],
            profiles={int(at): profile for at, profile in each["profiles"].items()},
        )
        for name, each in found.items()
    }


def _packed(folder: Path, name: str) -> bytes:
    """Return the engine's files as a zip, which is kept: workers that come later need it too."""
    place = _kept() / f"{name}.zip"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.NamedTemporaryFile(dir=place.parent, prefix=".new-", delete=False) as new,
            zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            for path in sorted(folder.iterdir()):
                if path.is_file():
                    archive.write(path, path.name)
        Path(new.name).replace(place)
    return place.read_bytes()
