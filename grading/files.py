"""Files of a course: those that several commands may write at once, and those that lie beside a notebook."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import filelock

from grading.course import Course

LEFT_OUT = {"timestamp.txt", "submission_secret.txt"}


def replace(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it sees the old text or the new one, also after an interruption."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".new-", delete=False) as new:
        new.write(text)
    Path(new.name).replace(path)


@contextmanager
def alone(course: Course, assignment: str, learner: str) -> Iterator[None]:
    """Let nobody else record this hand-in meanwhile; others wait."""
    place = course.own / "locks" / f"{assignment}--{learner}"
    place.parent.mkdir(exist_ok=True)
    with filelock.FileLock(place):
        yield


def beside(folder: Path) -> Mapping[str, bytes]:
    """Return the files that a notebook in this folder may read, by path relative to it, with `/` between parts.

    Notebooks, nbgrader's bookkeeping, hidden files and links are left out: a link could lead anywhere on this machine.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        parts = [folder.joinpath(*inside.parts[: depth + 1]) for depth in range(len(inside.parts))]
        if path.suffix == ".ipynb" or path.name in LEFT_OUT or not path.is_file():
            continue
        if any(part.is_symlink() or part.name.startswith(".") for part in parts):
            continue
        found[inside.as_posix()] = path.read_bytes()
    return found
