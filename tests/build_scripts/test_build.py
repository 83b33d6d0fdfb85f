"""The steps of `lessons build` that are ours, and the site that all of them make."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from build_scripts import browser, build, csp
from build_scripts.errors import Fault
from build_scripts.progress import Progress
from build_scripts.tree import Tree


def test_page_that_mkdocs_refuses_is_told_in_its_words_and_the_site_stays(tmp_path: Path) -> None:
    (tmp_path / "content/fr").mkdir(parents=True)
    (tmp_path / "mkdocs.yml").write_text("site_name: x\ndocs_dir: absent\n", "utf-8")
    messages = tmp_path / "site/theme/messages"
    messages.mkdir(parents=True)
    for language in ("fr", "en", "ar"):
        (messages / f"{language}.json").write_text("{}", "utf-8")
    with pytest.raises(build.BrokenPages, match="docs_dir"):
        build.build_pages(Tree(tmp_path), Progress(quiet=True))
    assert not (tmp_path / "_build/site").exists()


def test_bundle_is_named_after_its_content_and_known_to_the_pages(built_site: Path) -> None:
    bundle = browser.read(built_site.parent / "bundle")
    for name in (bundle.page, bundle.worker):
        assert (built_site / browser.FOLDER / name).is_file()
    assert f"{browser.FOLDER}/{bundle.page}" in (built_site / "python/variables/index.html").read_text("utf-8")
    assert f"{browser.FOLDER}/{bundle.page}" not in (built_site / "aide/index.html").read_text("utf-8")


def test_notebook_pages_have_their_own_policy(built_site: Path) -> None:
    for language in ("fr", "en", "ar"):
        page = (built_site / f"lite/notebooks-{language}/index.html").read_text("utf-8")
        policy = csp.META.search(page)
        assert policy
        assert policy[1] == csp.text(csp.LITE, csp.inline_hashes(page))


def test_no_text_of_the_site_names_a_content_delivery_network(built_site: Path) -> None:
    found = [
        path.relative_to(built_site).as_posix()
        for path in built_site.rglob("*.html")
        for host in ("jsdelivr", "unpkg.com", "googleapis", "gstatic", "cdnjs")
        if host in path.read_text("utf-8")
    ]
    assert found == []


def test_script_that_served_pages_name_stays_until_the_new_pages_are_there(tmp_path: Path, repository: Path) -> None:
    for name in ("content", "notebooks", "site"):
        shutil.copytree(repository / name, tmp_path / name)
    shutil.copy(repository / "mkdocs.yml", tmp_path)
    (tmp_path / "grading").mkdir()
    shutil.copy(repository / "grading/handin.schema.json", tmp_path / "grading")
    tree, report = Tree(tmp_path), Progress(quiet=True)
    old = tree.site / browser.FOLDER / "page-0123456789.js"
    old.parent.mkdir(parents=True)
    old.write_text("old", "utf-8")
    build.build_bundle(tree, report)
    assert old.read_text("utf-8") == "old"
    lesson = tmp_path / "content/fr/aide.md"
    sound = lesson.read_text("utf-8")
    lesson.write_text(f"{sound}\n```python\n1\n", "utf-8")
    with pytest.raises(Fault):
        build.build_pages(tree, report)
    assert old.exists()
    lesson.write_text(sound, "utf-8")
    build.build_pages(tree, report)
    assert not old.exists()
    named = browser.read(tree.bundle).page
    assert named in (tree.site / "python/variables/index.html").read_text("utf-8")
    assert (tree.site / browser.FOLDER / named).exists()
