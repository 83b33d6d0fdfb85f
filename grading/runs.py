"""What running an attempt gave: kept, so that nothing is run twice, and that grading goes on where it was interrupted.

Nothing here is needed for longer than it is right: a run whose key is not today's is done again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from grading import files
from grading import notebook as nb
from grading.attempts import Attempt
from grading.course import Course
from grading.modes import Reference
from grading.notebook import Notebook
from grading.problems import Problem


@dataclass(frozen=True)
class Kept:
    """An attempt's notebooks as they were run.

    Attributes:
        key: stands for everything that the outputs depend on.
        notebooks: with their outputs, by name.
        seconds: how long they ran.
        language: in which the attempt was made.
        failed: why nothing could be run; "" when it was.
    """

    key: str
    notebooks: dict[str, Notebook] = field(repr=False)
    problems: list[Problem]
    engine: str = ""
    seconds: float = 0.0
    language: str = ""
    failed: str = ""


def key(*parts: Any) -> str:
    """Return one SHA-256 over JSON values, bytes, and tuples of them.

    >>> key("a", 1) == key("a", 1) != key("a1")
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode()
        digest.update(f"{len(data)} ".encode() + data)
    return digest.hexdigest()


@cache
def program() -> str:
    """Return what stands for this program: another one may run notebooks in another way."""
    here = Path(__file__).parent
    found = sorted(path for end in ("*.py", "*.ts") for path in here.rglob(end))
    return key(*(part for path in found for part in (path.relative_to(here).as_posix(), path.read_bytes())))


def load(course: Course, attempt: Attempt, wanted: str) -> Kept | None:
    """Return the kept run of an attempt; None when there is none, it is damaged, or of another key."""
    read = _read(_file(course, attempt))
    if read.get("key") != wanted:
        return None
    notebooks = {name: nb.node(each) for name, each in read.pop("notebooks").items()}
    problems = [Problem(**each) for each in read.pop("problems")]
    return Kept(notebooks=notebooks, problems=problems, **read)


def save(course: Course, attempt: Attempt, kept: Kept) -> None:
    """Keep the run of an attempt, whole or not at all."""
    _write(_file(course, attempt), asdict(kept))


def load_references(course: Course, assignment: str, wanted: str) -> dict[str, Reference] | None:
    """Return what the author's solutions taught, by notebook; None when that is not known for this key."""
    read = _read(course.runs(assignment) / "references.json")
    if read.get("key") != wanted:
        return None
    return {name: Reference.of(each) for name, each in read["references"].items()}


def save_references(course: Course, assignment: str, wanted: str, references: Mapping[str, Reference]) -> None:
    """Keep what the author's solutions taught."""
    documents = {name: each.document() for name, each in references.items()}
    _write(course.runs(assignment) / "references.json", {"key": wanted, "references": documents})


def _file(course: Course, attempt: Attempt) -> Path:
    return course.runs(attempt.assignment) / attempt.learner / f"{attempt.number:04d}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write(path: Path, document: Mapping[str, Any]) -> None:
    files.replace(path, json.dumps(document) + "\n")
