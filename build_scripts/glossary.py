"""The glossary: one page a language that people read, and the source of the explanations in lessons.

    ### Variable { #variable forms="variables" }

    A name that keeps a value.

The heading is the word, `forms` are other forms of it that lessons use. The identity after `#` is the same in every
language; from it the page gets the word's names in the other languages.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from build_scripts import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from build_scripts.pages import Page

PAGE = "lexique"
"""Identity of the glossary's page."""
ENTRY = re.compile(r'^### (?P<term>.+?) \{ #(?P<id>[a-z0-9-]+)(?P<more> forms="(?P<forms>[^"]*)")? \}$')
CLASS = "ps-word"
MARKED = re.compile(rf'class="{CLASS}" data-word="([a-z0-9-]+)"')
TOKEN = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)")
PRESSED = ["a", "button", "fieldset", "label", "select", "summary", "textarea"]
UNREAD = ["code", "kbd", "notebook-frame", "pre", "py-cell", "script", "style", "svg"]
UNMARKED = frozenset([*PRESSED, *UNREAD, "table", "h1", "h2", "h3", "h4", "h5", "h6"])
"""Elements whose text stays as it is: it is no prose, or it can be pressed already, or it scrolls by itself."""
HARAKAT = "\u064b-\u0652\u0670"
"""Vowel signs of Arabic, which a text may have or leave out."""
ARABIC_BEGINNINGS = "(?:[وف]?(?:[بك]?ال|لل|[بكل])?)"
"""And, so; in, like, for; the article: Arabic writes them in one with the word."""


@dataclass(frozen=True)
class Word:
    """One word of the glossary, in one language."""

    id: str
    term: str
    forms: tuple[str, ...]
    """Other forms, as lessons write them."""
    text: str
    """What it means: one paragraph of Markdown."""
    line: int
    """Number of the heading in its file, counted from 1."""


def read(page: Page) -> list[Word]:
    """Return the words of a glossary page, in its order."""
    words = []
    lines = page.body.splitlines()
    for number, line in enumerate(lines):
        if entry := ENTRY.match(line):
            following = lines[number + 1 :]
            end = next((at for at, other in enumerate(following) if other.startswith("#")), len(following))
            text = " ".join(part.strip() for part in following[:end] if part.strip())
            forms = tuple(form.strip() for form in (entry["forms"] or "").split(",") if form.strip())
            words.append(Word(entry["id"], entry["term"], forms, text, page.body_line + number))
    return words


def find(content: Path) -> dict[str, list[Word]]:
    """Return the words of every language that has a glossary page below the content folder."""
    found = {language: content / language / f"{PAGE}.md" for language in pages.LANGUAGES}
    return {language: read(pages.read(path, content)) for language, path in found.items() if path.exists()}


def others(word: str, language: str, glossaries: Mapping[str, Sequence[Word]]) -> dict[str, str]:
    """Return what a word is called in the other languages, by language."""
    return {
        other: twin.term
        for other, words in glossaries.items()
        for twin in words
        if other != language and twin.id == word
    }


def page(markdown: str, language: str, glossaries: Mapping[str, Sequence[Word]]) -> str:
    """Return a glossary page's Markdown as readers see it: without `forms`, with the names in the other languages."""
    lines = []
    for line in markdown.split("\n"):
        entry = ENTRY.match(line)
        if not entry:
            lines.append(line)
            continue
        names = [
            f'<span lang="{other}" dir="{"rtl" if other in pages.RIGHT_TO_LEFT else "ltr"}">{html.escape(term)}</span>'
            for other, term in others(entry["id"], language, glossaries).items()
        ]
        lines += [f"### {entry['term']} {{ #{entry['id']} }}", "", f'<p class="ps-names">{" · ".join(names)}</p>']
    return "\n".join(lines)


def mark(content: str, words: Sequence[Word], address: str, language: str) -> str:
    """Return a page's HTML with a link to the glossary at the first place of each word.

    Args:
        content: the HTML of a page's Markdown.
        words: the glossary of the page's language.
        address: the glossary page, as seen from this one.
        language: two letters.
    """
    by_form = {_plain(form): word for word in words for form in (word.term, *word.forms)}
    if not by_form:
        return content
    pattern = _pattern(by_form, language)
    done: set[str] = set()

    def link(found: re.Match[str]) -> str:
        word = by_form[_plain(found["form"])]
        if word.id in done:
            return found[0]
        done.add(word.id)
        return f'<a class="{CLASS}" data-word="{word.id}" href="{address}#{word.id}">{found[0]}</a>'

    parts = TOKEN.split(content)
    within: list[str] = []
    for number, part in enumerate(parts):
        if number % 2:
            within = _after(part, within)
        elif not within:
            parts[number] = pattern.sub(link, part)
    return "".join(parts)


def shown(content: str, language: str, glossaries: Mapping[str, Sequence[Word]]) -> dict[str, dict[str, object]]:
    """Return what a page's script shows of the words that are marked in its HTML, by identity."""
    marked = set(MARKED.findall(content))
    return {
        word.id: {
            "term": word.term,
            "text": word.text,
            "others": others(word.id, language, glossaries),
        }
        for word in glossaries.get(language, ())
        if word.id in marked
    }


def faults(found: Sequence[Page]) -> Iterator[tuple[Page, int, str, str]]:
    """Yield the page, line, rule and reason of what is wrong with the glossaries of the languages."""
    glossaries = {page.language: (page, read(page)) for page in found if page.id == PAGE}
    ids = {language: {word.id for word in words} for language, (_, words) in glossaries.items()}
    for page, words in glossaries.values():
        for language, theirs in ids.items():
            for word in words:
                if word.id not in theirs:
                    what = f"`{word.term}` has no counterpart `#{word.id}` in {language}/{PAGE}.md"
                    yield page, word.line, "glossary-incomplete", what
        seen: dict[str, str] = {}
        for word in words:
            if not word.text:
                yield page, word.line, "glossary-incomplete", f"`{word.term}` has no explanation"
            for form in (word.term, *word.forms):
                if seen.setdefault(_plain(form), word.id) != word.id:
                    what = f"`{form}` stands for `#{seen[_plain(form)]}` and for `#{word.id}`"
                    yield page, word.line, "glossary-twice", what
            if [other.id for other in words].count(word.id) > 1:
                yield page, word.line, "glossary-twice", f"`#{word.id}` is explained twice"
        for number, line in enumerate(page.body.splitlines(), start=page.body_line):
            if line.startswith("### ") and not ENTRY.match(line):
                what = f'`{line}` is not written as `### Word {{ #word forms="words" }}`'
                yield page, number, "glossary-incomplete", what


def _plain(form: str) -> str:
    """Return a form without capitals and Arabic vowel signs.

    >>> _plain("Écran")
    'écran'
    """
    return re.sub(f"[{HARAKAT}]", "", unicodedata.normalize("NFC", form)).lower().replace("’", "'")


def _pattern(by_form: Mapping[str, Word], language: str) -> re.Pattern[str]:
    def letters(form: str) -> str:
        signs = f"[{HARAKAT}]*" if language == "ar" else ""
        return "".join(
            r"\s+" if letter == " " else "['’]" if letter == "'" else re.escape(letter) + signs for letter in form
        )

    longest_first = sorted(by_form, key=len, reverse=True)
    forms = "|".join(letters(form) for form in longest_first)
    beginning = ARABIC_BEGINNINGS if language == "ar" else ""
    return re.compile(rf"(?<![\w&#{HARAKAT}-]){beginning}(?P<form>{forms})(?![\w{HARAKAT}-])", re.IGNORECASE)


def _after(tag: str, within: list[str]) -> list[str]:
    """Return the unmarked elements that are open after a tag."""
    found = TAG.match(tag)
    if not found or found["name"].lower() not in UNMARKED:
        return within
    name = found["name"].lower()
    if not found["end"]:
        return [*within, name]
    return within[: len(within) - 1 - within[::-1].index(name)] if name in within else within
