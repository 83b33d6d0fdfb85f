"""Who is measured: our lesson page and notebook page, stock JupyterLite, and Pyodide alone in a worker."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import stock
from bench.pack import Packs
from bench.server import Server, serving
from build_scripts.fences import scan
from build_scripts.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from build_scripts.progress import Progress

LANGUAGE = "fr"
LESSON = "python/boucles"
"""A real lesson whose first cell prints; the same program is run everywhere."""
NOTEBOOKS = ("bench-1.ipynb", "bench-2.ipynb")
"""Two alike, one for each visit: what the first visit changes in its notebook does not meet the second."""
PRACTICE = "python/pratique"
"""A page with a notebook in a frame; its first cell of code prints the same word."""
KERNEL = "Python (Pyodide)"
"""What JupyterLab shows as the kernel's name when it has one."""
TEXT = "Bonjour"
"""What the program prints."""
NEXT = "0\n1\n2\n3\n4"
"""What the lesson's second cell prints."""


@dataclass(frozen=True)
class Contender:
    """One page to measure.

    Attributes:
        name: short, for JSON.
        title: for people.
        server: what serves it.
        origin: address of the server, with a slash at the end.
        paths: addresses of the page below it, one for each visit to the same profile.
        plan: what recorder.js does in the page: how to press Run, and the element in which the text shows.
    """

    name: str
    title: str
    server: Server
    origin: str
    paths: tuple[str, ...]
    plan: dict[str, Any] = field(default_factory=dict)

    def url(self, number: int) -> str:
        """Return the page's whole address for a visit, counted from 0."""
        return self.origin + self.paths[min(number, len(self.paths) - 1)]


@contextmanager
def ready(root: Path, report: Progress) -> Iterator[dict[str, Contender]]:
    """Build and serve what is measured, and hand out the contenders by name.

    Args:
        root: the repository, with its built site.
        report: where to tell what happens.
    """
    tree = Tree(root)
    work = tree.build / "bench"
    program = first_cell(root)
    notebook = one_cell(program)
    folders = {
        "ours": tree.site,
        "stock": stock.jupyterlite(work / "stock", dict.fromkeys(NOTEBOOKS, notebook), report),
        "bare": stock.pyodide(work / "bare", program, report),
    }
    packs = Packs(root / ".cache/bench")
    packs.prepare(folders.values(), report)
    more = with_notebook(tree.site, notebook)
    with ExitStack() as stack:
        servers = {name: Server(folder, packs, more if name == "ours" else {}) for name, folder in folders.items()}
        servers["plain"] = Server(tree.site, packs, more, isolated=False)
        urls = {name: stack.enter_context(serving(server)) for name, server in servers.items()}
        yield {one.name: one for one in _contenders(root, servers, urls)}


def _contenders(root: Path, servers: dict[str, Server], urls: dict[str, str]) -> Iterator[Contender]:
    notebook = {"act": "notebook", "kernel": KERNEL, "output": ".jp-OutputArea-output", "text": TEXT}
    ours, theirs = (
        tuple(f"{app}/index.html?path={name}" for name in NOTEBOOKS)
        for app in (f"lite/notebooks-{LANGUAGE}", "notebooks")
    )
    yield lesson("lesson", root, servers["ours"], urls["ours"])
    yield lesson("plain", root, servers["plain"], urls["plain"])
    yield Contender("notebook", "our notebook page", servers["ours"], urls["ours"], ours, notebook)
    yield Contender("frame", "our practice page", servers["ours"], urls["ours"], (f"{PRACTICE}/",), notebook)
    yield Contender("stock", "stock JupyterLite", servers["stock"], urls["stock"], theirs, notebook)
    yield bare(servers["bare"], urls["bare"])


def lesson(name: str, root: Path, server: Server, origin: str) -> Contender:
    """Return our lesson page as a contender."""
    words = json.loads((root / f"site/theme/messages/{LANGUAGE}.json").read_text("utf-8"))
    plan = {"act": "lesson", "run": words["cell.run"], "output": "py-cell output", "text": TEXT, "next": NEXT}
    return Contender(name, "our lesson page", server, origin, (f"{LESSON}/",), plan)


def bare(server: Server, origin: str) -> Contender:
    """Return Pyodide alone in a worker as a contender."""
    plan = {"act": "none", "output": "output", "text": TEXT}
    return Contender("bare", "Pyodide alone in a worker", server, origin, ("",), plan)


def first_cell(root: Path) -> str:
    """Return the program of the lesson's first cell."""
    text = (root / f"content/{LANGUAGE}/{LESSON}.md").read_text("utf-8")
    return next(fence.code for fence in scan(text) if fence.is_cell)


def one_cell(program: str) -> bytes:
    """Return a notebook with one cell."""
    cell = {"cell_type": "code", "id": "bench", "metadata": {}, "execution_count": None, "outputs": []}
    kernel = {"name": "python", "display_name": KERNEL, "language": "python"}
    notebook = {
        "cells": [{**cell, "source": program.rstrip()}],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook).encode()


def with_notebook(site: Path, notebook: bytes) -> dict[str, bytes]:
    """Return what lies over our site so that its JupyterLite holds the notebooks too, by path."""
    listing = json.loads((site / "lite/api/contents/all.json").read_text("utf-8"))
    folder = listing["content"][0]
    listing["content"] += [{**folder, "name": name, "path": name, "type": "notebook"} for name in NOTEBOOKS]
    files = {f"/lite/files/{name}": notebook for name in NOTEBOOKS}
    return {**files, "/lite/api/contents/all.json": json.dumps(listing).encode()}
