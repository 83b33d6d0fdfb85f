"""A PostgreSQL of our own for tests: found, or Debian's installed; each server lives in a folder and goes with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
PATIENCE_S = 60


class NoPostgres(Exception):
    """There is none, and none could be installed."""


def find() -> Path | None:
    """Return the folder of PostgreSQL's programs; None when there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    there = [path for place in PLACES for path in sorted(Path("/").glob(place[1:])) if (path / "initdb").exists()]
    return there[-1] if there else None


def get() -> Path:
    """Return the folder of PostgreSQL's programs, installing Debian's when there is none.

    Raises:
        NoPostgres: every way failed.
    """
    if found := find():
        return found
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Setting up: PostgreSQL for the tests", flush=True)
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "postgresql"]):
            subprocess.run(command, check=False, capture_output=True, timeout=900)  # its failure shows in `find`
    if found := find():
        return found
    raise NoPostgres("There is no PostgreSQL on this machine (initdb, postgres), and none could be installed.")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server on a free port of the loopback interface; hands out the address of an empty database."""
    programs, data = get(), folder / "data"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if is_root else []
    if is_root:
        shutil.chown(folder, "postgres")
        for parent in folder.parents:
            if parent != Path("/tmp") and parent.is_relative_to("/tmp"):
                parent.chmod(parent.stat().st_mode | 0o011)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = [
        *as_other,
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "tests",
        "--auth=trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    subprocess.run(made, check=True, capture_output=True, cwd="/")
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        command = [*as_other, str(programs / "postgres"), "-D", str(data), *options]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
    try:
        _wait(programs, port, process, folder / "log")
        yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait(30)


def _wait(programs: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    ask = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    while subprocess.run(ask, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoPostgres(f"PostgreSQL did not start:\n{log.read_text('utf-8', 'replace')[-1000:]}")
        time.sleep(0.1)


if __name__ == "__main__":
    get()
