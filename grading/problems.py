"""What went wrong with a hand-in, as facts: told in each reader's language when it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grading import sandbox
from grading.messages import say


@dataclass(frozen=True)
class Problem:
    """One fact; `kind` is the end of a message's key, `values` fill its placeholders."""

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """Return the sentence in a language."""
        return say(language, f"problem.{self.kind}", **self.values)


def of_run(problem: sandbox.Problem) -> Problem:
    """Return what the sandbox noticed; cells are named by their position, counted from 1."""
    kind = problem.kind.replace("-", "_")
    values = {"cell": str(problem.cell_index + 1)}
    if problem.names:
        values["names"] = problem.names
    if problem.seconds is not None:
        values["seconds"] = f"{problem.seconds:g}"
    if problem.kind == "timeout" and problem.line is not None:
        if problem.line_cell_index is not None:
            values["cell"] = str(problem.line_cell_index + 1)
        return Problem("timeout_line", values | {"line": str(problem.line)})
    return Problem(kind, values)
