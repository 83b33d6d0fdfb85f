"""The course of nbgrader's documentation, with hand-ins of made-up learners."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

BITDIDDLE = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n    return [i**2 for i in range(n)]",
    "correct_squares": "# assert squares(1) == [1]",
    "squares_invalid_input": "",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(each for each in squares(n))",
    "sum_of_squares_equation": "$\\sum_{i=0}^n i^2$",
    "part-a": "It computes a series.",
    "part-b": "Below zero.",
}
HACKER = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n    return [i**2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    "sum_of_squares_equation": "$\\sum_{i=1}^n i^2$",
    "sum_of_squares_application": "def pyramid(n):\n    return sum_of_squares(n)\n\nprint(pyramid(3))",
    "part-a": "It computes a series by calling itself.",
    "part-b": "Below zero it never ends.",
}


def nbgrader(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run nbgrader's own command, which starts `alembic` and `jupyter` by name."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def course(root: Path, learners: Mapping[str, Mapping[str, str]]) -> Path:
    """Make the course that `nbgrader quickstart` makes, generate `ps1` with nbgrader, and let learners hand in.

    Args:
        learners: what each wrote, by grade id.
    """
    for command in (("quickstart", root.name), ("generate_assignment", "ps1")):
        done = nbgrader(*command, cwd=root if root.exists() else root.parent)
        assert done.returncode == 0, done.stderr
    for learner, answers in learners.items():
        folder = root / "submitted" / learner / "ps1"
        shutil.copytree(root / "release" / "ps1", folder)
        for path in folder.glob("*.ipynb"):
            notebook = nbformat.read(path, 4)
            for cell in notebook.cells:
                cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
            nbformat.write(notebook, path)
        (folder / "timestamp.txt").write_text("2015-02-02 14:58:23.948203 America/Los_Angeles")
    return root
