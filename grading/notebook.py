"""Notebooks as nbformat has them: the typed seam to a library without types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4.rwbase import rejoin_lines
from nbformat.validator import normalize

Notebook = nbformat.NotebookNode
"""A notebook or a cell of nbformat 4."""


def read(path: Path) -> Notebook:
    """Return the notebook in a file, older formats made new; raises whatever nbformat's parsers raise."""
    return node(nbformat.read(path, 4))  # type: ignore[no-untyped-call]


def parse(text: str) -> Notebook:
    """Return the notebook in a text, older formats made new; raises whatever nbformat's parsers raise."""
    return node(nbformat.reads(text, 4))  # type: ignore[no-untyped-call]


def text(notebook: Notebook) -> str:
    """Return a notebook as JSON: the same notebook gives the same text."""
    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


def node(value: Any) -> Notebook:
    """Return plain data as a notebook or cell."""
    made: Notebook = nbformat.from_dict(value)  # type: ignore[no-untyped-call]
    return made


def checked(value: Any) -> Notebook:
    """Return parsed JSON as a notebook, small faults put right; raises whatever nbformat raises on bad ones."""
    _, notebook = normalize(node(value), strip_invalid_metadata=True)
    nbformat.validate(notebook)
    return node(rejoin_lines(notebook))  # type: ignore[no-untyped-call]


def cell(kind: str, source: str, metadata: dict[str, Any]) -> Notebook:
    """Return a new cell, `code` or `markdown`."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return node(make(source, metadata=metadata))  # type: ignore[no-untyped-call]
