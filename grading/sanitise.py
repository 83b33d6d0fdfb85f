"""Turns what a learner wrote and saw into HTML that cannot do anything: no script, no style, no address."""

from __future__ import annotations

import base64
import binascii
import html
import re
from typing import Any

import mistune
import nh3
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from grading.notebook import Notebook

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8", "image/gif": b"GIF8"}
PICTURE_BYTES = 2_000_000
TEXT_CHARACTERS = 20_000

TEXT_TAGS = {
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "b",
    "i",
    "em",
    "strong",
    "u",
    "s",
    "sub",
    "sup",
    "small",
    "kbd",
    "code",
    "pre",
    "samp",
    "blockquote",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "div",
    "span",
}
SVG_TAGS = {
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "title",
    "desc",
    "defs",
    "clipPath",
}
SVG_ATTRIBUTES = {
    "viewBox",
    "width",
    "height",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "d",
    "points",
    "transform",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-dasharray",
    "opacity",
    "font-size",
    "font-family",
    "font-weight",
    "text-anchor",
    "dominant-baseline",
    "dx",
    "dy",
    "preserveAspectRatio",
}
CELL_ATTRIBUTES = {"th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}

_TEXT = nh3.Cleaner(tags=TEXT_TAGS, attributes=CELL_ATTRIBUTES, url_schemes=set(), link_rel=None)
_DRAWING = nh3.Cleaner(
    tags=SVG_TAGS,
    attributes=dict.fromkeys(SVG_TAGS, SVG_ATTRIBUTES),
    url_schemes=set(),
    link_rel=None,
    attribute_filter=lambda _tag, name, value: None if "url(" in value.lower() and name != "d" else value,
)
_MARKDOWN = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def text(source: str) -> str:
    """Return Markdown as harmless HTML; pictures and links become their text.

    >>> text("**oui** <script>alert(1)</script>").strip()
    '<p><strong>oui</strong> </p>'
    """
    return _TEXT.clean(str(_MARKDOWN(source[:TEXT_CHARACTERS])))


def code(source: str) -> str:
    """Return Python code as HTML, with a class on each kind of word."""
    return str(highlight(source[:TEXT_CHARACTERS], PythonLexer(), HtmlFormatter(nowrap=True)))  # type: ignore[no-untyped-call]


def style() -> str:
    """Return the style sheet of `code`."""
    return str(HtmlFormatter(style="friendly").get_style_defs(".code"))  # type: ignore[no-untyped-call]


def output(cell_output: Notebook) -> str:
    """Return one output of a cell as harmless HTML; "" when there is nothing to see."""
    match cell_output.get("output_type"):
        case "stream":
            return _plain(cell_output.get("text"))
        case "error":
            return _plain(f"{cell_output.get('ename')}: {cell_output.get('evalue')}")
        case "display_data" | "execute_result":
            return _bundle(cell_output.get("data") or {})
    return ""


def _bundle(data: dict[str, Any]) -> str:
    if svg := data.get("image/svg+xml"):
        return f'<div class="drawing">{_DRAWING.clean(_joined(svg))}</div>'
    for mime, magic in PICTURES.items():
        if mime in data and (address := _picture(mime, magic, _joined(data[mime]))):
            return f'<img alt="" src="{address}">'
    if page := data.get("text/html"):
        page = _joined(page)
        if "<svg" in page.lower():
            return f'<div class="drawing">{_DRAWING.clean(page)}</div>'
        return f'<div class="page">{_TEXT.clean(page[:TEXT_CHARACTERS])}</div>'
    if marked := data.get("text/markdown"):
        return text(_joined(marked))
    return _plain(data.get("text/plain", ""))


def _picture(mime: str, magic: bytes, encoded: str) -> str:
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not raw.startswith(magic) or len(raw) > PICTURE_BYTES:
        return ""
    return f"data:{mime};base64,{base64.b64encode(raw).decode()}"


def _plain(value: object) -> str:
    shown = ANSI.sub("", _joined(value))[:TEXT_CHARACTERS]
    return f"<pre>{html.escape(shown)}</pre>" if shown.strip() else ""


def _joined(value: object) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value)
