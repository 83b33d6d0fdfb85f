"""The rules of pages, one function each: pages in, findings out. Rules are named after the fault."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from build_scripts import exercises, fences, glossary, pages, questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from build_scripts.pages import Page

REQUIRED = ("title",)
REQUIRED_OF_LESSONS = ("title", "minutes", "level")
LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target><[^>]*>|[^\s)]*)(?:\s+[\"'(][^)]*)?\)"
)
LOAN_WORDS = 2
"""So many words two languages may share."""
IMAGE_TAG = re.compile(r"<img\b(?P<attributes>[^>]*)>", re.IGNORECASE)
INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Finding:
    """One fault: where, which rule, what is wrong, what to do."""

    path: Path
    line: int
    rule: str
    what: str
    fix: str = ""

    def below(self, root: Path) -> Finding:
        """Return the same with its path as seen from the repository's root."""
        return replace(self, path=self.path.relative_to(root)) if self.path.is_relative_to(root) else self

    def as_json(self) -> dict[str, str | int]:
        """Return the fields as JSON values."""
        return {**asdict(self), "path": self.path.as_posix()}


def check_pages(found: list[Page]) -> Iterator[Finding]:
    """Yield what is wrong with pages, alone and beside their twins."""
    for page in found:
        yield from front_matter(page)
        yield from fences_of(page.path, page.body, page.body_line)
        yield from alternatives(page)
        yield from links(page)
    by_id: dict[str, dict[str, Page]] = {}
    for page in found:
        by_id.setdefault(page.id, {})[page.language] = page
    for twins in by_id.values():
        yield from twins_of({language: page.path for language, page in twins.items()})
        yield from same_code(twins)
    for page, line, rule, what in glossary.faults(found):
        yield Finding(page.path, line, rule, what)


def front_matter(page: Page) -> Iterator[Finding]:
    """Yield `missing-front-matter` when the block at the top is absent, unreadable or lacks a field."""
    required = REQUIRED_OF_LESSONS if page.is_lesson and "/" in page.id else REQUIRED
    if page.fault:
        line, reason = page.fault
        what = f"{reason}; expected `{'`, `'.join(required)}` between two lines `---`"
        yield Finding(page.path, line, "missing-front-matter", what, "Begin the page with:  ---  title: …  ---")
        return
    if missing := [name for name in required if page.meta.get(name) in (None, "")]:
        what = f"the block at the top lacks `{'`, `'.join(missing)}`"
        fix = f"Add the line `{missing[0]}: …` between the two lines `---`"
        yield Finding(page.path, 1, "missing-front-matter", what, fix)
    minutes = page.meta.get("minutes")
    if minutes is not None and (not isinstance(minutes, int) or minutes <= 0):
        yield Finding(page.path, 1, "bad-minutes", f"`minutes` is `{minutes}`; expected a whole number such as 20")


def fences_of(path: Path, text: str, first_line: int) -> Iterator[Finding]:
    """Yield `unclosed-fence` and `unknown-cell-option`."""
    for fence in fences.scan(text, first_line):
        if not fence.closed:
            what = f"the code block that begins with ```{fence.language} is never closed"
            yield Finding(path, fence.line, "unclosed-fence", what, "Add a line ``` after the last line of code")
        if fence.is_cell and (reason := fences.unknown_option(fence.options)):
            yield Finding(path, fence.line, "unknown-cell-option", reason)
    for line, rule, what, fix in (
        *exercises.faults(fences.scan(text, first_line)),
        *questions.faults(text, first_line),
    ):
        yield Finding(path, line, rule, what, fix)


def prose(page: Page) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a page that are no code; code inside a line is blanked."""
    inside: set[int] = set()
    for fence in fences.scan(page.body, page.body_line):
        inside.update(range(fence.line, fence.line + fence.code.count("\n") + (2 if fence.closed else 1)))
    for number, line in enumerate(page.body.splitlines(), start=page.body_line):
        if number not in inside:
            yield number, INLINE_CODE.sub(lambda code: " " * len(code[0]), line)


def alternatives(page: Page) -> Iterator[Finding]:
    """Yield `missing-alt-text` for each picture that says nothing to who cannot see it."""
    fix = "Say in the brackets what the picture shows: ![A red triangle](…)"
    for number, line in prose(page):
        for link in LINK.finditer(line):
            if link["image"] and not link["text"].strip():
                what = f"the picture `{link['target']}` has no text for who cannot see it"
                yield Finding(page.path, number, "missing-alt-text", what, fix)
        for tag in IMAGE_TAG.finditer(line):
            if not re.search(r"\balt\s*=", tag["attributes"]):
                yield Finding(page.path, number, "missing-alt-text", f"`{tag[0]}` has no `alt`", fix)


def links(page: Page) -> Iterator[Finding]:
    """Yield `broken-link` for each link to a file of the site that is not there."""
    for number, line in prose(page):
        for link in LINK.finditer(line):
            target = urlsplit(link["target"].strip("<>"))
            if target.scheme or target.netloc or not target.path:
                continue
            if target.path.startswith("/"):
                what = f"`{link['target']}` begins with a slash; expected a path from this page, such as `variables.md`"
                yield Finding(page.path, number, "broken-link", what)
                continue
            if not (page.path.parent / unquote(target.path)).exists():
                what = f"`{link['target']}` leads nowhere: there is no such file beside this page"
                yield Finding(page.path, number, "broken-link", what, f"ls {page.path.parent.name}/")


def twins_of(paths: dict[str, Path]) -> Iterator[Finding]:
    """Yield `missing-twin` for each language that lacks a page which another has."""
    source = paths.get(pages.SOURCE) or next(iter(paths.values()))
    have = next(language for language, path in paths.items() if path == source)
    for language in pages.LANGUAGES:
        if language not in paths:
            parts = list(source.parts)
            place = len(parts) - 1 - parts[::-1].index(have)
            parts[place] = language
            twin = "/".join(parts[place - 1 :])
            what = f"there is no {twin}: the same page in {pages.LANGUAGES[language]}"
            fix = f"Write {twin}, with the same code cells"
            yield Finding(source, 1, "missing-twin", what, fix)


def same_code(twins: dict[str, Page]) -> Iterator[Finding]:
    """Yield `code-differs` where a translation's cells are not those of the source language."""
    source = twins.get(pages.SOURCE)
    if source is None:
        return
    expected = [fence for fence in fences.scan(source.body, source.body_line) if fence.is_cell]
    for language, page in twins.items():
        if language == pages.SOURCE:
            continue
        found = [fence for fence in fences.scan(page.body, page.body_line) if fence.is_cell]
        where = "/".join(source.path.parts[-len(source.id.split("/")) - 2 :])
        for number, (wanted, got) in enumerate(itertools.zip_longest(expected, found), start=1):
            if wanted is None:
                what = f"block {number} has no counterpart in {where}, which has {len(expected)}"
                yield Finding(page.path, got.line, "code-differs", what)
            elif got is None:
                line = page.body_line + max(page.body.count("\n") - 1, 0)
                what = f"block {number} of {where}, line {wanted.line}, is missing here"
                yield Finding(page.path, line, "code-differs", what)
            elif wanted.code != got.code or wanted.options != got.options:
                yield Finding(page.path, got.line, "code-differs", _difference(number, wanted, got, where))


def _difference(number: int, wanted: fences.Fence, got: fences.Fence, where: str) -> str:
    for theirs, ours in itertools.zip_longest(wanted.code.splitlines(), got.code.splitlines()):
        if theirs != ours:
            says = "ends earlier" if ours is None else f"says `{ours.strip()}`"
            other = "has no such line" if theirs is None else f"says `{theirs.strip()}`"
            return f"block {number} {says}, {where} {other}"
    return f"block {number} has the options {got.options}, {where} has {wanted.options}"


def check_notebooks(folder: Path, found: Iterable[Page]) -> Iterator[Finding]:
    """Yield what is wrong with notebooks' texts, and `missing-notebook` for pages that name a practice which is absent.

    An assignment that is not released is no fault: its page says that it is not open yet.
    """
    for kind in ("practice", "assignments"):
        names: dict[str, dict[str, Path]] = {}
        for language in pages.LANGUAGES:
            for path in sorted((folder / kind / language).rglob("*.md")):
                names.setdefault(path.relative_to(folder / kind / language).as_posix(), {})[language] = path
                yield from fences_of_notebook(path)
        for twins in names.values():
            yield from twins_of(twins)
    for page in found:
        if (name := page.meta.get("practice")) and not (folder / "practice" / page.language / f"{name}.md").exists():
            what = f"`practice: {name}`, but there is no notebooks/practice/{page.language}/{name}.md"
            yield Finding(page.path, 1, "missing-notebook", what)


def fences_of_notebook(path: Path) -> Iterator[Finding]:
    """Yield `unclosed-fence` of a notebook's text; the options of its cells are jupytext's business."""
    for finding in fences_of(path, path.read_text("utf-8"), 1):
        if finding.rule == "unclosed-fence":
            yield finding


def check_messages(folder: Path) -> Iterator[Finding]:
    """Yield `message-missing`, `-placeholders`, `-untranslated` and `-twice` for the catalogues of the languages."""
    catalogues: dict[str, dict[str, str]] = {}
    for language in pages.LANGUAGES:
        path = folder / f"{language}.json"
        try:
            catalogues[language] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            yield Finding(path, 1, "message-missing", "there is no such catalogue of messages")
        except json.JSONDecodeError as error:
            yield Finding(path, error.lineno, "message-missing", f"not valid JSON: {error.msg}")
    source = catalogues.get(pages.SOURCE, {})
    for language, catalogue in catalogues.items():
        path = folder / f"{language}.json"
        for key in sorted({key for other in catalogues.values() for key in other} - catalogue.keys()):
            what = f"`{key}` is missing; {pages.SOURCE}.json says {source.get(key)!r}"
            yield Finding(path, 1, "message-missing", what)
        seen: set[str] = set()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            key = line.strip().partition('": ')[0].removeprefix('"')
            if key in seen:
                yield Finding(path, number, "message-twice", f"`{key}` stands here a second time")
            if key in source and key in catalogue:
                seen.add(key)
                if language != pages.SOURCE and catalogue[key] == source[key] and len(source[key].split()) > LOAN_WORDS:
                    what = f"`{key}` says the same as {pages.SOURCE}.json"
                    yield Finding(path, number, "message-untranslated", what)
                wanted, got = pages.placeholders(source[key]), pages.placeholders(catalogue[key])
                if wanted != got:
                    what = f"`{key}` has the placeholders {_names(got)}, {pages.SOURCE}.json has {_names(wanted)}"
                    yield Finding(path, number, "message-placeholders", what)


def _names(placeholders: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(placeholders)) or "none"
