"""Prose: lesson Markdown with the theme's extensions, turned into plain Markdown that any notebook shows."""

from __future__ import annotations

import base64
import mimetypes
import re
from typing import TYPE_CHECKING

from build_scripts.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTE = re.compile(r"""^(?:!!!|\?\?\?\+?) *(?P<kind>[\w-]+)[^"]*(?:"(?P<title>[^"]*)")? *$""")
TAB = re.compile(r'^===[!+]? *"(?P<title>[^"]*)" *$')
ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^{}\n]*\}[ \t]*$|(?<=[)\]])\{[^{}\n]*\}", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(
    r"(?P<mark>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)(?P<title>[ \t]+\"[^\"]*\")?\)"
)
FENCE = re.compile(r"^ *(`{3,}|~{3,})")

Pictures = dict[str, dict[str, str]]


def plain(text: str, folder: Path, links: Callable[[str], str | None]) -> tuple[str, Pictures]:
    """Return the text in plain Markdown, and its pictures as nbformat attachments (name → media type → base64).

    Notes become quotations under a bold title, tabs become bold titles, attribute lists and comments go. Fenced blocks
    are left as they stand.

    Args:
        text: Markdown of a lesson, without front matter.
        folder: where relative picture paths start.
        links: maps a link's target; None keeps the text and drops the link.

    Raises:
        Fault: a picture is missing.
    """
    pictures: Pictures = {}
    parts: list[str] = []
    for is_code, part in _split(_notes(text.splitlines())):
        parts.append(part if is_code else _prose(part, folder, links, pictures))
    return "\n".join(parts).strip("\n"), pictures


def _notes(lines: list[str]) -> list[str]:
    """Return the lines with notes and tabs opened, the inner ones first.

    >>> _notes(['!!! tip "Essayez"', '    Un.', '', '    Deux.', 'Fin.'])
    ['> **Essayez**', '>', '> Un.', '>', '> Deux.', '', 'Fin.']
    """
    done: list[str] = []
    number = 0
    while number < len(lines):
        note, tab = NOTE.match(lines[number]), TAB.match(lines[number])
        if not (note or tab):
            done.append(lines[number])
            number += 1
            continue
        number += 1
        start = number
        while number < len(lines) and (lines[number].startswith("    ") or not lines[number].strip()):
            number += 1
        body = [line[4:] for line in lines[start:number]]
        while body and not body[-1].strip():
            body.pop()
        body = _notes(body)
        if note:
            title = note["kind"].capitalize() if note["title"] is None else note["title"]
            quoted = ([f"**{title}**", ""] if title else []) + body
            done += [f"> {line}".rstrip() for line in quoted] + [""]
        elif tab:
            done += [f"**{tab['title']}**", "", *body, ""]
    return done


def _split(lines: list[str]) -> list[tuple[bool, str]]:
    """Return runs of lines, with whether each run is a fenced block."""
    runs: list[tuple[bool, list[str]]] = [(False, [])]
    marks = ""
    for line in lines:
        match = FENCE.match(line.removeprefix("> ").removeprefix("> "))
        if not marks and match:
            marks = match[1]
            runs.append((True, [line]))
            continue
        runs[-1][1].append(line)
        if marks and match and match[1].startswith(marks):
            marks = ""
            runs.append((False, []))
    return [(is_code, "\n".join(run)) for is_code, run in runs if run]


def _prose(text: str, folder: Path, links: Callable[[str], str | None], pictures: Pictures) -> str:
    def link(match: re.Match[str]) -> str:
        if match["mark"] and "://" not in match["target"]:
            return f"![{match['text']}](attachment:{_attach(folder / match['target'], pictures)})"
        target = links(match["target"])
        return match["text"] if target is None else f"{match['mark']}[{match['text']}]({target}{match['title'] or ''})"

    return LINK.sub(link, ATTRIBUTES.sub("", COMMENT.sub("", text)))


def _attach(path: Path, pictures: Pictures) -> str:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        pictures[path.name] = {media_type: base64.b64encode(path.read_bytes()).decode()}
    except OSError as error:
        raise Fault(f"the picture {path} is missing", "Add the file, or remove the picture from the page.") from error
    return path.name
