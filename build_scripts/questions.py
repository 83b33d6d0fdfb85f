"""Questions of a lesson, written as plain Markdown lists; what is right stays out of the page's readable text.

    !!! question "What does `print(2 + 3)` show?"
        - [ ] `23` — No: numbers are added.
        - [x] `5` — Yes.

One `[x]` asks for one answer, more ask for several. A numbered list asks for its lines in this order; a table of two
columns for its pairs; `[[5]]` or `[[5|five]]` in a paragraph or a block of code for words to fill in. A quotation
(`> …`) is shown once all is right.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from build_scripts import fences

OPENING = re.compile(r'^!!! question "(?P<title>.+)" *$')
CHOICE = re.compile(r"^- \[(?P<right>[ xX])\] (?P<text>.*?)(?: — (?P<why>.*))?$")
LINE = re.compile(r"^\d+[.)] (?P<text>.*)$")
PAIR = re.compile(r"^\|(?P<left>[^|]+)\|(?P<right>[^|]+)\|$")
GAP = re.compile(r"\[\[(?P<words>[^\[\]]+)\]\]")
CLASS = "ps-question"
INDENT = "    "


@dataclass
class Question:
    """One question.

    Attributes:
        first: number of its opening line, from 0.
        last: number of the line after it.
        title: what is asked.
        body: its lines, without their indentation.
        kind: `one`, `several`, `order`, `match` or `fill`; empty when it is none of them.
        parts: answers of `one` and `several` (text, whether right, why), lines in order, pairs, or a text with gaps.
        because: what is shown once all is right.
    """

    first: int
    last: int
    title: str
    body: list[str]
    kind: str = ""
    parts: list[tuple[str, ...]] = field(default_factory=list)
    because: str = ""


def find(text: str) -> list[Question]:
    """Return the questions of a page's Markdown, in order; not those in blocks of code."""
    lines = text.split("\n")
    inside: set[int] = set()
    for fence in fences.scan(text):
        inside.update(range(fence.line - 1, fence.line + fence.code.count("\n") + 1))
    found = []
    for number, line in enumerate(lines):
        match = OPENING.match(line)
        if not match or number in inside:
            continue
        last = number + 1
        while last < len(lines) and (lines[last].startswith(INDENT) or not lines[last].strip()):
            last += 1
        while not lines[last - 1].strip():
            last -= 1
        body = [each.removeprefix(INDENT) for each in lines[number + 1 : last]]
        found.append(_read(Question(number, last, match["title"], body)))
    return found


def _read(question: Question) -> Question:
    body = [line for line in question.body if line.strip()]
    question.because = " ".join(line[1:].strip() for line in body if line.startswith(">"))
    body = [line for line in body if not line.startswith(">")]
    choices = [match for line in body if (match := CHOICE.match(line))]
    ordered = [match for line in body if (match := LINE.match(line))]
    pairs = [match for line in body if (match := PAIR.match(line)) and not set(match["left"].strip()) <= set(":-")]
    if choices and len(choices) == len(body):
        question.parts = [(each["text"], each["right"].strip().lower(), each["why"] or "") for each in choices]
        question.kind = "one" if sum(bool(right) for _, right, _ in question.parts) == 1 else "several"
    elif ordered and len(ordered) == len(body):
        question.kind, question.parts = "order", [(each["text"],) for each in ordered]
    elif pairs and all(line.startswith("|") for line in body):
        question.kind = "match"
        question.parts = [(each["left"].strip(), each["right"].strip()) for each in pairs[1:]]
    elif GAP.search("\n".join(body)):
        question.kind, question.parts = "fill", [("\n".join(question.body),)]
    return question


def faults(text: str, first_line: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield line, rule, what is wrong and what to do for the questions of a page."""
    for question in find(text):
        line = question.first + first_line
        if not question.kind:
            fix = "Write `- [x]` and `- [ ]` lines, a numbered list, a table of two columns, or words in [[…]]"
            yield line, "question-unreadable", "this question has no answers that can be read", fix
        elif question.kind == "several" and not any(right for _, right, _ in question.parts):
            yield line, "question-without-answer", "no answer of this question is right", "Mark it with `- [x]`"
        elif question.kind != "fill" and len(question.parts) < 2:
            yield line, "question-too-short", "this question has one answer only", "Add another"


def drop(text: str) -> str:
    """Return a page's Markdown without its questions, for where nobody could answer them."""
    lines = text.split("\n")
    for question in reversed(find(text)):
        del lines[question.first : question.last]
    return "\n".join(lines)


def fold(text: str, texts: Mapping[str, str]) -> str:
    """Return a page's Markdown with its questions as HTML that shows no answer.

    Args:
        text: the Markdown.
        texts: the sentences of its language.
    """
    lines = text.split("\n")
    for number, question in reversed(list(enumerate(find(text), start=1))):
        lines[question.first : question.last] = ["", _html(question, f"question-{number}", texts), ""]
    return "\n".join(lines)


def _html(question: Question, name: str, texts: Mapping[str, str]) -> str:
    chance = random.Random(hashlib.sha256(question.title.encode()).digest())  # noqa: S311 (the same in each build)
    shown, answer = _SHOWN[question.kind](question, name, texts, chance)
    packed = base64.b64encode(
        json.dumps({"answer": answer, "because": question.because}, ensure_ascii=False).encode()
    ).decode()
    return (
        f'<fieldset class="{CLASS}" id="{name}" data-kind="{question.kind}" data-packed="{packed}">'
        f"<legend>{_inline(question.title)}</legend>{shown}"
        f'<button type="button" class="ps-answer">{texts["question.check"]}</button>'
        '<div class="ps-said" role="status"></div></fieldset>'
    )


def _choices(question: Question, name: str, _: Mapping[str, str], chance: random.Random) -> tuple[str, object]:
    kind = "radio" if question.kind == "one" else "checkbox"
    parts = _shuffled(question.parts, chance)
    rows = "".join(
        f'<label><input type="{kind}" name="{name}" value="{place}"> <span>{_inline(text)}</span></label>'
        for place, (text, _right, _why) in enumerate(parts)
    )
    return f'<div class="ps-options">{rows}</div>', [{"right": bool(right), "why": why} for _, right, why in parts]


def _lines(question: Question, name: str, texts: Mapping[str, str], chance: random.Random) -> tuple[str, object]:
    del name
    parts = _shuffled(list(enumerate(text for (text,) in question.parts)), chance)
    move = "".join(
        f'<button type="button" data-move="{step}" aria-label="{html.escape(texts[key])}">{arrow}</button>'
        for step, key, arrow in ((-1, "question.up", "↑"), (1, "question.down", "↓"))
    )
    rows = "".join(f"<li><span>{_inline(text)}</span>{move}</li>" for _, text in parts)
    code = ' dir="ltr"' if all(text.startswith("`") for (text,) in question.parts) else ""
    return f'<ol class="ps-lines"{code}>{rows}</ol>', [text for (text,) in question.parts]


def _pairs(question: Question, name: str, texts: Mapping[str, str], chance: random.Random) -> tuple[str, object]:
    del name
    rights = _shuffled([right for _, right in question.parts], chance)
    options = "".join(f"<option>{html.escape(_bare(right))}</option>" for right in rights)
    choose = f'<option value="">{texts["question.choose"]}</option>'
    rows = "".join(
        f"<label><span>{_inline(left)}</span> "
        f'<select aria-label="{html.escape(_bare(left))}">{choose}{options}</select></label>'
        for left, _ in question.parts
    )
    return f'<div class="ps-pairs">{rows}</div>', [_bare(right) for _, right in question.parts]


def _gaps(question: Question, name: str, texts: Mapping[str, str], chance: random.Random) -> tuple[str, object]:
    del name, chance
    answers: list[list[str]] = []

    def field_of(match: re.Match[str]) -> str:
        words = [html.unescape(each).strip() for each in match["words"].split("|")]
        answers.append(words)
        label = html.escape(texts["question.gap"].replace("{number}", str(len(answers))))
        size = max(map(len, words)) + 2
        return (
            f'<input type="text" dir="ltr" size="{size}" aria-label="{label}" autocomplete="off" '
            'autocapitalize="off" spellcheck="false">'
        )

    (text,) = question.parts[0]
    shown, lines, start = [], text.split("\n"), 0
    for fence in fences.scan(text):
        shown += [f"<p>{_inline(line)}</p>" for line in lines[start : fence.line - 1] if _is_prose(line)]
        shown.append(f'<pre dir="ltr" translate="no"><code>{html.escape(fence.code, quote=False)}</code></pre>')
        start = fence.line + fence.code.count("\n") + 1
    shown += [f"<p>{_inline(line)}</p>" for line in lines[start:] if _is_prose(line)]
    return GAP.sub(field_of, "".join(shown)), answers


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(">")


def _shuffled[Part](parts: list[Part], chance: random.Random) -> list[Part]:
    """Return the parts in another order than they have."""
    made = list(parts)
    while len(set(map(str, parts))) > 1 and made == parts:
        chance.shuffle(made)
    return made


def _inline(text: str) -> str:
    """Return a line of Markdown as HTML: code, strong and emphasis.

    >>> _inline("`a < b` is **true**")
    '<code dir="ltr" translate="no">a &lt; b</code> is <strong>true</strong>'
    """
    parts = re.split(r"`([^`]*)`", text)
    for place, part in enumerate(parts):
        safe = html.escape(part, quote=False)
        if place % 2:
            parts[place] = f'<code dir="ltr" translate="no">{safe}</code>'
        else:
            parts[place] = re.sub(r"\*(.+?)\*", r"<em>\1</em>", re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe))
    return "".join(parts)


def _bare(text: str) -> str:
    return text.replace("`", "").replace("**", "")


_SHOWN = {"one": _choices, "several": _choices, "order": _lines, "match": _pairs, "fill": _gaps}
