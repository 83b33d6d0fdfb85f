"""Release: from an assignment's source to the learners' version, the gradebook and `release.json`."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grading import gradebook, marking, source
from grading import notebook as nb
from grading.course import SLUG, Course
from grading.errors import BadSource, WrongCall
from grading.messages import say

KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
"""JupyterLite's kernel: a notebook that names another opens with a question."""

REGION = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\b.*?\n(.*?)[^\n]*END \1", re.DOTALL)
BUILD = "passerelle/build"


@dataclass(frozen=True)
class Release:
    """A released assignment: its folder and what its `release.json` says."""

    folder: Path
    about: dict[str, Any]


def release(
    course: Course,
    assignment: str,
    material: Path,
    into: Path | None = None,
    *,
    due: str | None = None,
    addresses: list[str] | None = None,
) -> Release:
    """Write the learners' version of an assignment, in every language, and return it.

    Solution regions become stubs, hidden tests go, grade cells are locked. The course's `source/`, `release/` and
    gradebook get the assignment too, so that nbgrader's own commands work on it. The same source gives the same bytes.

    Args:
        material: the checkout that holds `notebooks/assignments`.
        into: folder for `<course>/<assignment>/`; default: `notebooks/released` of the checkout.
        due: until when it can be handed in, ISO 8601; None keeps what the last release said.
        addresses: where learners' browsers post hand-ins; None keeps what the last release said.

    Raises:
        BadSource: the source or its marking has something to mend, or a region would have leaked.
        WrongCall: there is no such assignment, or the name cannot be one.
    """
    if not SLUG.match(assignment):
        raise WrongCall(f"{assignment!r} is no name of an assignment: lower case letters, digits and hyphens")
    when = _due(due)
    found = source.read(assignment, material, gradebook.folder(course, "source", ".", assignment))
    written = {
        language: _generate(course, assignment, found, language, canonical=language == found.languages[0])
        for language in found.languages
    }
    for language, notebooks in written.items():
        for name, (whole, learners) in notebooks.items():
            _check_leaks(f"{assignment} ({language}): {name}", found.notebooks[language][name], learners)
            _keep_whole(course, assignment, language, name, whole)
    _keep_marking(course, assignment, material / "notebooks" / "assignments" / f"{assignment}.toml")
    target = (into or material / "notebooks" / "released") / course.code / assignment
    before = _before(target / "release.json")
    about = _about(course, assignment, found, written)
    about["due"] = when if due is not None else before.get("due")
    about["addresses"] = addresses if addresses is not None else before.get("addresses", [])
    if about["due"] is not None:
        gradebook.due(course, assignment, about["due"])
    _write(target, about, _files(course, assignment, written), found.folder)
    kept = course.releases(assignment)
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{about['hash']}.json").write_bytes(_json(about))
    return Release(target, about)


def _due(text: str | None) -> str | None:
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongCall(f"{text!r} is no time", "write it so: --due 2026-12-31T18:00+01:00") from error
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _before(path: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _generate(
    course: Course, assignment: str, found: source.Source, language: str, *, canonical: bool
) -> dict[str, tuple[nb.Notebook, nb.Notebook]]:
    """Run nbgrader's converter over one language; the first language is the one in the gradebook."""
    if canonical:
        folder = gradebook.folder(course, "source", ".", assignment)
        names = folder.relative_to(course.root).parts[0], gradebook.folder(course, "release", ".", assignment)
        places = names[0], names[1].relative_to(course.root).parts[0]
    else:
        places = f"{BUILD}/source-{language}", f"{BUILD}/release-{language}"
        folder = course.root / places[0] / assignment
    if not (canonical and found.folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, notebook in found.notebooks[language].items():
            _replace(course, folder / f"{name}.ipynb", nb.text(notebook))
    stubs = (
        say(language, "assignment.code_stub") + "\nraise NotImplementedError()",
        say(language, "assignment.text_stub"),
    )
    try:
        return gradebook.generate(course, assignment, *places, stubs=stubs, record=canonical)
    finally:
        if not canonical:
            shutil.rmtree(course.own / "build")


def _replace(course: Course, path: Path, text: str) -> None:
    """Write a source; one that a person has changed since is kept beside."""
    ours = course.own / "written.json"
    digests: dict[str, str] = _before(ours)
    key = path.relative_to(course.root).as_posix()
    if path.exists():
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != digests.get(key) and data != text.encode():
            kept = course.own / "replaced" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{path.name}"
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(data)
    path.write_text(text, "utf-8", newline="\n")
    digests[key] = hashlib.sha256(text.encode()).hexdigest()
    ours.write_bytes(_json(digests))


def _check_leaks(where: str, written: nb.Notebook, learners: nb.Notebook) -> None:
    """Raise BadSource when a line of a solution or hidden test is still in what learners get.

    A line that also stands outside every region (`else:`) is no leak.
    """
    secret: set[str] = set()
    public: set[str] = set()
    for cell in written.cells:
        secret |= {line.strip() for region in REGION.finditer(cell.source) for line in region[2].split("\n")}
        public |= {line.strip() for line in REGION.sub("", cell.source).split("\n")}
    left = {line.strip() for cell in learners.cells for line in cell.source.split("\n")}
    marked = sorted(line for line in left if source.MARK.search(line))
    if leaked := sorted((secret - public - {""}) & left) or marked:
        raise BadSource(
            f"{where}: leaked-line: `{leaked[0]}` would have been in the learners' version; nothing was published"
        )


def _keep_whole(course: Course, assignment: str, language: str, name: str, whole: nb.Notebook) -> None:
    folder = course.sources(assignment) / language
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(nb.text(whole), "utf-8", newline="\n")


def _keep_marking(course: Course, assignment: str, path: Path) -> None:
    """Keep what the author says about marking; nothing when the author says nothing any more."""
    marking.read(path)  # what is wrong with it is said now, not when marks are needed
    kept = course.sources(assignment) / marking.FILE
    if path.exists():
        shutil.copyfile(path, kept)
    else:
        kept.unlink(missing_ok=True)


def _files(
    course: Course,
    assignment: str,
    written: dict[str, dict[str, tuple[nb.Notebook, nb.Notebook]]],
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for language, notebooks in written.items():
        for name, (_, learners) in notebooks.items():
            about = {"course": course.code, "assignment": assignment, "language": language}
            learners.metadata = nb.node({"kernelspec": KERNEL, "passerelle": about})
            files[f"{language}/{name}.ipynb"] = (nb.text(learners) + "\n").encode()
    return files


def _about(
    course: Course,
    assignment: str,
    found: source.Source,
    written: dict[str, dict[str, tuple[nb.Notebook, nb.Notebook]]],
) -> dict[str, Any]:
    """Return release.json. The hash covers the learners' notebooks, by path and content."""
    files = _files(course, assignment, written)
    lines = (f"{path} {hashlib.sha256(data).hexdigest()}\n" for path, data in sorted(files.items()))
    cells = []
    for name, (whole, _) in written[found.languages[0]].items():
        for cell in whole.cells:
            graded, answer, task = gradebook.roles(cell)
            if graded or task:
                mode = "manual" if answer or task or cell.cell_type != "code" else "auto"
                meta = cell.metadata.nbgrader
                cells.append({"notebook": name, "id": meta.grade_id, "points": meta.points, "mode": mode})
    return {
        "format": "passerelle-release",
        "version": 1,
        "course": course.code,
        "assignment": assignment,
        "hash": hashlib.sha256("".join(lines).encode()).hexdigest(),
        "languages": found.languages,
        "notebooks": sorted(written[found.languages[0]]),
        "points": sum(cell["points"] for cell in cells),
        "due": None,
        "addresses": [],
        "recipients": [],
        "cells": cells,
    }


def _write(target: Path, about: dict[str, Any], files: dict[str, bytes], beside: Path | None) -> None:
    """Replace the released folder by a whole new one."""
    new = target.with_name(f".{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for path, data in {"release.json": _json(about), **files}.items():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        (new / path).write_bytes(data)
    for file in sorted(beside.rglob("*")) if beside else []:
        if file.is_file() and file.suffix != ".ipynb" and not file.is_symlink():
            copied = new / about["languages"][0] / file.relative_to(beside or file)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
