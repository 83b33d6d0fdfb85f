"""The sandbox's process: Deno without any permission but to read the engine, and the words exchanged with it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import queue
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from grading.errors import SandboxUnavailable
from grading.limits import MIB, Limits

RUNNER = Path(__file__).parent / "runner"
START_S = 120
WATCH_S = 0.25
# Beside the learner's memory: V8, the compiled engine and the interpreter that waits for the next notebook.
OVERHEAD_BYTES = 1024 * MIB

type Report = dict[str, Any]


class Died(Exception):
    """The process ended, or was ended because it did not answer or grew too large (`why`)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Deno:
    """One running process; `say` gives it a command, `hear` waits for its next report.

    It has no secrets of this process in its environment, an empty folder to stand in, and is its own process group, so
    that `close` ends all of it. With `apart` it makes the second interpreter ready before it is asked for.

    Raises:
        SandboxUnavailable: there is no Deno, or it cannot start the engine.
    """

    def __init__(self, engine: Path, limits: Limits, *, apart: bool = False) -> None:
        self._engine = engine
        self._most_bytes = 2 * limits.memory_bytes + OVERHEAD_BYTES
        self._key = secrets.token_bytes(32)
        self._heard: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._errors: deque[bytes] = deque(maxlen=40)
        self._folder = tempfile.TemporaryDirectory(prefix="passerelle-", ignore_cleanup_errors=True)
        home = Path(self._folder.name)
        (home / "empty").mkdir()
        self._process = subprocess.Popen(
            [find(), *arguments(engine, limits), str(RUNNER / "main.ts"), str(engine), *(["apart"] if apart else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=home / "empty",
            env=environment(home),
            start_new_session=sys.platform != "win32",
        )
        self._watched = psutil.Process(self._process.pid)
        self._stdin: IO[bytes] = self._process.stdin  # type: ignore[assignment]  # a pipe, as asked above
        for work, stream in ((self._listen, self._process.stdout), (self._errors.extend, self._process.stderr)):
            threading.Thread(target=work, args=(stream,), daemon=True).start()
        try:
            self.say({"type": "hello", "key": self._key.hex()})
            report = self.hear(START_S)
        except Died as died:
            self.close()
            raise SandboxUnavailable(f"Deno cannot start the engine in {engine}: {self.errors() or died.why}") from died
        if report["type"] != "ready":
            self.close()
            raise SandboxUnavailable(f"Deno answered {report['type']!r} instead of 'ready'")

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """What the process holds of the machine's memory now; 0 when it is gone."""
        try:
            return int(self._watched.memory_info().rss)
        except psutil.Error:
            return 0

    def errors(self) -> str:
        """Return the end of what the process wrote to stderr; learner code may have written it."""
        return b"".join(self._errors).decode(errors="replace")[-2000:].strip()

    def say(self, command: Mapping[str, Any], blobs: list[bytes] | None = None) -> None:
        """Send a command: length, JSON header, blobs.

        Raises:
            Died: the process is gone.
        """
        blobs = blobs or []
        header = json.dumps({**command, "sizes": [len(blob) for blob in blobs]}).encode()
        try:
            self._stdin.write(b"".join([struct.pack(">I", len(header)), header, *blobs]))
            self._stdin.flush()
        except (OSError, ValueError) as error:
            raise Died("ended") from error

    def hear(self, patience_s: float) -> Report:
        """Return the next report; files of the engine that the process asks for are given on the way.

        Raises:
            Died: it ended (`ended`), was ended after `patience_s` seconds of silence (`silent`), or because it held
                more memory than two interpreters may (`memory`).
        """
        deadline = time.monotonic() + patience_s
        while True:
            try:
                report = self._heard.get(timeout=WATCH_S)
            except queue.Empty:
                if self.memory_bytes > self._most_bytes:
                    self.close()
                    raise Died("memory") from None
                if time.monotonic() > deadline:
                    self.close()
                    raise Died("silent") from None
                continue
            if report is None:
                raise Died("ended")
            if report["type"] != "need":
                return report
            self._give(report["name"])

    def close(self) -> None:
        """End the process and all that belongs to it; nothing is left behind, however often this is called."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._folder.cleanup()

    def _give(self, name: str) -> None:
        """Send a wheel of the engine, if it is as engine.json has it."""
        path = self._engine / name
        listed = json.loads((self._engine / "engine.json").read_text(encoding="utf-8"))["files"]
        content = path.read_bytes() if name in listed and path.is_file() else b""
        if not content or hashlib.sha256(content).hexdigest() != listed[name]["sha256"]:
            raise SandboxUnavailable(f"{path} is not the file that engine.json lists.", "make build")
        self.say({"type": "wheel", "name": name}, [content])

    def _listen(self, stream: IO[bytes]) -> None:
        """Queue the reports that carry the right sum and the next number; all else is noise from learner code."""
        number = 0
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                parts = line.rstrip(b"\n").split(b" ", 2)
                if len(parts) != 3:
                    continue
                sum_hex, said_number, body = parts
                expected = hmac.digest(self._key, said_number + b" " + body, "sha256").hex().encode()
                if hmac.compare_digest(sum_hex, expected) and said_number == str(number).encode():
                    number += 1
                    self._heard.put(json.loads(body))
        self._heard.put(None)


def find() -> str:
    """Return the path of the Deno that came with the environment, else of one on the PATH.

    Raises:
        SandboxUnavailable: there is none.
    """
    with contextlib.suppress(ImportError, FileNotFoundError):
        from deno import find_deno_bin  # type: ignore[import-untyped]  # noqa: PLC0415 - a Deno of the PATH also does

        return str(find_deno_bin())
    if found := shutil.which("deno"):
        return found
    raise SandboxUnavailable("Deno is not installed, and learner code runs nowhere else.", "make setup")


def arguments(engine: Path, limits: Limits) -> list[str]:
    """Return Deno's arguments: every permission denied but to read the engine and this program's own source.

    The program gives up reading, too, before it starts a worker. V8 compiles no JavaScript from strings, in any
    thread, so learner code cannot write any.
    """
    denied = ("net", "run", "write", "env", "ffi", "sys", "import")
    return [
        "run",
        "--quiet",
        "--no-prompt",
        *(f"--deny-{permission}" for permission in denied),
        "--no-remote",
        "--no-npm",
        "--cached-only",
        "--no-config",
        "--no-lock",
        f"--allow-read={_escaped(engine)},{_escaped(RUNNER)}",
        f"--v8-flags=--wasm-max-mem-pages={limits.memory_pages},--disallow-code-generation-from-strings,--expose-gc",
    ]


MALLOC = {"MALLOC_MMAP_THRESHOLD_": "1048576"}
"""glibc raises this by itself, and then keeps what was freed: 55 MB of 374 MB of a sandbox."""


def environment(home: Path) -> dict[str, str]:
    """Return the environment of the process: Deno's own folders in `home`, and what Windows cannot do without."""
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {
        "DENO_DIR": str(home / "deno"),
        "HOME": str(home),
        "DENO_NO_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
        **MALLOC,
        **needed,
    }


def _escaped(path: Path) -> str:
    """Return a path as Deno's lists have it, where a comma stands between two paths.

    >>> _escaped(Path("a,b"))
    'a,,b'
    """
    return str(path).replace(",", ",,")
