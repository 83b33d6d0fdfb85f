"""A static file server for the built site: types, caching, compression, the headers a `<meta>` cannot carry."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from build_scripts import csp, offline
from build_scripts.browser import FOLDER

if TYPE_CHECKING:
    from starlette.requests import Request

    from build_scripts.relay import Relay

TYPES = {
    ".css": "text/css",
    ".gz": "application/gzip",
    ".handin": "application/zip",
    ".html": "text/html",
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".xml": "text/xml",
    ".zip": "application/zip",
}
TEXT = re.compile(r"text/|image/svg\+xml|application/(json|manifest\+json)")
COMPRESSED = re.compile(r"text/|image/svg\+xml|application/(json|manifest\+json|wasm)")
COMPRESSED_FROM_BYTES = 1024
NAMED_AFTER_CONTENT = re.compile(r"[.-][0-9a-f]{8,}[.-]")
A_YEAR_S = 31_536_000
WORKERS = re.compile(rf"{FOLDER}/worker-|assets/javascripts/workers/|sw\.js$")
ISOLATION = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}
"""Lets a page share memory with its Python, so that Stop reaches a busy one. Source: HTML, cross-origin isolation."""
LOOPBACK = re.compile(r"(.+\.)?localhost|127(\.\d+){3}|\[?::1\]?")


def app(site: Path, *, live: bool = False, relay: Relay | None = None) -> Starlette:
    """Return an application that serves the files of a folder; from a live one, browsers keep nothing.

    With a relay it also carries the questions of cells, where browsers allow no service worker.
    """
    files = Files(site.resolve(), live=live)
    carrying = relay.routes() if relay else []
    return Starlette(routes=[*carrying, Route("/{path:path}", files.answer, methods=["GET", "HEAD"])])


class Files:
    """Answers requests with files of one folder, and with nothing else."""

    def __init__(self, site: Path, *, live: bool = False) -> None:
        self.site = site
        self.live = live
        self._packed: dict[Path, tuple[str, bytes]] = {}

    async def answer(self, request: Request) -> Response:
        """Return the file at the request's path; a folder answers with its `index.html`."""
        path = self._find(request.path_params["path"])
        if path is None:
            return await self._missing(request)
        if path.is_dir():
            if not request.url.path.endswith("/"):
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"{quote(request.url.path.rsplit('/', 1)[1])}/{query}", 307)
            path /= "index.html"
            if not path.is_file():
                return await self._missing(request)
        return await self._file(path, request)

    def _find(self, name: str) -> Path | None:
        try:
            path = (self.site / name).resolve()
        except (OSError, ValueError):
            return None
        hidden = any(part.startswith(".") for part in Path(name).parts)
        return path if path.is_relative_to(self.site) and path.exists() and not hidden else None

    async def _missing(self, request: Request) -> Response:
        page = self.site / "404.html"
        if not page.is_file():
            return PlainTextResponse("404", 404)
        return await self._file(page, request, status=404)

    async def _file(self, path: Path, request: Request, status: int = 200) -> Response:
        if self.live and path == self.site / offline.SERVICE_WORKER:
            worker = offline.keeping_nothing(path.read_text("utf-8"))
            return Response(worker, headers={**self._headers(path), "etag": '"live"'})
        headers = self._headers(path) | (ISOLATION if trusted(request) else {})
        kind = headers["content-type"]
        size = path.stat().st_size
        packs = COMPRESSED.match(kind) and size >= COMPRESSED_FROM_BYTES
        if packs:
            headers["vary"] = "accept-encoding"
        coding = self._coding(path, request.headers.get("accept-encoding", ""), packs=bool(packs))
        if coding:
            headers["vary"] = "accept-encoding"
            headers["content-encoding"] = coding
            headers["etag"] = headers["etag"].removesuffix('"') + f'-{coding}"'
        if status == 200 and headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "content-encoding" in headers:
            return Response(await asyncio.to_thread(self._pack, path, coding), status, headers)
        return FileResponse(path, status, headers)

    def _headers(self, path: Path) -> dict[str, str]:
        """Return the headers of a file, compressed or not."""
        stat = path.stat()
        kind = TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        name = path.relative_to(self.site).as_posix()
        headers = {
            "content-type": f"{kind}; charset=utf-8" if TEXT.match(kind) else kind,
            "etag": f'"{_stamp(path)}"',
            "last-modified": formatdate(stat.st_mtime, usegmt=True),
            "cache-control": f"public, max-age={A_YEAR_S}, immutable" if _lasts(name) else "no-cache",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }
        if kind == "text/html":
            headers["content-security-policy"] = csp.header(path.read_text("utf-8"))
        elif WORKERS.match(name):
            headers["content-security-policy"] = csp.text(csp.WORKER)
        return headers

    def _coding(self, path: Path, accepted: str, *, packs: bool) -> str:
        """Return the best encoding that both sides have; the build leaves some files in several."""
        for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
            if re.search(rf"\b{coding}\b", accepted) and path.with_name(f"{path.name}{suffix}").is_file():
                return coding
        return "gzip" if packs and "gzip" in accepted else ""

    def _pack(self, path: Path, coding: str) -> bytes:
        """Return a file's bytes in an encoding: those the build left beside it, else packed once and kept."""
        ready = path.with_name(f"{path.name}{'.br' if coding == 'br' else '.gz'}")
        if ready.is_file():
            return ready.read_bytes()
        stamp = _stamp(path)
        kept = self._packed.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._packed[path] = (stamp, gzip.compress(path.read_bytes(), 6, mtime=0))
        return kept[1]


def trusted(request: Request) -> bool:
    """Return whether browsers trust the address they asked: https, or this machine itself.

    Elsewhere they ignore the headers of isolation and log an error on every page.
    """
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return scheme == "https" or bool(LOOPBACK.fullmatch(request.url.hostname or ""))


def _stamp(path: Path) -> str:
    stat = path.stat()
    return hashlib.sha256(f"{path} {stat.st_mtime_ns} {stat.st_size}".encode()).hexdigest()[:20]


def _lasts(name: str) -> bool:
    """Return whether a file can never change under its name.

    >>> _lasts("assets/passerelle/page-0123456789.js"), _lasts("engine/pyodide.mjs")
    (True, False)
    """
    return bool(NAMED_AFTER_CONTENT.search(name.rpartition("/")[2]))
