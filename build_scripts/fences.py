"""Fenced code blocks: find them in Markdown, and turn the Python ones into cells."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

if TYPE_CHECKING:
    from markdown import Markdown

OPENING = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<info>.*)$")
OPTION = re.compile(r"""([^\s=]+)(?:=("[^"]*"|'[^']*'|\S+))?""")

NAME = (re.compile(r"[a-z0-9][a-z0-9-]{0,63}"), "small letters, digits and hyphens, such as `salut-1`")
PARTS = ("setup", "check", "solution")
"""Blocks that belong to an exercise, which they name, and are not shown; see `exercises`."""
PACKED = "packed"
"""Option by which an exercise carries its parts; nobody writes it by hand."""

OPTIONS = {
    "name": NAME,
    "exercise": NAME,
    **dict.fromkeys(PARTS, NAME),
    "tries": (re.compile(r"[0-9]{1,3}"), "a number of tries, such as `5`"),
    "error": (re.compile(r"[A-Z][A-Za-z]*"), "the exception that this cell raises on purpose, such as `NameError`"),
}
"""What the info string of a cell may say: the form of each value, and how to tell it."""

ELEMENT = "py-cell"
COUNTER = "passerelle_cells"


@dataclass(frozen=True)
class Fence:
    """One fenced block of a Markdown text."""

    line: int
    """Line of the opening fence, counted from 1."""
    language: str
    options: dict[str, str]
    code: str
    closed: bool

    @property
    def is_cell(self) -> bool:
        """Return whether the block runs in the page."""
        return self.language == "python"

    @property
    def part_kinds(self) -> list[str]:
        """What the block is of an exercise's: setup, check, solution; nothing for a cell that shows."""
        return [kind for kind in PARTS if kind in self.options] if self.is_cell else []


def scan(text: str, first_line: int = 1) -> list[Fence]:
    r"""Return the fenced blocks of a Markdown text, in order; an unclosed one reaches to the end.

    Source: CommonMark 0.31, section 4.5: the closing fence is of the same character and at least as long.

    >>> [(fence.line, fence.language, fence.code) for fence in scan("```python\n1 + 1\n```\n")]
    [(1, 'python', '1 + 1\n')]
    """
    found: list[Fence] = []
    opening: re.Match[str] | None = None
    start, code = 0, [""]
    for number, line in enumerate(text.splitlines(), start=first_line):
        match = OPENING.match(line)
        if opening is None:
            if match and not (match["marks"][0] == "`" and "`" in match["info"]):
                opening, start, code = match, number, []
        elif match and _closes(match, opening):
            found.append(_fence(start, opening["info"], code, closed=True))
            opening = None
        else:
            indent = len(opening["indent"])
            code.append(line[indent:] if not line[:indent].strip() else line.lstrip())
    if opening is not None:
        found.append(_fence(start, opening["info"], code, closed=False))
    return found


def _closes(match: re.Match[str], opening: re.Match[str]) -> bool:
    return match["marks"].startswith(opening["marks"]) and not match["info"].strip()


def _fence(line: int, info: str, code: list[str], *, closed: bool) -> Fence:
    language, _, rest = info.strip().partition(" ")
    options = {name: value.strip("\"'") for name, value in OPTION.findall(rest)}
    return Fence(line, language, options, "".join(f"{text}\n" for text in code), closed)


def unknown_option(options: dict[str, str]) -> str | None:
    """Return what is wrong with the options of a cell, or None.

    >>> unknown_option({"name": "salut"})
    >>> unknown_option({"nom": "salut"})
    'a cell has no option `nom`; it has: name, error'
    """
    for name, value in options.items():
        if name not in OPTIONS:
            return f"a cell has no option `{name}`; it has: {', '.join(OPTIONS)}"
        form, told = OPTIONS[name]
        if not form.fullmatch(value):
            return f"`{name}` is `{value}`; expected {told}"
    return None


def cell(source: str, language: str, css_class: str, options: dict[str, str], md: Markdown, **_: Any) -> str:
    """Return the HTML of a cell: highlighted code that reads well as it stands, in the element that makes it run.

    Source: pymdownx.superfences, "Formatters", version 13.
    """
    del language, css_class
    if ELEMENT not in md.block_level_elements:
        md.block_level_elements.append(ELEMENT)  # else Markdown wraps it into a paragraph, which its <div> then splits
    number = getattr(md, COUNTER, 0) + 1
    setattr(md, COUNTER, number)
    if "exercise" in options:
        options = {"name": options["exercise"], **options}
    data = "".join(f' data-{name}="{html.escape(value)}"' for name, value in options.items())
    code: str = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))  # type: ignore[no-untyped-call]
    return (
        f'<py-cell data-state="idle" data-cell="{number}"{data}>'
        f'<div class="highlight" dir="ltr"><pre translate="no"><code>{code}</code></pre></div>'
        '<output dir="ltr"></output></py-cell>'
    )


def accept(language: str, inputs: dict[str, str], options: dict[str, Any], attrs: dict[str, Any], md: Markdown) -> bool:
    """Take the options of the info string over into the cell; `lessons check` refuses unknown ones with their line.

    Source: pymdownx.superfences, "Validators", version 13.
    """
    del language, attrs, md
    options.update({name: value for name, value in inputs.items() if name in (*OPTIONS, PACKED)})
    return True
