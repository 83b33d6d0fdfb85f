"""Brotli at its best for every file that a careful host compresses, kept by content between runs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from deno import find_deno_bin

from build_scripts import static
from build_scripts.wheels import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from build_scripts.progress import Progress

SCRIPT = Path(__file__).with_name("brotli.mjs")


class Packs:
    """Compressed bytes by content: the same file costs the same on the network, whoever serves it."""

    def __init__(self, kept: Path) -> None:
        self.kept = kept

    def prepare(self, places: Iterable[Path], report: Progress) -> None:
        """Compress files, and what folders hold, unless that is kept already."""
        self.kept.mkdir(parents=True, exist_ok=True)
        found = (path for place in places for path in (place.rglob("*") if place.is_dir() else [place]))
        files = [path for path in found if path.is_file() and compresses(path)]
        missing = {target: path for path in files if not (target := self._target(path)).exists()}
        if not missing:
            return
        lines = "".join(f"{source}\t{target}\n" for target, source in missing.items())
        with report.step(f"Compressing {len(missing)} files with brotli"):
            command = [find_deno_bin(), "run", "--no-config", "--allow-read", "--allow-write", str(SCRIPT)]
            subprocess.run(command, input=lines, text=True, check=True)

    def read(self, path: Path) -> bytes | None:
        """Return a file's bytes after brotli; None when it is not to be compressed, was not prepared or grows."""
        target = self._target(path)
        if not compresses(path) or not target.exists():
            return None
        packed = target.read_bytes()
        return packed if len(packed) < path.stat().st_size else None

    def _target(self, path: Path) -> Path:
        """Return where a file's compressed bytes are, or shall be: beside it where the build left them."""
        beside = path.with_name(f"{path.name}.br")
        return beside if beside.is_file() else self.kept / f"{sha256(path)}.br"


def compresses(path: Path) -> bool:
    """Return whether a careful host sends a file compressed: the rule of our own server."""
    kind = static.TYPES.get(path.suffix.lower(), "")
    return bool(static.COMPRESSED.match(kind)) and path.stat().st_size >= static.COMPRESSED_FROM_BYTES
