"""What a browser needs to keep the site: the list of its files, and the version that the service worker stands for.

The version is a hash over the list, the list's name holds the version, and the service worker holds the version: a
browser that knows one of them can tell whether another belongs to the same site.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from build_scripts import pages
from build_scripts.csp import text as policy_text

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "offline"
"""Where the list lies below the site's root."""
SERVICE_WORKER = "sw.js"
MARK = "self.passerelleVersion="
HASH_BYTES = 12
"""So much of a SHA-256 tells files of one address apart; the whole of it would double the list."""
LARGE_WHEEL_BYTES = 150_000
PACKED = (".gz", ".br")
NOT_KEPT = ("sitemap.xml", "lite/build/third-party-licenses.json")
"""Files that no page asks for."""

FALLBACK_POLICY = {"default-src": {"'none'": ""}, "style-src": {"'self'": ""}}

List = dict[str, dict[str, list[str | int]]]
"""Group → path below the site's root → first 96 bits of the file's SHA-256 in base64url, its size in bytes, and that of
the `.gz` beside it where there is one."""


def write(site: Path, script: Path, messages: Path) -> str:
    """Put list and service worker into a site whose files are complete, and return the version.

    Args:
        site: the published folder; lists of earlier versions go.
        script: the bundled service worker.
        messages: folder of the sentences for learners.
    """
    folder = site / FOLDER
    texts = {language: pages.messages(messages, language) for language in pages.LANGUAGES}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "missing.html").write_text(fallback(texts), "utf-8")
    files = listed(site)
    body = json.dumps({"source": pages.SOURCE, "groups": files}, separators=(",", ":"), sort_keys=True)
    worker = script.read_text("utf-8")
    version = hashlib.sha256(f"{body}{worker}".encode()).hexdigest()[:16]
    for old in folder.glob("*.json"):
        if old.stem != version:
            old.unlink()
    (folder / f"{version}.json").write_text(body, "utf-8")
    draft = site / f".{SERVICE_WORKER}.next"
    draft.write_text(f"{MARK}{json.dumps(version)};\n{worker}", "utf-8")
    shutil.move(draft, site / SERVICE_WORKER)
    return version


def keeping_nothing(worker: str) -> str:
    """Return a service worker that keeps no file: for an author who wants to see each change at once.

    >>> keeping_nothing('self.passerelleVersion="0123";work()')
    'self.passerelleVersion="";work()'
    """
    _, _, rest = worker.partition(";")
    return f'{MARK}"";{rest}' if worker.startswith(MARK) else worker


def listed(site: Path) -> List:
    """Return every published file that a page may ask for, by group."""
    files: List = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.is_file() and _counts(name, site):
            data = path.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:HASH_BYTES]).decode()
            packed = path.with_name(f"{path.name}.gz")
            sizes = [len(data), packed.stat().st_size] if packed.is_file() else [len(data)]
            files.setdefault(group(name, len(data)), {})[name] = [digest, *sizes]
    return files


def _counts(name: str, site: Path) -> bool:
    if name in (SERVICE_WORKER, *NOT_KEPT) or any(part.startswith(".") for part in name.split("/")):
        return False
    if name.startswith(f"{FOLDER}/"):
        return name.endswith(".html")
    packed = name.endswith(PACKED) and ((site / name.rpartition(".")[0]).is_file() or name.startswith("sitemap"))
    return not packed


def group(name: str, size_bytes: int) -> str:
    """Return the group of a file: a language, `site` for all languages, `application`, `engine` or `packages`.

    `packages` are large wheels: kept only once a lesson has loaded them. A notebook's image is part of the application.

    >>> group("ar/aide/index.html", 1), group("python/index.html", 1), group("lite/files/data/notes.csv", 1)
    ('ar', 'fr', 'application')
    >>> group("lite/notebooks-en/index.html", 1), group("engine/numpy-2-cp314.whl", 3_000_000)
    ('en', 'packages')
    """
    top = name.partition("/")[0]
    if top == "engine":
        if name.endswith(".img") and "/notebook-" in name:
            return "application"
        return "packages" if name.endswith(".whl") and size_bytes > LARGE_WHEEL_BYTES else "engine"
    if top == "lite":
        marks = {code: (f"/{code}/", f"notebooks-{code}/", f"translations/{code}_") for code in pages.LANGUAGES}
        return next((code for code, found in marks.items() if any(mark in name for mark in found)), "application")
    if top in (FOLDER, "assets", "install", "404.html"):
        return "site"
    return top if top in pages.LANGUAGES else pages.SOURCE


def fallback(texts: Mapping[str, Mapping[str, str]]) -> str:
    """Return the page for an address that is not kept while there is no network.

    The service worker puts the site's root in the place of `{root}` and links to kept pages in the place of `{pages}`.
    """
    sections = "".join(
        f'<section lang="{language}" dir="{"rtl" if language in pages.RIGHT_TO_LEFT else "ltr"}">'
        f"<h1>{html.escape(text['site.offline'])}</h1><p>{html.escape(text['site.offline_help'])}</p>"
        f'<p class="ps-kept">{html.escape(text["site.offline_kept"])}</p><ul>{{pages:{language}}}</ul></section>'
        for language, text in texts.items()
    )
    return (
        f'<!doctype html><html lang="{pages.SOURCE}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy_text(FALLBACK_POLICY)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>Passerelle</title>'
        '<link rel="stylesheet" href="{root}assets/css/offline.css"></head>'
        f"<body><main>{sections}</main></body></html>\n"
    )
