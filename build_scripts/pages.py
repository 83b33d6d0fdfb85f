"""Pages as their authors wrote them: where they are, what they are called, what stands at their top."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SOURCE = "fr"
LANGUAGES = {"fr": "Français", "en": "English", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})

FENCE_OF_FRONT_MATTER = "---"
SEARCH_BASE = re.compile(r'(<script id="__config" type="application/json">[^<]*?"base": )"[^"]*"')
LINK_TO_PAGE = re.compile(r"\]\(([^)\s:#]+\.md)[^)]*\)")
GROUPS_IN_PAGES = """
cards cell engine exercise explain frame glossary handin keys lite mine offline question reading site who
"""
PREFIXES_IN_PAGES = tuple(f"{group}." for group in GROUPS_IN_PAGES.split())


@dataclass(frozen=True)
class Page:
    """One Markdown page of `content/`, split into front matter and body."""

    path: Path
    language: str
    id: str
    """Path below the language's folder without `.md`: the same in every language, `python/variables`."""
    meta: Mapping[str, Any]
    body: str
    body_line: int
    """Number of the body's first line in the file, counted from 1."""
    fault: tuple[int, str] | None = field(default=None)
    """Line and reason when the front matter could not be read."""

    @property
    def is_lesson(self) -> bool:
        """Return whether learners work through this page: neither a home page nor a track's table of contents."""
        return self.id.rpartition("/")[2] != "index"


def read(path: Path, content: Path) -> Page:
    """Return the page at a path below the content folder.

    Front matter that is no YAML mapping does not raise: `fault` tells, and `meta` is empty.
    """
    language, _, rest = path.relative_to(content).as_posix().partition("/")
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return Page(path, language, rest.removesuffix(".md"), {}, "", 1, (line, "the text is not UTF-8"))
    meta, body_line, fault = front_matter(text)
    body = "".join(text.splitlines(keepends=True)[body_line - 1 :])
    return Page(path, language, rest.removesuffix(".md"), meta, body, body_line, fault)


def front_matter(text: str) -> tuple[dict[str, Any], int, tuple[int, str] | None]:
    r"""Return the mapping at the top of a page, the number of the first line after it, and what is wrong with it.

    >>> front_matter("---\ntitle: Variables\n---\nText")
    ({'title': 'Variables'}, 4, None)
    """
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != FENCE_OF_FRONT_MATTER:
        return {}, 1, (1, "the page does not begin with a block between two lines `---`")
    number = next((n for n, line in enumerate(lines[1:], start=2) if line.rstrip() == FENCE_OF_FRONT_MATTER), 0)
    if not number:
        return {}, 1, (1, "the block that begins with `---` is not closed by a second `---`")
    try:
        meta = yaml.safe_load("\n".join(lines[1 : number - 1]))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return {}, number + 1, (mark.line + 2 if mark else 1, f"not valid YAML: {getattr(error, 'problem', error)}")
    if not isinstance(meta, dict):
        return {}, number + 1, (1, "expected lines such as `title: Variables`")
    return meta, number + 1, None


def find(content: Path) -> list[Page]:
    """Return every page of every language, by language and path."""
    return [read(path, content) for language in LANGUAGES for path in sorted((content / language).rglob("*.md"))]


Nav = list[str | dict[str, str | list[str]]]
"""The shape of `nav` in mkdocs.yml."""


def order(pages: Iterable[Page], home_title: str) -> Nav:
    """Return the reading order of one language as MkDocs' `nav`: the home page, each track with its lessons, the rest.

    The order is the one in which index pages link to their pages; what they do not link to follows by name.
    """
    by_id = {page.id: page for page in pages}
    home = by_id.get("index")
    linked = linked_ids(home)
    nav: Nav = [{home_title: "index.md"}] if home else []
    folders = {name.rpartition("/")[0] for name in by_id} - {""}
    for folder in _in_order(folders, [name.partition("/")[0] for name in linked]):
        index = by_id.get(f"{folder}/index")
        names = {name for name in by_id if name.rpartition("/")[0] == folder and name != f"{folder}/index"}
        lessons = _in_order(names, linked_ids(index))
        title = str(index.meta.get("title", folder)) if index else folder
        nav.append({title: [f"{name}.md" for name in ([f"{folder}/index"] if index else []) + lessons]})
    others = {name for name in by_id if "/" not in name and name != "index"}
    nav.extend(f"{name}.md" for name in _in_order(others, linked))
    return nav


def linked_ids(page: Page | None) -> list[str]:
    """Return the identities of the pages that a page links to, in order; repeated as often as they are linked."""
    if page is None:
        return []
    folder = page.id.rpartition("/")[0]
    targets = LINK_TO_PAGE.findall(page.body)
    return [posixpath.normpath(posixpath.join(folder, target)).removesuffix(".md") for target in targets]


def _in_order(names: set[str], linked: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (linked.index(name) if name in linked else len(linked), name))


def messages(folder: Path, language: str) -> dict[str, str]:
    """Return the sentences that pages of a language need, from `site/theme/messages`."""
    catalogue: dict[str, str] = json.loads((folder / f"{language}.json").read_text("utf-8"))
    return {key: text for key, text in catalogue.items() if key.startswith(PREFIXES_IN_PAGES)}


def placeholders(text: str) -> set[str]:
    """Return the names in braces of a message.

    >>> sorted(placeholders("{mb} of {total} MB"))
    ['mb', 'total']
    """
    return set(re.findall(r"\{(\w+)\}", text))


def source_hash(text: str) -> str:
    """Return the short hash by which a page's saved edits know whether the page has changed since."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def search_from(html: str, home: str) -> str:
    """Return a page whose search reads the index of its own language, which lies at that language's root.

    Source: Material for MkDocs 9.8, partials/javascripts: `base` in the element `#__config`.

    >>> search_from('<script id="__config" type="application/json">{"base": "../..", "tags": null}</script>', "../")
    '<script id="__config" type="application/json">{"base": "../", "tags": null}</script>'
    """
    return SEARCH_BASE.sub(lambda found: f"{found[1]}{json.dumps(home)}", html, count=1)


def split_search(index: Mapping[str, Any], languages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return one search index per language out of the index of the whole site.

    A learner searches in the language of the page, and does not download the others. Locations become relative
    to the language's own root (`en/`), the source language keeps the site's.

    Source: Material for MkDocs 9.8, search worker: the last word is searched as a beginning, unless it was stemmed.

    >>> whole = {"config": {"lang": ["fr", "en"]}, "docs": [{"location": "en/python/"}, {"location": "python/"}]}
    >>> split_search(whole, ["fr", "en"])["en"]["docs"]
    [{'location': 'python/'}]
    """
    languages = list(languages)
    docs: dict[str, list[dict[str, Any]]] = {language: [] for language in languages}
    for entry in index["docs"]:
        language, slash, rest = entry["location"].partition("/")
        if slash and language in docs and language != SOURCE:
            docs[language].append({**entry, "location": rest})
        else:
            docs[SOURCE].append(entry)
    return {
        language: {
            **index,
            "config": {
                **index["config"],
                "lang": [language] if language in {"fr", "en"} else [language, "en"],
                "pipeline": ["stopWordFilter"],  # a stemmer would spoil the search for the beginning of a word
            },
            "docs": docs[language],
        }
        for language in languages
    }
