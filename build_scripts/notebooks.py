"""Notebooks: from the Markdown that people write to the `.ipynb` files on the drive of JupyterLite."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
import nbformat

from build_scripts import fences, pages, prose, questions
from build_scripts.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from build_scripts.progress import Progress

KERNELSPEC = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "python", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3.8",
}
"""What the kernel tells about itself, to the letter: JupyterLab writes it into a notebook that says anything else, and
that notebook would count as changed by the learner before a key is pressed. Source: pyodide-kernel 0.8.6, kernel.ts."""

STAMP = "passerelle"

Notebook = dict[str, Any]
"""A notebook as nbformat 4.5 JSON, every `source` one string."""


def build(notebooks: Path, content: Path, into: Path, report: Progress, *, site_url: str = "") -> list[Path]:
    """Write every notebook and data file of the site's drive into a folder, and return their paths there, sorted.

    Files that did not change are left alone, files that are no longer made are removed.

    Args:
        notebooks: folder with `practice/<lang>/*.md`, `released/<course>/<assignment>/<lang>/*.ipynb` and `data/`.
        content: folder with the pages; each page with Python cells becomes `lessons/<lang>/<path>.ipynb`.
        into: the drive.
        report: hears one line.
        site_url: address of the site, where links from notebooks to pages lead; without one they become plain text.

    Raises:
        Fault: a source cannot become a notebook.
    """
    made: dict[str, bytes] = {}
    for path in sorted((notebooks / "practice").glob("*/*.md")):
        made[f"practice/{path.parent.name}/{path.stem}.ipynb"] = write(practice(path))
    for path, name, page in lessons(content):
        made[name] = write(lesson(page, path, content, site_url))
    for path in sorted((notebooks / "released").glob("*/*/*/*.ipynb")):
        made[f"assignments/{path.relative_to(notebooks / 'released').as_posix()}"] = write(released(path))
    for path in sorted((notebooks / "data").rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            made[f"data/{path.relative_to(notebooks / 'data').as_posix()}"] = path.read_bytes()
    _sync(made, into)
    report.line(f"Notebooks: {sum(name.endswith('.ipynb') for name in made)} notebooks, {len(made)} files")
    return [into / name for name in sorted(made)]


def practice(path: Path) -> Notebook:
    """Return the notebook that a jupytext Markdown file describes.

    Raises:
        Fault: a fence is not closed, the file holds no cell, or it is not what jupytext reads.
    """
    text = _text(path)
    for fence in fences.scan(text):
        if not fence.closed:
            raise Fault(
                f"{path}:{fence.line}: this code block is not closed", "Add a line ``` after its last line of code."
            )
    try:
        notebook = _joined(jupytext.reads(text, fmt="md"))  # type: ignore[no-untyped-call]
    except Exception as error:  # jupytext raises whatever its parsers raise
        raise Fault(f"{path}: not readable as a notebook: {error}") from error
    if not any(cell["source"].strip() for cell in notebook["cells"]):
        raise Fault(f"{path}: the notebook is empty", "Write a title and at least one ```python block.")
    notebook["metadata"].pop("jupytext", None)
    return _finish(notebook, path)


def lessons(content: Path) -> Iterator[tuple[Path, str, pages.Page]]:
    """Yield path, name on the drive and page of each page that has Python cells, sorted by path."""
    for path in sorted(content.glob("*/**/*.md")):
        page = pages.read(path, content)
        if any(fence.is_cell for fence in fences.scan(page.body)):
            yield path, f"lessons/{page.language}/{page.id}.ipynb", page


def lesson(page: pages.Page, path: Path, content: Path, site_url: str = "") -> Notebook:
    """Return a lesson page as a notebook: its text in readable Markdown, its Python blocks as cells.

    Raises:
        Fault: a code block is not closed, or a picture is missing.
    """
    links = _links(page, path, content, site_url)
    cells: list[dict[str, Any]] = []
    body = questions.drop(page.body)
    lines = body.splitlines()
    start = 0
    for fence in fences.scan(body):
        if not fence.closed:
            line = page.body_line + fence.line - 1
            raise Fault(f"{path}:{line}: this code block is not closed", "Add a line ``` after its last line of code.")
        opening = fence.line - 1
        if not fence.is_cell or lines[opening].startswith(" "):
            continue  # output samples, and code inside a note, stay in the text
        cells += _text_cell("\n".join(lines[start:opening]), path.parent, links)
        start = opening + fence.code.count("\n") + 2
        if set(fence.part_kinds) - {"setup"}:
            continue  # a notebook neither checks an exercise nor shows its solution
        name = fence.options.get("name") or fence.options.get("exercise")
        metadata = {STAMP: {"name": name}} if name else {}
        cells.append(code_cell(fence.code.rstrip("\n"), metadata))
    cells += _text_cell("\n".join(lines[start:]), path.parent, links)
    return _finish({"cells": cells, "metadata": {"title": str(page.meta.get("title", ""))}}, path)


def released(path: Path) -> Notebook:
    """Return a learner's version of an assignment as it goes on the drive.

    Raises:
        Fault: the file is not a notebook.
    """
    try:
        notebook = _joined(nbformat.reads(_text(path), as_version=4))  # type: ignore[no-untyped-call]
    except Fault:
        raise
    except Exception as error:  # nbformat raises whatever its parsers raise
        raise Fault(f"{path}: not a notebook: {error}", "grading release ASSIGNMENT") from error
    return _finish(notebook, path, keep_ids=True)


def source_hash(notebook: Notebook) -> str:
    """Return what tells two notebooks apart for a learner: sha256 over the kind and text of the cells, hexadecimal.

    The browser computes the same number (`site/browser/original.ts`): outputs and metadata do not count.

    >>> source_hash({"cells": [code_cell("1 + 1")]})[:12]
    '18b553406cc7'
    """
    digest = hashlib.sha256()
    for cell in notebook["cells"]:
        digest.update(f"{cell['cell_type']}\n{cell['source']}\0".encode())
    return digest.hexdigest()


def write(notebook: Notebook) -> bytes:
    """Return the bytes of a notebook file: the same notebook gives the same bytes."""
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return (json.dumps({**notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def code_cell(source: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a code cell that never ran."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata or {},
        "outputs": [],
        "source": source,
    }


def _joined(notebook: Any) -> Notebook:
    """Return a notebook as plain data."""
    plain: Notebook = json.loads(json.dumps(notebook))
    return plain


def _finish(notebook: Notebook, path: Path, *, keep_ids: bool = False) -> Notebook:
    """Give a notebook its metadata, its stamp and stable cell ids; check it against nbformat's schema."""
    seen: set[str] = set()
    for number, cell in enumerate(notebook["cells"]):
        wanted = cell.get("id", "") if keep_ids else ""
        if not wanted or wanted in seen:
            wanted = hashlib.sha256(f"{number}\n{cell['cell_type']}\n{cell['source']}".encode()).hexdigest()[:12]
        cell["id"] = wanted
        seen.add(wanted)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    notebook["metadata"]["kernelspec"] = KERNELSPEC
    notebook["metadata"]["language_info"] = LANGUAGE_INFO
    notebook["metadata"][STAMP] = {"source": source_hash(notebook)}
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise Fault(f"{path}: not a valid notebook: {str(error).splitlines()[0]}") from error
    return notebook


def _text_cell(text: str, folder: Path, links: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Return one Markdown cell, pictures inside, or none when there is no text."""
    plain, pictures = prose.plain(text, folder, links)
    if not plain.strip():
        return []
    attachments = {"attachments": pictures} if pictures else {}
    return [{"cell_type": "markdown", "metadata": {}, "source": plain, **attachments}]


def _links(page: pages.Page, path: Path, content: Path, site_url: str) -> Callable[[str], str | None]:
    """Return how this page's links to other pages are written in its notebook; None drops a link and keeps its text."""

    def rewrite(target: str) -> str | None:
        if "://" in target or target.startswith("mailto:"):
            return target
        if not site_url:
            return None
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path.resolve()
        if not found.is_relative_to(content.resolve()):
            return None
        identity = found.relative_to(content.resolve() / page.language).with_suffix("").as_posix()
        folder = identity.removesuffix("index").rstrip("/")
        prefix = "" if page.language == pages.SOURCE else f"{page.language}/"
        return f"{site_url.rstrip('/')}/{prefix}{folder}{'/' if folder else ''}{'#' + anchor if anchor else ''}"

    return rewrite


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(f"{path}: not UTF-8 text, byte {error.start}", "Save the file again as UTF-8.") from error


def _sync(made: dict[str, bytes], into: Path) -> None:
    """Make the folder `into` hold exactly these files; touch only what differs."""
    for path in sorted(into.rglob("*"), reverse=True) if into.exists() else []:
        if path.is_file() and path.relative_to(into).as_posix() not in made:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path)
    for name, data in made.items():
        target = into / name
        if not (target.exists() and target.read_bytes() == data):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
