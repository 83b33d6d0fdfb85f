"""Real builds by MkDocs itself, of a small site made for the test."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from build_scripts import csp

LESSON = """---
title: {title}
minutes: 20
level: debutant
---

# {title}

{text}

```python name="compter"
print(2 + 3)
```
"""
TEXTS = {"fr": ("Répéter", "Une tortue."), "en": ("Repeat", "A turtle."), "ar": ("كرّر", "سلحفاة.")}
RELEASE: dict[str, Any] = {
    "format": "passerelle-release",
    "version": 1,
    "course": "decouverte",
    "assignment": "premiers-pas",
    "hash": "0" * 64,
    "languages": ["fr", "en"],
    "notebooks": ["premiers-pas"],
    "points": 10,
    "due": None,
    "addresses": ["https://drop.example/decouverte"],
    "recipients": [],
    "cells": [],
}


def repository_in(tmp_path: Path, repository: Path) -> Path:
    """Make a repository with the real mkdocs.yml and theme, and a few pages in three languages."""
    shutil.copy(repository / "mkdocs.yml", tmp_path)
    shutil.copytree(repository / "site" / "theme", tmp_path / "site" / "theme")
    (tmp_path / "notebooks" / "practice").mkdir(parents=True)
    release = tmp_path / "notebooks/released/decouverte/premiers-pas/release.json"
    release.parent.mkdir(parents=True)
    release.write_text(json.dumps(RELEASE), "utf-8")
    for language, (title, text) in TEXTS.items():
        folder = tmp_path / "content" / language
        (folder / "python").mkdir(parents=True)
        (folder / "index.md").write_text(f"---\ntitle: {text}\n---\n\n# {text}\n\n[Python](python/index.md)\n", "utf-8")
        (folder / "python/index.md").write_text("---\ntitle: Python\n---\n\n# Python\n\n[1](repeter.md)\n", "utf-8")
        (folder / "python/repeter.md").write_text(LESSON.format(title=title, text=text), "utf-8")
        (folder / "python/devoir.md").write_text(
            "---\ntitle: D\nminutes: 9\nlevel: debutant\nassignment: premiers-pas\n---\n\n# D\n", "utf-8"
        )
        (folder / "python/pratique.md").write_text(
            "---\ntitle: P\nminutes: 9\nlevel: debutant\npractice: essais\n---\n\n# P\n", "utf-8"
        )
    return tmp_path


@pytest.fixture
def root(tmp_path: Path, repository: Path) -> Path:
    """A repository that the test may change."""
    return repository_in(tmp_path, repository)


def mkdocs(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A built site that tests only read."""
    root = repository_in(tmp_path_factory.mktemp("passerelle"), repository)
    done = mkdocs(root)
    assert done.returncode == 0, done.stderr
    return root / "_build" / "site"


def config(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="passerelle">(.*?)</script>', page, re.DOTALL)
    assert found
    read: dict[str, object] = json.loads(found[1])
    return read


@pytest.mark.parametrize(
    ("path", "language", "direction"),
    [("python/repeter", "fr", "ltr"), ("en/python/repeter", "en", "ltr"), ("ar/python/repeter", "ar", "rtl")],
)
def test_page_says_its_language_its_direction_its_twins_and_its_configuration(
    built: Path, path: str, language: str, direction: str
) -> None:
    page = (built / path / "index.html").read_text("utf-8")
    assert f'<html lang="{language}" dir="{direction}"' in page
    assert f'<body dir="{direction}"' in page
    root = "../" * (path.count("/") + 1)
    for twin, prefix in {"fr": "", "en": "en/", "ar": "ar/"}.items():
        href = "./" if twin == language else f"{root}{prefix}python/repeter/"
        assert re.search(rf'<link rel="alternate alternate" href="{re.escape(href)}" hreflang="{twin}">', page)
    told = config(page)
    assert {key: told[key] for key in ("lang", "root", "engine", "lite", "page")} == {
        "lang": language,
        "root": root,
        "engine": "",  # none is built here
        "lite": f"{root}lite/",
        "page": "python/repeter",
    }
    assert f"lite/notebooks-{language}/index.html?path=lessons/{language}/python/repeter.ipynb" in page
    assert f"<title>{TEXTS[language][0]} – Passerelle</title>" in page


def test_source_hash_changes_with_the_page(built: Path, root: Path) -> None:
    before = config((built / "python/repeter/index.html").read_text("utf-8"))["source_hash"]
    source = root / "content/fr/python/repeter.md"
    source.write_text(source.read_text("utf-8") + "\nEncore.\n", "utf-8")
    assert mkdocs(root).returncode == 0
    after = (root / "_build/site/python/repeter/index.html").read_text("utf-8")
    assert config(after)["source_hash"] != before


def test_every_page_carries_the_policy_with_the_hashes_of_its_own_scripts(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) == 16
    for path in pages:
        page = path.read_text("utf-8")
        policy = csp.META.search(page)
        assert policy, path
        expected = csp.posting_to(RELEASE["addresses"] if "devoir" in path.parts else [])
        assert policy[1] == csp.text(expected, csp.inline_hashes(page)), path
        assert not re.search(r'\son[a-z]+="|\sstyle="|<style|javascript:', page), path


def test_assignment_page_embeds_the_released_notebook_of_its_language(built: Path) -> None:
    english = (built / "en/python/devoir/index.html").read_text("utf-8")
    path = "assignments/decouverte/premiers-pas/en/premiers-pas.ipynb"
    assert f'<notebook-frame data-state="loading" data-kind="assignment" data-notebook="{path}">' in english
    assert f'href="../../../lite/files/{path}" download' in english
    assert config(english)["assignment"] == {"assignment": "premiers-pas", "releases": [{**RELEASE, "notebook": path}]}


def test_only_the_assignment_page_may_post_to_the_address_of_its_release(built: Path) -> None:
    assert "connect-src 'self' https://drop.example;" in (built / "python/devoir/index.html").read_text("utf-8")
    assert "https://drop.example;" not in (built / "python/repeter/index.html").read_text("utf-8")


def test_assignment_without_a_version_in_the_language_of_the_page_embeds_the_first(built: Path) -> None:
    arabic = (built / "ar/python/devoir/index.html").read_text("utf-8")
    assert 'data-notebook="assignments/decouverte/premiers-pas/fr/premiers-pas.ipynb"' in arabic


def test_practice_page_embeds_its_notebook(built: Path) -> None:
    page = (built / "ar/python/pratique/index.html").read_text("utf-8")
    assert 'data-kind="practice" data-notebook="practice/ar/essais.ipynb"' in page
    assert config(page)["practice"] == {"notebook": "practice/ar/essais.ipynb"}


def test_assignment_that_is_not_released_is_told_to_learners(root: Path) -> None:
    shutil.rmtree(root / "notebooks/released")
    assert mkdocs(root).returncode == 0
    page = (root / "_build/site/python/devoir/index.html").read_text("utf-8")
    assert "<notebook-frame" not in page
    assert "Ce devoir n&#39;est pas encore ouvert." in page or "Ce devoir n'est pas encore ouvert." in page


def test_search_finds_each_language_in_its_own_index(built: Path) -> None:
    for language, folder in {"fr": "", "en": "en/", "ar": "ar/"}.items():
        index = json.loads((built / f"{folder}search/search_index.json").read_text("utf-8"))
        titles = {entry["title"] for entry in index["docs"] if entry["location"] == "python/repeter/"}
        assert titles == {TEXTS[language][0]}
        assert f'"base": "../../{"../" if folder else ""}{folder}"' in (
            built / folder / "python/repeter/index.html"
        ).read_text("utf-8")


def test_site_carries_nothing_that_no_page_asks_for(built: Path) -> None:
    names = [path.name for path in built.rglob("*") if path.is_file()]
    assert not [name for name in names if name.endswith(".map")]
    assert sorted(name for name in names if name.startswith("lunr.")) == [
        "lunr.ar.min.js",
        "lunr.fr.min.js",
        "lunr.multi.min.js",
        "lunr.stemmer.support.min.js",
    ]


def test_missing_address_is_answered_in_every_language(built: Path) -> None:
    page = (built / "404.html").read_text("utf-8")
    for sentence in ("Cette page n", "This page does not exist.", "هذه الصفحة غير موجودة."):
        assert sentence in page
    assert not (built / "ar/404.html").exists()


@pytest.mark.parametrize("site_dir", ["content", "content/fr", "site", "notebooks", "."])
def test_site_dir_in_a_source_folder_stops_mkdocs_before_it_deletes_anything(root: Path, site_dir: str) -> None:
    settings = root / "mkdocs.yml"
    settings.write_text(settings.read_text("utf-8").replace("site_dir: _build/site", f"site_dir: {site_dir}"), "utf-8")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    done = mkdocs(root)
    assert done.returncode != 0
    assert "site_dir" in done.stderr  # MkDocs itself refuses what concerns its docs_dir, our plugin the rest
    if site_dir in {"site", "notebooks"}:
        assert f"it is, holds or lies in `{site_dir}`, a folder of source files" in done.stderr
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_cell_with_an_unknown_option_stops_mkdocs(root: Path) -> None:
    page = root / "content/fr/python/repeter.md"
    page.write_text(page.read_text("utf-8").replace('name="compter"', 'nom="compter"'), "utf-8")
    done = mkdocs(root)
    assert done.returncode != 0
    assert "python/repeter.md: unknown-cell-option: a cell has no option `nom`; it has: name, exercise," in done.stderr


def test_link_that_leads_nowhere_stops_mkdocs(root: Path) -> None:
    page = root / "content/en/python/repeter.md"
    page.write_text(page.read_text("utf-8") + "\n[x](absent.md)\n", "utf-8")
    assert mkdocs(root).returncode != 0
