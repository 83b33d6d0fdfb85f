"""An assignment's source: jupytext Markdown in each language, or notebooks written in nbgrader; read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grading import notebook as nb
from grading.errors import BadSource, UnclosedRegion, WrongCall

SOURCE_LANGUAGE = "fr"
"""The language whose cells stand in the gradebook, when the assignment has it."""

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
MARK = re.compile(r"\b(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\b")
CELL_ID = re.compile(r"^[a-zA-Z0-9-_]{1,64}$")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

Notebook = nb.Notebook


@dataclass(frozen=True)
class Source:
    """An assignment as its author wrote it.

    Attributes:
        languages: the one for the gradebook first, then by alphabet.
        notebooks: by language, then by name.
        folder: what lies beside notebooks written in nbgrader; None for Markdown.
    """

    languages: list[str]
    notebooks: dict[str, dict[str, Notebook]]
    folder: Path | None = None


def read(assignment: str, material: Path, written_in_nbgrader: Path) -> Source:
    """Return the source of an assignment, checked.

    Args:
        material: a checkout; looked at first: `notebooks/assignments/<lang>/<assignment>.md`, or a folder of that name.
        written_in_nbgrader: folder of notebooks, taken when the checkout has no such assignment.

    Raises:
        WrongCall: there is no such assignment.
        BadSource: something in it is to be mended; all faults at once.
        UnclosedRegion: a region is not closed.
    """
    texts = _texts(assignment, material)
    if texts:
        notebooks = {language: {path.stem: _from_text(path) for path in paths} for language, paths in texts.items()}
        origins = {(language, path.stem): path for language, paths in texts.items() for path in paths}
        folder = None
    else:
        found = sorted(written_in_nbgrader.glob("*.ipynb"))
        if not found:
            raise WrongCall(
                f"there is no assignment {assignment}: neither {material / 'notebooks' / 'assignments'}/<lang>/"
                f"{assignment}.md nor notebooks in {written_in_nbgrader}",
                "say where the sources are: grading release ASSIGNMENT --material DIR",
            )
        language = SOURCE_LANGUAGE
        notebooks = {language: {path.stem: _from_notebook(path) for path in found}}
        origins = {(language, path.stem): path for path in found}
        folder = written_in_nbgrader
    languages = sorted(notebooks, key=lambda each: (each != SOURCE_LANGUAGE, each))
    faults = [
        fault for (language, name), path in origins.items() for fault in _cell_faults(path, notebooks[language][name])
    ]
    faults += _twin_faults(assignment, languages, notebooks, origins)
    if faults:
        raise BadSource("\n".join(faults))
    return Source(languages, notebooks, folder)


def _texts(assignment: str, material: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for folder in sorted((material / "notebooks" / "assignments").glob("*/")):
        single, several = folder / f"{assignment}.md", sorted((folder / assignment).glob("*.md"))
        if single.exists():
            found[folder.name] = [single]
        elif several:
            found[folder.name] = several
    return found


def _from_text(path: Path) -> Notebook:
    text = path.read_text("utf-8")
    _check_regions(path, text)
    import jupytext  # noqa: PLC0415 (marking does without it)

    notebook = nb.node(jupytext.reads(text, fmt="md"))  # type: ignore[no-untyped-call]
    notebook.metadata = nb.node({"kernelspec": KERNEL})
    return _with_ids(notebook)


def _from_notebook(path: Path) -> Notebook:
    try:
        notebook = nb.read(path)
    except Exception as error:  # nbformat raises whatever its parsers raise
        raise BadSource(f"{path}: not a notebook: {error}") from error
    for index, cell in enumerate(notebook.cells, start=1):
        opened = ""
        for _, word, region in _marks(cell.source):
            opened = region if word == "BEGIN" else ""
        if opened:
            raise UnclosedRegion(
                f"{path}: unclosed-region: cell {index} has BEGIN {opened} without END {opened}",
                f"add a line `### END {opened}` to cell {index}",
            )
    return notebook


def _marks(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if found := MARK.search(line):
            yield number, found[1], found[2]


def _check_regions(path: Path, text: str) -> None:
    """Raise UnclosedRegion with the line at which a region begins that its cell does not close."""
    opened: tuple[int, str] | None = None
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        ends = stripped == fence if fence else stripped == "<!-- #endregion -->"
        if ends and opened:
            break
        if ends:
            fence = ""
        elif not fence and (begun := re.match(r"(`{3,}|~{3,})\S", stripped)):
            fence = begun[1]
        if found := MARK.search(line):
            if found[1] == "BEGIN" and opened:
                break
            opened = (number, found[2]) if found[1] == "BEGIN" else None
    if opened:
        number, region = opened
        raise UnclosedRegion(
            f"{path}:{number}: unclosed-region: BEGIN {region} has no END {region} in its cell",
            f"add a line `### END {region}` before the cell ends",
        )


def _with_ids(notebook: Notebook) -> Notebook:
    """Give each cell an id that is the same at every run: its grade id, else its position."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.id = grade_id if CELL_ID.match(grade_id) else f"cell-{index + 1}"
    return notebook


def _cell_faults(path: Path, notebook: Notebook) -> Iterator[str]:
    seen: set[str] = set()
    for index, cell in enumerate(notebook.cells, start=1):
        where = f"{path}: cell {index}"
        meta = cell.metadata.get("nbgrader")
        regions = {region for _, _, region in _marks(cell.source)}
        if meta is None:
            if regions:
                yield f"{where}: lost-region: it has {' and '.join(sorted(regions))} but no nbgrader metadata"
            continue
        grade_id = meta.get("grade_id")
        graded = meta.get("grade") or meta.get("task")
        if not grade_id:
            yield f"{where}: no-grade-id: its nbgrader metadata lacks grade_id"
        elif grade_id in seen:
            yield f"{where}: duplicate-grade-id: {grade_id} stands twice in this notebook"
        seen.add(grade_id or "")
        if graded and not _is_number(meta.get("points")):
            yield f"{where}: no-points: {grade_id} is graded, but its points are {meta.get('points')!r}"
        if "SOLUTION" in regions and not meta.get("solution"):
            yield f"{where}: lost-region: {grade_id} has a SOLUTION region but is no solution cell"
        if "HIDDEN TESTS" in regions and not meta.get("grade"):
            yield f"{where}: lost-region: {grade_id} has HIDDEN TESTS but is no test cell"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _twin_faults(
    assignment: str,
    languages: list[str],
    notebooks: dict[str, dict[str, Notebook]],
    origins: dict[tuple[str, str], Path],
) -> Iterator[str]:
    """Yield what differs between languages and must not: notebooks, graded cells, their kind and points."""
    first = languages[0]
    for language in languages[1:]:
        if set(notebooks[language]) != set(notebooks[first]):
            yield (
                f"{assignment}: other-notebooks: {first} has {', '.join(sorted(notebooks[first]))}, "
                f"{language} has {', '.join(sorted(notebooks[language]))}"
            )
            continue
        for name in sorted(notebooks[first]):
            path = origins[language, name]
            here, there = _graded(notebooks[language][name]), _graded(notebooks[first][name])
            for grade_id in [each for each in there if each not in here]:
                yield f"{path}: missing-cell: {grade_id} is in {first} and not here"
            for grade_id in [each for each in here if each not in there]:
                yield f"{path}: extra-cell: {grade_id} is not in {first}"
            both = [each for each in there if each in here]
            if both != [each for each in here if each in there]:
                yield f"{path}: other-order: the graded cells do not stand in the order that {first} has"
            for grade_id in both:
                if here[grade_id] != there[grade_id]:
                    yield f"{path}: other-cell: {grade_id} is {here[grade_id]}, in {first} {there[grade_id]}"


def _graded(notebook: Notebook) -> dict[str, str]:
    found: dict[str, str] = {}
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader")
        if meta is not None:
            roles = [role for role in ("grade", "solution", "task", "locked") if meta.get(role)]
            points = f", {meta['points']:g} points" if _is_number(meta.get("points")) else ""
            found[meta.get("grade_id") or ""] = f"{cell.cell_type} {'+'.join(roles)}{points}"
    return found
