"""Dask workers of our own for tests and bench: a scheduler and some processes, on loopback."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil

SCHEDULER, WORKER = ([sys.executable, "-m", f"distributed.cli.dask_{name}"] for name in ("scheduler", "worker"))


class Dask:
    """A scheduler at `address`, and `workers`, each with one thread; all that they keep is in `folder`."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._scheduler = self._start([*SCHEDULER, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"])
        options = [self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        options += ["--local-directory", str(folder / "work"), "--memory-limit", "0"]
        self.workers = [self._start([*WORKER, *options]) for _ in range(count)]

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        processes = [*self.workers, self._scheduler]
        sandboxes = [child for each in processes for child in _children(each.pid)]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in sandboxes:
            with contextlib.suppress(psutil.Error):
                child.kill()


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


@contextmanager
def workers(folder: Path, count: int) -> Iterator[str]:
    """Run some workers and hand out the address of their scheduler."""
    with Dask(folder, count) as made:
        yield made.address
