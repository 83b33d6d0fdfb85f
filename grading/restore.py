"""Puts a learner's notebook back into the shape that was released, so that marking cannot fail on it or be fooled.

What the learner wrote stays. Locked cells get their text back, graded cells their metadata, lost graded cells come
back, copies lose their role.
"""

from __future__ import annotations

import copy
from typing import Any

from grading.notebook import Notebook
from grading.problems import Problem


def restore(notebook: Notebook, released: list[Notebook]) -> tuple[Notebook, list[Problem]]:
    """Return the notebook as it will be run, and what had to be put right, in the order of the cells.

    Of several cells with one grade id the last one counts, as in nbgrader.

    Args:
        released: the cells that marking relies on, in their order, each with whole `nbgrader` metadata.
    """
    known = {cell.metadata.nbgrader.grade_id: cell for cell in released}
    problems: list[Problem] = []
    seen: set[str] = set()
    for cell in reversed(notebook.cells):
        grade_id = _grade_id(cell)
        if grade_id is None or grade_id not in known:
            cell.metadata.pop("nbgrader", None)
        elif grade_id in seen:
            cell.metadata.pop("nbgrader", None)
            problems.append(Problem("duplicated", {"cell": grade_id}))
        else:
            seen.add(grade_id)
            if _put_right(cell, known[grade_id]):
                problems.append(Problem("changed", {"cell": grade_id}))
    for index, cell in enumerate(released):
        meta = cell.metadata.nbgrader
        if meta.grade_id in seen or not (meta.get("grade") or meta.get("task")):
            continue
        before = {each.metadata.nbgrader.grade_id for each in released[:index]} & seen
        place = max((at for at, each in enumerate(notebook.cells) if _grade_id(each) in before), default=-1)
        notebook.cells.insert(place + 1, copy.deepcopy(cell))
        seen.add(meta.grade_id)
        problems.append(Problem("restored", {"cell": meta.grade_id}))
    return _with_cell_ids(notebook), problems[::-1]


def _grade_id(cell: Notebook) -> str | None:
    meta = cell.metadata.get("nbgrader")
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _put_right(cell: Notebook, released: Notebook) -> bool:
    """Give a cell its released kind, metadata and, when it is locked, text; return whether a test was changed."""
    meta = released.metadata.nbgrader
    if cell.cell_type != released.cell_type:
        cell.cell_type = released.cell_type
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.pop("attachments", None)
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    cell.metadata.nbgrader = copy.deepcopy(meta)
    # nbconvert and the sandbox leave cells with these tags out, and a test that was not run earns full points.
    cell.metadata.pop("tags", None)
    locked = meta.get("locked") or (meta.get("grade") and not meta.get("solution"))
    if not locked or cell.source == released.source:
        return False
    visible = _visible(released.source)
    changed = _squeezed(cell.source) not in (visible, _squeezed(released.source))
    cell.source = released.source
    return bool(meta.get("grade")) and changed


def hidden_lines(text: str) -> set[int]:
    r"""Return the numbers of the lines in hidden test regions, the marks included, counted from 1.

    >>> sorted(hidden_lines("a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"))
    [2, 3, 4]
    """
    found: set[int] = set()
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if "BEGIN HIDDEN TESTS" in line:
            inside = True
        if inside:
            found.add(number)
        if "END HIDDEN TESTS" in line:
            inside = False
    return found


def _visible(text: str) -> str:
    hidden = hidden_lines(text)
    return _squeezed("\n".join(line for number, line in enumerate(text.split("\n"), start=1) if number not in hidden))


def _squeezed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def _with_cell_ids(notebook: Notebook) -> Notebook:
    """Make cell ids unique, and as many as the notebook's format wants: nbformat refuses it otherwise."""
    wanted = (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    used: set[Any] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        if not wanted:
            cell.pop("id", None)
        elif cell.get("id") in used or not cell.get("id"):
            cell["id"] = f"restored-{number}"
        used.add(cell.get("id"))
    return notebook
