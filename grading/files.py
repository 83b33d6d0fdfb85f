"""Files that several commands may write at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from grading.course import Course


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
