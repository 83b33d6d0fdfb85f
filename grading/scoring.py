"""What counts of a test cell's outputs: nbgrader's rules, but for what would be unfair in them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Literal

from grading import notebook as nb
from grading.marking import Rules
from grading.notebook import Notebook

type Reason = Literal["stderr", "points"]
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no points", "traceback": []}


@dataclass(frozen=True)
class Scale:
    """How points are given.

    Attributes:
        rules: `nbgrader` for its rules to the letter.
        wordy: notebooks and test cells that end with something that is no number, even when all is right.
    """

    rules: Rules = "fair"
    wordy: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Difference:
    """A test cell that has other points than nbgrader would give, and why.

    Attributes:
        reason: `stderr`, it wrote to the error stream, which is no error; `points`, it ended with something that is no
            number of points, which nbgrader takes for all of them.
    """

    notebook: str
    cell: str
    reason: Reason


def fair(cell: Notebook, *, wordy: bool = False) -> tuple[Notebook, Reason | None]:
    """Return a test cell with the outputs that count, and why these are not all.

    nbgrader's rule then gives nothing after an error, a number where the cell ends with one, else all points.

    Args:
        wordy: the author's own solution lets the cell end with something that is no number.

    >>> from nbformat.v4 import new_code_cell, new_output
    >>> fair(new_code_cell(outputs=[new_output("stream", name="stderr", text="careful")]))[1]
    'stderr'
    >>> fair(new_code_cell(outputs=[new_output("execute_result", {"text/plain": "-1"})]))[0].outputs[0].output_type
    'error'
    """
    kept = [output for output in cell.outputs if (output.output_type, output.get("name")) != ("stream", "stderr")]
    reason: Reason | None = "stderr" if len(kept) < len(cell.outputs) else None
    result = next((output for output in kept if output.output_type == "execute_result"), None)
    if result is not None:
        number = points(result)
        if (number is None and not wordy) or (number is not None and not number >= 0):
            kept, reason = [ERROR], "points"
        elif number is None:
            kept.remove(result)
    made: Notebook = copy.deepcopy(cell)
    made.outputs = [nb.node(output) for output in kept]
    return made, reason


def points(result: Notebook) -> float | None:
    """Return the number that a cell ended with, None when it is none."""
    text = (result.get("data") or {}).get("text/plain") or ""
    try:
        return float("".join(text) if isinstance(text, list) else text)
    except (TypeError, ValueError):
        return None
