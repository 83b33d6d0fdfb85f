"""The folder of the site: never one with somebody's work, never half a site."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from build_scripts import output


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a tracked folder of its own and a page."""
    root = tmp_path / "passerelle"
    for name in ("content/fr/index.md", "medias/photo.txt", "_build/site/index.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("précieux", "utf-8")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "content", "medias"], cwd=root, check=True)
    return root


@pytest.mark.parametrize(
    "site_dir",
    ["content", "content/fr", "content/fr/new", "notebooks", "site", "medias", "medias/x", ".", "..", ".git"],
)
def test_site_dir_with_tracked_files_is_refused(root: Path, site_dir: str) -> None:
    with pytest.raises(output.DangerousSiteDir, match="site_dir"):
        output.refuse_tracked(root / site_dir, root)


def test_site_dir_that_is_a_link_to_a_tracked_folder_is_refused(root: Path) -> None:
    (root / "_build" / "out").symlink_to(root / "content")
    with pytest.raises(output.DangerousSiteDir):
        output.refuse_tracked(root / "_build" / "out", root)


@pytest.mark.parametrize("site_dir", ["_build/site", "public", "../elsewhere"])
def test_site_dir_apart_from_tracked_files_is_taken(root: Path, site_dir: str) -> None:
    output.refuse_tracked(root / site_dir, root)


def test_publishing_replaces_adds_removes_and_keeps_what_others_made(tmp_path: Path) -> None:
    staged, site = tmp_path / "staged", tmp_path / "site"
    for path, text in {
        staged / "a.html": "new",
        staged / "b/c.html": "same",
        site / "a.html": "old",
        site / "b/c.html": "same",
        site / "gone/d.html": "old",
        site / "engine/wheel.whl": "kept",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    os.utime(site / "b/c.html", (1, 1))
    assert sorted(output.publish(staged, site, keep=("engine",))) == ["a.html", "gone/d.html"]
    assert {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} == {
        "a.html",
        "b/c.html",
        "engine/wheel.whl",
    }
    assert (site / "a.html").read_text("utf-8") == "new"
    assert (site / "b/c.html").stat().st_mtime == 1
    assert not (site / "gone").exists()
    assert output.publish(staged, site, keep=("engine",)) == []


def test_mirrored_folder_has_the_same_files_and_no_others(tmp_path: Path) -> None:
    source, target = tmp_path / "engine", tmp_path / "site" / "engine"
    source.mkdir()
    target.mkdir(parents=True)
    (source / "new.whl").write_bytes(b"1")
    (target / "old.whl").write_bytes(b"0")
    output.mirror(source, target)
    assert [path.name for path in target.iterdir()] == ["new.whl"]
