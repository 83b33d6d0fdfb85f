"""The images of an engine: Python as it is when it has started, made once by Deno so that no learner waits for it."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from deno import find_deno_bin  # type: ignore[import-untyped]

from build_scripts.errors import BrokenTool

if TYPE_CHECKING:
    from build_scripts.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "site/engine"
MAKER = SOURCE / "make.ts"
MADE_FROM = tuple(SOURCE / f"{name}.ts" for name in ("image", "lazy", "make", "references", "start"))
"""The sources that decide what is in an image."""
INDEX = "images.json"
MADE = ("first.pack", "files.pack", INDEX, "grader.img", "lesson.img", "notebook.img")
STDLIB = "python_stdlib.zip"
TIMEOUT_S = 300
EARLIEST = (1980, 1, 1, 0, 0, 0)


def store(archive: Path) -> None:
    """Write a zip archive anew without compression, in order and without times.

    Python reads it as before, and the network's compression then works on all of it at once: 1.6 MB instead of 2.5 for
    the standard library.
    """
    with zipfile.ZipFile(archive) as packed:
        files = [(info.filename, packed.read(info)) for info in packed.infolist() if not info.is_dir()]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as plain:
        for name, data in sorted(files):
            plain.writestr(zipfile.ZipInfo(name, EARLIEST), data)


def make(engine: Path, report: Progress) -> None:
    """Make the images of an engine in its folder, from its core, its lock and its wheels.

    Raises:
        BrokenTool: an image could not be made; carries what Deno said. A JavaScript object that Python holds and no
            image can keep is among the reasons.
    """
    folder = str(engine.resolve())
    command = [find_deno_bin(), "run", "--quiet", "--no-config", "--no-lock", "--no-prompt"]
    with report.step("Making the images of a started Python"):
        done = subprocess.run(
            [*command, f"--allow-read={folder},{SOURCE}", f"--allow-write={folder}", str(MAKER), folder, folder],
            env=os.environ | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    if done.returncode or not all((engine / name).is_file() for name in MADE):
        said = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-12:])
        raise BrokenTool(f"The image of a started Python could not be made.\n{said}")
