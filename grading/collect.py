"""Collect: hand-ins in, whatever they come as; what cannot be read is set aside with its reason."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from grading import attempts, gradebook, handin
from grading.course import Course
from grading.errors import Refused, WrongCall

type Status = Literal["taken", "known", "set-aside", "left"]

PLAIN = re.compile(r"^(?P<learner>[^-].*?)--(?P<assignment>.+?)(?:--(?P<notebook>.+?))?(?: ?\(\d+\))?\.ipynb$")
NAME = re.compile(r"^\w[\w .@+-]{0,127}$")
COPIED_BYTES = 200 * handin.MIB


@dataclass(frozen=True)
class Arrival:
    """What became of one file or folder.

    Attributes:
        path: as it was found.
        status: `taken` as an attempt, `known` since before, `set-aside` with a reason, `left` for another assignment.
        attempt: number of the attempt, counted from 1; 0 when there is none.
        reason: why it was set aside; "" otherwise.
        code: the code on the learner's receipt; "" when there is none.
    """

    path: Path
    status: Status
    learner: str = ""
    assignment: str = ""
    attempt: int = 0
    reason: str = ""
    code: str = ""


@dataclass(frozen=True)
class _Found:
    """Files that are one hand-in: a `.handin` file, a folder of a `submitted/` tree, notebooks of one learner."""

    paths: tuple[Path, ...]
    learner: str = ""
    assignment: str = ""
    folder: Path | None = None
    names: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return self.folder or self.paths[0]


def collect(course: Course, assignment: str | None = None, places: Iterable[Path] = ()) -> list[Arrival]:
    """Take in every hand-in at these places and return what became of each; nothing there is altered or deleted.

    Args:
        assignment: take only hand-ins of this one; None for all.
        places: files and folders, looked through with all that is in them; default: the course's inbox.

    Raises:
        WrongCall: a place does not exist, or the assignment was never released in this course.
    """
    released = gradebook.assignments(course)
    if assignment is not None and assignment not in released:
        raise WrongCall(f"{assignment} was never released in the course {course.code}", f"grading release {assignment}")
    places = [place.absolute() for place in places] or [course.inbox]
    for place in places:
        if not place.exists():
            raise WrongCall(f"{place} does not exist")
    arrivals: list[Arrival] = []
    touched: set[tuple[str, str]] = set()
    for found in _find(places, set(released)):
        try:
            arrival = _take(course, released, assignment, found)
        except Refused as refusal:
            reason = refusal.what
            try:
                _set_aside(course, found, reason)
            except OSError as error:  # a full disk, a path too long for Windows: the others are taken in all the same
                reason += f" (no copy was made: {error.strerror or error})"
            arrival = Arrival(found.path, "set-aside", found.learner, found.assignment, reason=reason)
        except OSError as error:
            reason = f"it cannot be read: {error.strerror or error}"
            arrival = Arrival(found.path, "set-aside", found.learner, found.assignment, reason=reason)
        arrivals.append(arrival)
        if arrival.status == "taken":
            touched.add((arrival.assignment, arrival.learner))
    for name, learner in sorted(touched):
        if newest := attempts.latest(course, name, learner):
            attempts.place(course, newest)
    return arrivals


def _find(places: Iterable[Path], released: set[str]) -> Iterator[_Found]:
    """Yield what lies at the places, each file once; hidden files and nbgrader's bookkeeping are passed over."""
    seen: set[Path] = set()
    plain: list[Path] = []
    for place in places:
        files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        trees = {path.parent for path in files if path.suffix == ".ipynb" and path.parent.name in released}
        trees = {folder for folder in trees if not any(PLAIN.match(path.name) for path in folder.glob("*.ipynb"))}
        for folder in sorted(trees):
            # A hand-in file says itself whose it is, wherever it lies: it is never a file beside somebody's notebook.
            inside = tuple(
                path
                for path in files
                if path.is_relative_to(folder) and path not in seen and path.suffix.lower() != ".handin"
            )
            seen.update(inside)
            if inside:
                yield _Found(inside, learner=folder.parent.name, assignment=folder.name, folder=folder)
        for path in files:
            base = place if place.is_dir() else place.parent
            hidden = any(part.startswith(".") for part in path.relative_to(base).parts)
            if path in seen or hidden or path.name in ("timestamp.txt", "Thumbs.db", "desktop.ini"):
                continue
            seen.add(path)
            if PLAIN.match(path.name):
                plain.append(path)
            else:
                yield _Found((path,))
    yield from _plain(plain)


def _plain(paths: list[Path]) -> Iterator[_Found]:
    """Yield notebooks that carry their learner in their name; those of one learner and assignment go together."""
    open_groups: dict[tuple[str, str], list[tuple[Path, str]]] = {}
    for path in sorted(paths, key=lambda each: (each.stat().st_mtime, each.name)):
        parts = PLAIN.match(path.name)
        assert parts is not None  # noqa: S101 - _find matched it
        key, name = (parts["learner"], parts["assignment"]), parts["notebook"] or ""
        group = open_groups.setdefault(key, [])
        if any(name == other for _, other in group):
            yield _group(key, group)
            group = open_groups[key] = []
        group.append((path, name))
    for key, group in open_groups.items():
        yield _group(key, group)


def _group(key: tuple[str, str], group: list[tuple[Path, str]]) -> _Found:
    return _Found(
        tuple(path for path, _ in group), learner=key[0], assignment=key[1], names=tuple(name for _, name in group)
    )


def _take(course: Course, released: dict[str, list[str]], wanted: str | None, found: _Found) -> Arrival:
    if found.folder:
        reader: Callable[..., Arrival] = _take_tree
    elif found.assignment:
        reader = _take_plain
    elif found.path.suffix.lower() == ".handin":
        reader = _take_handin
    elif found.path.suffix.lower() == ".ipynb":
        raise Refused("its name does not tell the learner and the assignment: name it <learner>--<assignment>.ipynb")
    elif found.path.suffix.lower() == ".zip":
        raise Refused("it is a zip, not a hand-in file (.handin): unpack it and collect the folder")
    else:
        raise Refused("it is neither a hand-in file (.handin) nor a notebook (.ipynb)")
    return reader(course, released, wanted, found)


def _take_handin(course: Course, released: dict[str, list[str]], wanted: str | None, found: _Found) -> Arrival:
    read = handin.read(found.path)
    if read.course != course.code:
        raise Refused(f"it is for the course {read.course}; this is the course {course.code}")
    expected = _released(released, read.assignment, course)
    if wanted not in (None, read.assignment):
        return Arrival(found.path, "left", read.learner, read.assignment)
    if not (course.releases(read.assignment) / f"{read.release}.json").exists():
        raise Refused(
            f"it comes from a release of {read.assignment} that this course does not know ({read.release[:8]}…)"
        )
    if unknown := sorted(set(read.notebooks) - set(expected)):
        raise Refused(f"{read.assignment} has no notebook {unknown[0]}; it has {', '.join(expected)}")
    data = found.path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    known = attempts.find(course, read.assignment, read.learner, sha256)
    if known is None:
        _save_standing(course, read.assignment, read.learner)
    kept = known or attempts.keep(
        course,
        learner=read.learner,
        assignment=read.assignment,
        created=datetime.fromisoformat(read.created),
        source=found.path.name,
        original={"handed-in.handin": data},
        files={f"{name}.ipynb": notebook for name, notebook in read.notebooks.items()},
        sha256=sha256,
        language=read.language,
        release=read.release,
        code=read.code,
    )
    status: Status = "known" if known else "taken"
    return Arrival(found.path, status, read.learner, read.assignment, kept.number, code=kept.code)


def _take_tree(course: Course, released: dict[str, list[str]], wanted: str | None, found: _Found) -> Arrival:
    folder = found.folder or found.path
    _check_learner(found.learner)
    expected = _released(released, found.assignment, course)
    if wanted not in (None, found.assignment):
        return Arrival(found.path, "left", found.learner, found.assignment)
    size_bytes = sum(path.stat().st_size for path in found.paths)
    if size_bytes > handin.UNPACKED_BYTES:
        raise Refused(f"the folder is too large: {size_bytes / handin.MIB:.1f} MiB")
    files = {name: data for name, data in attempts.beside(folder).items() if not name.lower().endswith(".handin")}
    if not any(f"{name}.ipynb" in files for name in expected):
        raise Refused(f"the folder has no notebook of {found.assignment}: {', '.join(expected)}")
    _check_all(files)
    return _keep(course, found, gradebook.timestamp(folder), files)


def _take_plain(course: Course, released: dict[str, list[str]], wanted: str | None, found: _Found) -> Arrival:
    _check_learner(found.learner)
    expected = _released(released, found.assignment, course)
    if wanted not in (None, found.assignment):
        return Arrival(found.path, "left", found.learner, found.assignment)
    files: dict[str, bytes] = {}
    for path, told in zip(found.paths, found.names, strict=True):
        if not told and len(expected) > 1:
            raise Refused(
                f"{found.assignment} has the notebooks {', '.join(expected)}: "
                f"name it {found.learner}--{found.assignment}--<notebook>.ipynb"
            )
        name = told or expected[0]
        if name not in expected:
            raise Refused(f"{found.assignment} has no notebook {name}; it has {', '.join(expected)}")
        if path.stat().st_size > handin.NOTEBOOK_BYTES:
            raise Refused(f"the file is too large: at most {handin.NOTEBOOK_BYTES // handin.MIB} MiB are taken")
        files[f"{name}.ipynb"] = path.read_bytes()
    _check_all(files)
    newest = max(path.stat().st_mtime for path in found.paths)
    return _keep(course, found, datetime.fromtimestamp(newest, UTC), files)


def _keep(course: Course, found: _Found, created: datetime, files: dict[str, bytes]) -> Arrival:
    sha256 = attempts.fingerprint(files)
    known = attempts.find(course, found.assignment, found.learner, sha256)
    if known is None:
        _save_standing(course, found.assignment, found.learner)
        known_after = attempts.find(course, found.assignment, found.learner, sha256)
        kept = known_after or attempts.keep(
            course,
            learner=found.learner,
            assignment=found.assignment,
            created=created,
            source=found.path.name,
            original={},
            files=files,
            sha256=sha256,
        )
        return Arrival(found.path, "taken", found.learner, found.assignment, kept.number)
    return Arrival(found.path, "known", found.learner, found.assignment, known.number)


def _save_standing(course: Course, assignment: str, learner: str) -> None:
    """Make an attempt of what already stands in `submitted/`, before something newer takes its place."""
    attempts.adopt(course, assignment, learner)


def _released(released: dict[str, list[str]], assignment: str, course: Course) -> list[str]:
    if assignment not in released:
        raise Refused(f"the assignment {assignment} was never released in the course {course.code}")
    return released[assignment]


def _check_learner(learner: str) -> None:
    if not NAME.match(learner):
        raise Refused(f"{learner!r} cannot be a learner's code")


def _check_all(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        if name.endswith(".ipynb"):
            handin.check_notebook(name, data)


def _set_aside(course: Course, found: _Found, reason: str) -> None:
    """Copy what was refused, with its reason, once: the same content refused again adds nothing."""
    course.set_aside.mkdir(parents=True, exist_ok=True)
    for path in found.paths:
        size_bytes = path.stat().st_size
        digest = _digest(path)
        if any(digest in note.read_text("utf-8") for note in course.set_aside.glob("*.reason.json")):
            continue
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}-{re.sub(r'[^\w.() -]', '_', path.name)[-100:]}"
        if size_bytes <= COPIED_BYTES:
            shutil.copyfile(path, course.set_aside / name)
        note = {"file": str(path), "size_bytes": size_bytes, "sha256": digest, "reason": reason}
        text = json.dumps(note, ensure_ascii=False, indent=1) + "\n"
        # A name in no known encoding (old USB sticks) stays in the JSON as the escapes that stand for its bytes.
        (course.set_aside / f"{name}.reason.json").write_text(text, "utf-8", errors="backslashreplace")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
