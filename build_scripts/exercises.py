"""Exercises of a lesson: the cell that a learner fills in, and what is not to be read: setup, checks, solution."""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from build_scripts import fences
from build_scripts.fences import Fence

TRIES = 5
"""After so many tries the solution can be seen."""


@dataclass
class Exercise:
    """One exercise.

    Attributes:
        cell: the cell that the learner fills in.
        parts: by their kind (`setup`, `check`, `solution`), the code of the blocks that name this exercise.
    """

    cell: Fence
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def packed(self) -> str:
        """What the page carries without showing it: JSON in base64, so that neither reader nor search meets it."""
        tries = int(self.cell.options.get("tries", TRIES))
        told = {kind: self.parts.get(kind, "") for kind in fences.PARTS} | {"tries": tries}
        return base64.b64encode(json.dumps(told, ensure_ascii=False).encode()).decode()


def find(found: list[Fence]) -> dict[str, Exercise]:
    """Return the exercises of a page by name, with their parts."""
    exercises: dict[str, Exercise] = {}
    for fence in found:
        if fence.is_cell and (name := fence.options.get("exercise")):
            exercises.setdefault(name, Exercise(fence))
    for fence in found:
        for kind in fence.part_kinds:
            if exercise := exercises.get(fence.options[kind]):
                exercise.parts[kind] = exercise.parts.get(kind, "") + fence.code
    return exercises


def fold(text: str) -> str:
    """Return a page's Markdown with the parts of its exercises taken out of sight, into the cell they belong to."""
    found = fences.scan(text)
    exercises = find(found)
    lines = text.split("\n")
    for fence in found:
        opening = fence.line - 1
        if fence.part_kinds:
            end = opening + fence.code.count("\n") + (2 if fence.closed else 1)
            lines[opening:end] = [""] * (end - opening)
        elif fence.is_cell and (name := fence.options.get("exercise")):
            lines[opening] += f' {fences.PACKED}="{exercises[name].packed}"'
    return "\n".join(lines)


def faults(found: list[Fence]) -> Iterator[tuple[int, str, str, str]]:
    """Yield line, rule, what is wrong and what to do for the exercises of a page."""
    seen: set[str] = set()
    exercises = find(found)
    for fence in found:
        name = fence.options.get("exercise", "") if fence.is_cell else ""
        if name in seen:
            yield fence.line, "exercise-twice", f"there are two exercises `{name}`", "Give one of them another name"
        if name and "check" not in exercises[name].parts:
            fix = f"Add a block ```python check={name} with lines such as `assert double(4) == 8`"
            yield fence.line, "exercise-without-check", f"nothing checks the exercise `{name}`", fix
        if name:
            seen.add(name)
        for kind in fence.part_kinds:
            if fence.options[kind] not in exercises:
                what = f"this `{kind}` belongs to the exercise `{fence.options[kind]}`, which is not on this page"
                yield fence.line, "part-without-exercise", what, f"Known here: {', '.join(exercises) or 'none'}"
            if kind != "solution" and (reason := _unreadable(fence.code)):
                yield fence.line, "part-unreadable", f"Python cannot read this `{kind}`: {reason}", ""


def _unreadable(code: str) -> str | None:
    try:
        ast.parse(code)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    return None
