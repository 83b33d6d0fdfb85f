"""What each page tells its templates and its scripts: links, sentences, the engine, the notebook it embeds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from build_scripts import browser, glossary, pages, questions, serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Frame:
    """The notebook that a page embeds."""

    kind: str
    """`practice` or `assignment`."""
    notebook: str
    """Path in JupyterLite's contents."""


@dataclass(frozen=True)
class View:
    """What the templates show of one page."""

    config: dict[str, Any]
    """The page configuration that scripts read, element `#passerelle`."""
    text: Mapping[str, str]
    """The sentences of the page's language, by key."""
    root: str
    """Relative address of the site's root, with a slash at the end."""
    home: str
    """The same for the root of the page's language."""
    lesson_notebook: str
    """Address of the lesson as a notebook; empty when the page has no cells."""
    frame: Frame | None
    script: str
    """Address of the browser bundle; empty when nothing on the page needs it."""
    visit: str
    """Address of the script that every page loads."""


@dataclass(frozen=True)
class Site:
    """What is the same for all pages of a build."""

    bundle: browser.Bundle
    engine: serving.Published | None
    """None before the first build."""
    texts: Mapping[str, Mapping[str, str]]
    releases: Mapping[str, list[dict[str, Any]]]
    """Assignment → its releases, one a course."""

    @classmethod
    def read(cls, build: Path, messages: Path, notebooks: Path) -> Site:
        """Return what the folders say; an engine or bundle that is not built yet is left out."""
        releases: dict[str, list[dict[str, Any]]] = {}
        for path in sorted((notebooks / "released").glob("*/*/release.json")):
            release = json.loads(path.read_text("utf-8"))
            releases.setdefault(release["assignment"], []).append(release)
        return cls(
            bundle=browser.read(build / "bundle"),
            engine=serving.read(build / "published.json"),
            texts={language: pages.messages(messages, language) for language in pages.LANGUAGES},
            releases=releases,
        )

    def view(self, *, language: str, page: str, root: str, meta: Mapping[str, Any], source: str, content: str) -> View:
        """Return what the templates show of a page.

        Args:
            language: two letters.
            page: the page's identity, the same in every language.
            root: relative address of the site's root, with a slash at the end.
            meta: the page's front matter.
            source: the page's Markdown.
            content: the page's HTML.
        """
        has_cells = "<py-cell" in content
        unused = tuple(
            prefix
            for prefix, mark in (
                ("exercise.", "data-exercise="),
                ("cards.", "<join-cards"),
                ("glossary.", glossary.CLASS),
                ("keys.", "<py-cell"),
                ("mine.", "<my-work"),
                ("question.", questions.CLASS),
            )
            if mark not in content
        )
        texts = {key: text for key, text in self.texts[language].items() if not key.startswith(unused)}
        config: dict[str, Any] = {
            "lang": language,
            "languages": list(self.texts),
            "root": root,
            "engine": f"{root}engine/{self.engine.module}" if self.engine else "",
            "engineBytes": self.engine.bytes if self.engine else 0,
            "worker": f"{root}{browser.FOLDER}/{self.bundle.worker}" if self.bundle.worker else "",
            "scripts": {name: f"{root}{browser.FOLDER}/{file}" for name, file in self.bundle.when_needed.items()},
            "errors": f"{root}{browser.FOLDER}/{self.bundle.errors.get(language, '')}",
            "lite": f"{root}lite/",
            "page": page,
            "source_hash": pages.source_hash(source),
            "messages": texts,
        }
        frame = None
        if name := meta.get("practice"):
            frame = Frame("practice", f"practice/{language}/{name}.ipynb")
            config["practice"] = {"notebook": frame.notebook}
        elif name := meta.get("assignment"):
            releases = [_with_notebook(release, language) for release in self.releases.get(name, [])]
            config["assignment"] = {"assignment": name, "releases": releases}
            if releases:
                frame = Frame("assignment", releases[0]["notebook"])
        notebook = f"{root}lite/notebooks-{language}/index.html?path=lessons/{language}/{page}.ipynb"
        runs = self.bundle.page and (has_cells or frame)
        return View(
            config=config,
            text=self.texts[language],
            root=root,
            home=root if language == pages.SOURCE else f"{root}{language}/",
            lesson_notebook=notebook if has_cells else "",
            frame=frame,
            script=f"{root}{browser.FOLDER}/{self.bundle.page}" if runs else "",
            visit=f"{root}{browser.FOLDER}/{self.bundle.visit}" if self.bundle.visit else "",
        )


def _with_notebook(release: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return a release with the address of its first notebook in a language, in JupyterLite's contents."""
    spoken = language if language in release["languages"] else release["languages"][0]
    folder = f"assignments/{release['course']}/{release['assignment']}/{spoken}"
    return {**release, "notebook": f"{folder}/{release['notebooks'][0]}.ipynb"}
