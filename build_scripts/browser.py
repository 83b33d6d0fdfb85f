"""The browser side: `site/browser/*.ts` bundled by Deno into files named after their content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from build_scripts.errors import BrokenTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from build_scripts.progress import Progress

WHEN_NEEDED = (
    "cards",
    "editor",
    "exercise",
    "explain",
    "frame",
    "glossary",
    "html",
    "join",
    "keys",
    "mine",
    "question",
    "reading",
)
"""Scripts that pages fetch when they need them; `site/browser/scripts.ts` says what each holds."""

ENTRIES = ("page", "visit", "worker", "lite-visit", "lite", "lite-kernel", *WHEN_NEEDED)
BEFORE_MODULES = frozenset({"lite"})
"""Scripts that run before any module can."""

SERVICE_WORKER = "sw"
INDEX = "bundle.json"
FOLDER = "assets/passerelle"
"""Where the bundles lie below the site's root."""


@dataclass(frozen=True)
class Bundle:
    """Names of the bundled files; empty when there is no bundle."""

    page: str = ""
    visit: str = ""
    lite_visit: str = ""
    worker: str = ""
    lite: str = ""
    lite_kernel: str = ""
    when_needed: Mapping[str, str] = field(default_factory=dict)
    """Names of the other scripts, by entry."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Language → catalogue of what errors mean."""


def read(folder: Path) -> Bundle:
    """Return the names that the last `bundle` wrote into a folder; an empty bundle when it never ran."""
    index = folder / INDEX
    return Bundle(**json.loads(index.read_text("utf-8"))) if index.exists() else Bundle()


def bundle(site: Path, into: Path, report: Progress) -> Bundle:
    """Bundle the entries of `site/browser` into a folder and return their names, which carry their content's hash.

    Files of earlier runs go. The dependencies come from Deno's cache, pinned by `site/deno.lock`.

    Raises:
        BrokenTool: Deno found an error; carries its words.
    """
    staged = into.with_name(f"{into.name}.next")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    names = {}
    when_needed = {}
    with report.step("Bundling the browser side"):
        for entry in ENTRIES:
            draft = staged / f"{entry}.js"
            script(site, entry, draft)
            if entry in WHEN_NEEDED:
                when_needed[entry] = _named(draft).name
            else:
                names[entry.replace("-", "_")] = _named(draft).name
        errors = {}
        for catalogue in sorted((site / "theme/errors").glob("*.json")):
            texts = json.loads(catalogue.read_text("utf-8"))
            draft = staged / f"errors-{catalogue.name}"
            draft.write_text(json.dumps(texts, ensure_ascii=False, separators=(",", ":")), "utf-8")
            errors[catalogue.stem] = _named(draft).name
    result = Bundle(**names, when_needed=when_needed, errors=errors)
    (staged / INDEX).write_text(json.dumps(asdict(result)), "utf-8")
    shutil.rmtree(into, ignore_errors=True)
    staged.rename(into)
    return result


def _named(draft: Path) -> Path:
    """Give a file a name that carries its content's hash."""
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()[:10]
    return draft.rename(draft.with_name(f"{draft.stem}-{digest}{draft.suffix}"))


def deno() -> str:
    """Return the path of the Deno that belongs to this Python environment."""
    beside = Path(sys.executable).with_name("deno")
    return str(beside) if beside.exists() else "deno"


def engine(site: Path) -> str:
    """Return `site/engine/engine.ts` as one module, without the facts that stand before it.

    Raises:
        BrokenTool: Deno found an error; carries its words.
    """
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        draft = Path(folder) / "engine.mjs"
        _bundle(site, "engine/engine.ts", draft)
        return draft.read_text("utf-8")


def script(site: Path, entry: str, into: Path) -> None:
    """Bundle one entry of `site/browser` into one file.

    Raises:
        BrokenTool: Deno found an error; carries its words.
    """
    _bundle(site, f"browser/{entry}.ts", into, form="iife" if entry in BEFORE_MODULES else "esm")


def _bundle(site: Path, source: str, into: Path, form: str = "esm") -> None:
    command = [deno(), "bundle", "--quiet", "--platform", "browser", "--minify", "--frozen", "-o", str(into)]
    done = subprocess.run(
        [*command, "--format", form, source],
        cwd=site,
        env={**os.environ, "NO_COLOR": "1", "DENO_NO_UPDATE_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not into.exists():
        raise BrokenTool(f"deno bundle site/{source} failed:\n{done.stderr.strip()}", "make check")
