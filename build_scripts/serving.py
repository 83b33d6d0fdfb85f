"""The engine as a web host has it: every name says its content, every file lies there in three encodings."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli  # type: ignore[import-untyped]

from build_scripts import output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
MADE = ("lesson.img", "notebook.img", "first.pack", "files.pack")
GRADER = ("grader.img",)
"""What only the grader needs, which takes the engine from where it was built."""
MODULE = "engine.mjs"
FIRST_LOAD = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "lesson.img")
"""What a first cell waits for, besides the engine's module."""
DIGITS = 10
BEST = 11
GOOD = 9
"""Qualities of brotli: the best takes a second a megabyte, so only what everybody waits for gets it."""
WINDOW_BITS = 24


@dataclass(frozen=True)
class Published:
    """What pages need to know of the engine beside them."""

    engine: str
    """The engine's hash."""
    module: str
    """Name of the module that exports `loadPyodide`."""
    bytes: int
    """What a first cell downloads, in the best encoding."""
    inputs: str
    """What it was published from, see `fingerprint`."""


def publish(engine: Path, code: str, into: Path, cache: Path) -> Published:
    """Put an engine into the site, named after its content and compressed, and return what pages need to know.

    Args:
        engine: the built engine's folder.
        code: the bundled `site/engine/engine.ts`, without its facts.
        into: folder in the site; replaced as a whole, only when all is there.
        cache: compressed files of earlier builds, by the sha256 of what they hold.
    """
    staged = into.with_name(f".{into.name}.next")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    files = {name: _place(engine / name, staged) for name in (*CORE, *MADE)}
    lock = json.loads((engine / "pyodide-lock.json").read_text("utf-8"))
    for package in lock["packages"].values():
        package["file_name"] = _place_wheel(engine / package["file_name"], staged)
    text = _module(engine, code, files, lock)
    module = staged / f"engine-{_digest(text.encode())}.mjs"
    module.write_text(text, "utf-8")
    jobs = [(path, BEST if name in FIRST_LOAD else GOOD) for name, path in files.items()]
    _compress([*jobs, (module, BEST)], cache)
    first = [*(files[name] for name in FIRST_LOAD), module]
    output.replace(staged, into)
    size = sum((into / f"{path.name}.br").stat().st_size for path in first)
    return Published(_hash(engine), module.name, size, fingerprint(engine, code))


def complete(engine: Path, code: str) -> None:
    """Put the module that starts an engine beside the files that it was built of, for the grader.

    Args:
        engine: the built engine's folder.
        code: the bundled `site/engine/engine.ts`, without its facts.
    """
    files = {name: engine / name for name in (*CORE, *MADE, *GRADER)}
    lock = json.loads((engine / "pyodide-lock.json").read_text("utf-8"))
    output.write(engine / MODULE, _module(engine, code, files, lock).encode())


def _module(engine: Path, code: str, files: Mapping[str, Path], lock: Mapping[str, Any]) -> str:
    facts: dict[str, Any] = {
        "hash": _hash(engine),
        "files": {name: {"name": path.name, "size": path.stat().st_size} for name, path in files.items()},
        "lock": json.dumps(lock, separators=(",", ":")),
        **json.loads((engine / "images.json").read_text("utf-8")),
    }
    return f"const ENGINE={json.dumps(facts, separators=(',', ':'))};\n{code}"


def _hash(engine: Path) -> str:
    return str(json.loads((engine / "engine.json").read_text("utf-8"))["hash"])


def fingerprint(engine: Path, code: str) -> str:
    """Return a hash over all that is published: the built engine, the module's code, and how this module works."""
    parts = [(engine / "engine.json").read_bytes(), code.encode(), Path(__file__).read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _place(source: Path, into: Path) -> Path:
    stem, suffix = source.stem, source.suffix
    target = into / f"{stem}-{_digest(source.read_bytes())}{suffix}"
    output.link(str(source), str(target))
    return target


def _place_wheel(source: Path, into: Path) -> str:
    """Place a wheel under a name with a build tag, which is where PEP 427 has room for a digest."""
    name, version, tags = source.name.split("-", 2)
    target = into / f"{name}-{version}-0{_digest(source.read_bytes())}-{tags}"
    output.link(str(source), str(target))
    return target.name


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def _compress(jobs: Iterable[tuple[Path, int]], cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        for path, packed in pool.map(_packed, *zip(*((path, quality, cache) for path, quality in jobs), strict=True)):
            for suffix, source in packed.items():
                output.link(str(source), f"{path}{suffix}")


def _packed(path: Path, quality: int, cache: Path) -> tuple[Path, dict[str, Path]]:
    """Return a file's compressed forms by suffix, from the cache where they are there."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    forms = {".br": cache / f"{digest}.{quality}.br", ".gz": cache / f"{digest}.gz"}
    if not forms[".br"].exists():
        output.write(forms[".br"], brotli.compress(data, quality=quality, lgwin=WINDOW_BITS))
    if not forms[".gz"].exists():
        output.write(forms[".gz"], gzip.compress(data, 9, mtime=0))
    return path, forms


def note(published: Published) -> str:
    """Return what `read` reads."""
    return json.dumps(asdict(published))


def read(path: Path) -> Published | None:
    """Return what was published last; None when nothing was."""
    try:
        return Published(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
