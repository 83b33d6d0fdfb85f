"""The engine: Pyodide, its wheels and their lock in one folder, for lesson pages, JupyterLite and the grader alike."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deno import find_deno_bin  # type: ignore[import-untyped]
from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION
from packaging.utils import canonicalize_name
from pyodide_lock import PyodideLockSpec
from rich.markup import escape

from build_scripts import images, wheels
from build_scripts.audit import Core, audit
from build_scripts.distribution import open_distribution
from build_scripts.errors import BrokenTool, Fault, NoDownload
from build_scripts.locking import lock
from build_scripts.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "build_scripts/requirements/engine.txt"
RUNTIME = ROOT / "build_scripts/runtime"
OURS = (RUNTIME / "passerelle_runtime", RUNTIME / "drawing")
DENO_LOCK = ROOT / "site/deno.lock"
CACHE = ROOT / ".cache"
CORE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
INDEX = "engine.json"
LATER = {"jedi": "pyodide-kernel", "prompt-toolkit": "pyodide-kernel"}
"""Six megabytes that only help typing: lesson cells and the grader do without, JupyterLite's kernel asks for them."""
TOO = {"pygal": {"passerelle-drawing"}}
"""Packages that another needs although its metadata does not say so."""


@dataclass(frozen=True)
class Engine:
    """A finished engine: its folder and what `engine.json` in it says."""

    folder: Path
    index: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """sha256 over all names and hashes, hexadecimal: what ran for the learner is what runs for the trainer."""
        return str(self.index["hash"])

    @property
    def files(self) -> list[str]:
        """Names of all files that a host has to serve, `engine.json` not among them."""
        return list(self.index["files"])


def build(into: Path, pyodide: str | None = None, report: Progress | None = None) -> Engine:
    """Make the engine in the folder `into` and return it; return at once when it is there and nothing changed.

    The folder is written beside and swapped in when complete, so that an interrupted build leaves the old one.

    Args:
        into: folder of the engine, such as `_build/engine`; replaced.
        pyodide: a fuller Pyodide distribution: folder, tarball or URL; None for the core from the npm package.
        report: where to tell what happens; silent when None.

    Raises:
        NoDownload: a part could not be fetched.
        BadWheel: a wheel does not fit this Pyodide.
        BadDistribution: the distribution is damaged, incomplete or of another version.
    """
    report = report or Progress(quiet=True)
    inputs = fingerprint(pyodide)
    present = read(into)
    if present and present.index.get("inputs") == inputs and not damaged(present):
        report.line(f"Engine: nothing to do ({PYODIDE_VERSION}, {len(present.files)} files)")
        return present
    beside = into.with_name(f"{into.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        _fill(beside, pyodide, report)
        index = _write_index(beside, inputs)
        _swap(beside, into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    size = sum(file["size"] for file in index["files"].values())
    report.line(f"Engine: Pyodide {PYODIDE_VERSION}, {len(index['packages'])} packages, {size / 1e6:.1f} MB")
    return Engine(into, index)


def _fill(folder: Path, pyodide: str | None, report: Progress) -> None:
    core = npm_package(report)
    for name in CORE_FILES:
        shutil.copyfile(core / name, folder / name)
    images.store(folder / images.STDLIB)
    base = PyodideLockSpec.from_json(core / LOCK)
    base.packages = {}
    target = wheels.Target(base.info.python, base.info.abi_version or "")
    more = None
    if pyodide is not None:
        more = open_distribution(pyodide, PYODIDE_VERSION, base, CACHE / "distributions", report)
        base = more.lock
    ours = wheels.copy(wheels.fetch(REQUIREMENTS, CACHE / "wheels", target, report), folder)
    ours += wheels.copy(wheels.kernel_wheels(), folder)
    ours += [wheels.pack(source, folder) for source in OURS]
    merged = lock(base, ours, target, LATER, TOO)
    theirs = {package.file_name for package in merged.packages.values()} - {wheel.name for wheel in ours}
    if more:
        wheels.copy((more.folder / name for name in sorted(theirs)), folder)
    offered = Core.read(folder)
    their_wheels = [folder / name for name in sorted(theirs) if name.endswith(".whl")]
    with report.count(f"Auditing {len(ours) + len(their_wheels)} wheels", len(ours) + len(their_wheels)) as advance:
        for wheel in ours + their_wheels:
            # a distribution keeps shared libraries in packages of their own, so its symbols are not all in the core
            audit(wheel, target, offered if wheel in ours else None)
            advance(1)
    write_lock(merged, folder / LOCK)
    images.make(folder, report)


def write_lock(spec: PyodideLockSpec, path: Path) -> None:
    """Write a lock; `info.version` is written too, which pyodide-lock leaves out and older readers ask for."""
    data = spec.to_dict()
    data["info"]["version"] = PYODIDE_VERSION
    path.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", "utf-8")


def _write_index(folder: Path, inputs: str) -> dict[str, Any]:
    names = sorted(path.name for path in folder.iterdir() if path.name != INDEX)
    files = {name: {"sha256": wheels.sha256(folder / name), "size": (folder / name).stat().st_size} for name in names}
    spec = PyodideLockSpec.from_json(folder / LOCK)
    # Images follow from the rest, and hold the time and the seeds of the moment in which they were made.
    listing = "".join(f"{name} {file['sha256']}\n" for name, file in files.items() if name not in images.MADE)
    index = {
        "pyodide": PYODIDE_VERSION,
        "python": ".".join(spec.info.python.split(".")[:2]),
        "hash": hashlib.sha256(listing.encode()).hexdigest(),
        "files": files,
        "packages": {canonicalize_name(name): package.version for name, package in spec.packages.items()},
        "inputs": inputs,
    }
    (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", "utf-8")
    return index


def _swap(beside: Path, into: Path) -> None:
    old = into.with_name(f"{into.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if into.exists():
        into.rename(old)
    beside.rename(into)
    shutil.rmtree(old, ignore_errors=True)


def read(folder: Path) -> Engine | None:
    """Return the engine in a folder, None when there is none or its index cannot be read."""
    try:
        return Engine(folder, json.loads((folder / INDEX).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def damaged(engine: Engine) -> list[str]:
    """Return the names of the files that are missing or differ from the index."""
    expected = {name: file["sha256"] for name, file in engine.index["files"].items()}
    found = {name: wheels.sha256(engine.folder / name) for name in expected if (engine.folder / name).is_file()}
    return [name for name, digest in expected.items() if found.get(name) != digest]


def fingerprint(pyodide: str | None) -> str:
    """Return a hash over all that the engine is made from: versions, requirements, our sources, the kernel's wheels.

    A distribution counts by its name and by size and time of its files.
    """
    ours = [path for path in RUNTIME.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    steps = [
        ROOT / "build_scripts" / f"{name}.py"
        for name in ("audit", "distribution", "engine", "images", "locking", "wheels")
    ]
    lines = [PYODIDE_VERSION, pyodide or ""]
    sources = sorted([*ours, *steps, *images.MADE_FROM, REQUIREMENTS])
    lines += [f"{path.relative_to(ROOT).as_posix()} {wheels.sha256(path)}" for path in sources]
    lines += [f"{path.name} {wheels.sha256(path)}" for path in wheels.kernel_wheels()]
    if pyodide and "://" not in pyodide:
        given = Path(pyodide)
        files = [given] if given.is_file() else sorted(path for path in given.rglob("*") if path.is_file())
        lines += [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def npm_package(report: Progress) -> Path:
    """Return the folder of the npm package `pyodide`, fetched by Deno and checked against site/deno.lock.

    Raises:
        NoDownload: it is not in Deno's cache and could not be fetched, or differs from the lock.
        Fault: the lock does not hold the version that the notebooks' kernel needs.
    """
    name = f"pyodide@{PYODIDE_VERSION}"
    text = DENO_LOCK.read_text("utf-8")
    if name not in json.loads(text).get("npm", {}):
        message = f"site/deno.lock does not hold {name}, the version that the notebooks' kernel needs"
        raise Fault(message, f'Set "pyodide": "npm:{name}" in site/deno.json, then run `deno install` in site/.')
    with tempfile.TemporaryDirectory(prefix="deno-") as folder:
        Path(folder, "deno.lock").write_text(text, "utf-8")
        with report.step(f"Fetching Pyodide {PYODIDE_VERSION}"):
            done = _deno(folder, "cache", f"npm:{name}")
        if done.returncode:
            message = f"Pyodide {PYODIDE_VERSION} could not be fetched.\n{_said(done.stderr)}"
            raise NoDownload(message, "Check the connection and run the build again; it is needed once only.")
        info = _deno(folder, "info", "--json", f"npm:{name}")
    if info.returncode:
        message = f"Deno could not tell where Pyodide is.\n{_said(info.stderr)}"
        raise BrokenTool(message, "make setup")
    return Path(json.loads(info.stdout)["npmPackages"][name]["localPath"])


def _deno(folder: str, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["--quiet", "--no-config", "--lock=deno.lock", "--node-modules-dir=none"]
    return subprocess.run(
        [find_deno_bin(), command, *options, *arguments],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _said(text: str) -> str:
    lines = text.split("Stack backtrace", maxsplit=1)[0].strip().splitlines()
    return "\n".join(f"    {line.strip()}" for line in lines[-5:])


def main() -> int:
    """Build the engine alone: python -m build_scripts.engine [DISTRIBUTION]."""
    report = Progress()
    try:
        build(ROOT / "_build/engine", sys.argv[1] if len(sys.argv) > 1 else None, report)
    except Fault as fault:
        report.console.print("[red]ERROR[/red]", escape(fault.what))
        report.console.print("[yellow]TIP[/yellow]  ", escape(fault.fix))
        return fault.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
