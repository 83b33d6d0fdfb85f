"""Attempts: every hand-in as it came, never altered; the latest stands in nbgrader's `submitted/`."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from grading import gradebook
from grading.course import Course

STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Attempt:
    """One hand-in of one learner.

    Attributes:
        number: counted from 1 for each learner and assignment, in order of arrival.
        language: language of the notebooks; "" when the hand-in does not tell.
        created: when the learner handed in; UTC, `YYYY-MM-DDTHH:MM:SSZ`. Never later than `received`.
        received: when it was collected; same form.
        source: name of the file or folder that it came as.
        sha256: of the original file, or of all names and contents of a folder.
        release: hash of the release that it comes from; "" when it does not tell.
        code: receipt code; "" when it has none.
    """

    learner: str
    assignment: str
    number: int
    language: str
    created: str
    received: str
    source: str
    sha256: str
    release: str = ""
    code: str = ""

    def folder(self, course: Course) -> Path:
        """Where the attempt is kept: `original/`, `files/` as they were in it, and `attempt.json`."""
        return course.attempts(self.assignment) / self.learner / f"{self.number:04d}"


def fingerprint(files: Mapping[str, bytes]) -> str:
    """Return one SHA-256 over names and contents, whatever their order."""
    lines = (f"{name} {hashlib.sha256(data).hexdigest()}\n" for name, data in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def of(course: Course, assignment: str, learner: str) -> list[Attempt]:
    """Return the attempts of a learner, in order of arrival."""
    files = sorted((course.attempts(assignment) / learner).glob("[0-9]*/attempt.json"))
    return [Attempt(**json.loads(file.read_text("utf-8"))) for file in files]


def latest(course: Course, assignment: str, learner: str) -> Attempt | None:
    """Return the attempt that counts: the last one handed in, whenever it arrived."""
    return max(of(course, assignment, learner), key=lambda each: (each.created, each.number), default=None)


def find(course: Course, assignment: str, learner: str, sha256: str) -> Attempt | None:
    """Return the attempt with this content, if it was taken in before."""
    return next((each for each in of(course, assignment, learner) if each.sha256 == sha256), None)


def keep(
    course: Course,
    *,
    learner: str,
    assignment: str,
    created: datetime,
    source: str,
    original: Mapping[str, bytes],
    files: Mapping[str, bytes],
    sha256: str,
    language: str = "",
    release: str = "",
    code: str = "",
) -> Attempt:
    """Keep a hand-in as the learner's next attempt and return it; it appears whole or not at all.

    Args:
        original: what came, by name; kept byte for byte.
        files: notebooks and what lies beside them, by path within the assignment's folder.
    """
    now = datetime.now(UTC)
    numbers = [each.number for each in of(course, assignment, learner)]
    attempt = Attempt(
        learner=learner,
        assignment=assignment,
        number=max(numbers, default=0) + 1,
        language=language,
        created=min(created.astimezone(UTC), now).strftime(STAMP),
        received=now.strftime(STAMP),
        source=source,
        sha256=sha256,
        release=release,
        code=code,
    )
    folder = attempt.folder(course)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as made:
        new = Path(made) / "attempt"
        for place, contents in (("original", original), ("files", files)):
            for name, data in contents.items():
                path = new / place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                path.chmod(0o444)
        (new / "attempt.json").write_text(json.dumps(asdict(attempt), indent=1) + "\n", "utf-8")
        new.rename(folder)
    return attempt


def place(course: Course, attempt: Attempt) -> None:
    """Put an attempt into nbgrader's `submitted/` in place of what is there; what is there must be an attempt.

    It appears whole or not at all: half a copy would be taken for something newer that the learner handed in.
    """
    folder = gradebook.folder(course, "submitted", attempt.learner, attempt.assignment)
    folder.parent.mkdir(parents=True, exist_ok=True)
    created = datetime.strptime(attempt.created, STAMP).replace(tzinfo=UTC)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as made:
        new = Path(made) / "new"
        shutil.copytree(attempt.folder(course) / "files", new, copy_function=shutil.copyfile)
        (new / "timestamp.txt").write_text(f"{created:%Y-%m-%d %H:%M:%S} UTC\n", "utf-8")
        if folder.exists():
            folder.rename(Path(made) / "old")
        new.rename(folder)


def adopt(course: Course, assignment: str, learner: str) -> Attempt | None:
    """Return the attempt that stands in `submitted/`, made from it when it came there without `grading collect`.

    Returns None when there is nothing.
    """
    folder = gradebook.folder(course, "submitted", learner, assignment)
    files = beside(folder)
    if not any(name.endswith(".ipynb") for name in files):
        return None
    sha256 = fingerprint(files)
    for each in reversed(of(course, assignment, learner)):
        if each.sha256 == sha256 or fingerprint(beside(each.folder(course) / "files")) == sha256:
            return each
    return keep(
        course,
        learner=learner,
        assignment=assignment,
        created=gradebook.timestamp(folder),
        source=f"submitted/{learner}/{assignment}",
        original={},
        files=files,
        sha256=sha256,
    )


def beside(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by path, without nbgrader's own, hidden ones and links."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not any(step.is_symlink() for step in (path, *path.parents) if step.is_relative_to(folder))
        and path.name not in ("timestamp.txt", "submission_secret.txt")
    }
