"""The folder that the site goes to: what it may not be, and how a new site takes the place of the old one."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from build_scripts.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SOURCES = ("content", "notebooks", "site", "build_scripts", "grading", "tests", ".git")
STAGED = "PASSERELLE_STAGED_SITE"
"""Environment variable by which `lessons build` has MkDocs write beside the site that is being served."""


class DangerousSiteDir(Fault):
    """MkDocs empties `site_dir` before it builds, and this one holds somebody's work."""


def refuse_tracked(site_dir: Path, root: Path) -> None:
    """Return when a site may be written to a folder; MkDocs will delete everything in it.

    Raises:
        DangerousSiteDir: the folder is, holds or lies in a folder of the repository's own files.
    """
    site_dir, root = site_dir.resolve(), root.resolve()
    if root.is_relative_to(site_dir):
        _refuse(site_dir, "it holds the whole repository")
    if not site_dir.is_relative_to(root):
        return
    top = site_dir.relative_to(root).parts[0]
    if top in SOURCES or _tracks(root, top):
        _refuse(site_dir, f"it is, holds or lies in `{top}`, a folder of source files")


def _refuse(site_dir: Path, reason: str) -> None:
    raise DangerousSiteDir(
        f"mkdocs.yml: site_dir: MkDocs would delete everything in {site_dir}, and {reason}.",
        "Set `site_dir: _build/site` in mkdocs.yml; nothing was deleted.",
    )


def _tracks(root: Path, name: str) -> bool:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--", name],
            cwd=root,
            capture_output=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(listed.stdout.strip())


def publish(staged: Path, site: Path, keep: Iterable[str], *, prune: bool = True) -> list[str]:
    """Make a folder equal to a staged one, except for the subfolders that others fill; return the paths that changed.

    Without `prune`, files that are not staged stay.

    A file whose bytes are the same keeps its time, so that browsers and servers need not fetch it again. A reader
    sees either the old or the new file, never half of one.
    """
    kept = tuple(f"{name}/" for name in keep)
    wanted = {path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()}
    changed = []
    for name in sorted(wanted):
        source, target = staged / name, site / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.next")
        shutil.copyfile(source, draft)
        draft.replace(target)
        changed.append(name)
    for path in sorted(site.rglob("*"), reverse=True) if prune else ():
        name = path.relative_to(site).as_posix()
        if f"{name}/".startswith(kept) or name in wanted:
            continue
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink()
            changed.append(name)
    return changed


def mirror(source: Path, target: Path) -> None:
    """Make a folder hold the same files as another through hard links, or copies where links cannot be made."""
    if target.is_dir() and _same(source, target):
        return
    staged = target.with_name(f".{target.name}.next")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(source, staged, copy_function=link)
    replace(staged, target)


def _same(source: Path, target: Path) -> bool:
    def stamps(folder: Path) -> dict[str, tuple[int, int]]:
        return {
            path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in folder.rglob("*")
            if path.is_file()
        }

    return stamps(source) == stamps(target)


def replace(staged: Path, target: Path) -> None:
    """Put a folder that is complete in the place of another."""
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)


def write(path: Path, data: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(path)


def link(source: str, target: str) -> str:
    """Give a file a second name, or copy it where that cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
