"""How an assignment is marked: what its author wrote, over it what the trainer of a course wrote, over it the command.

Both write TOML, the author `notebooks/assignments/<assignment>.toml`, which each release copies into the course, the
trainer `passerelle/marking/<assignment>.toml` in the course. Below all of it stands nbgrader's `c.Execute.timeout`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from grading.course import Course
from grading.errors import BadSource
from grading.limits import MIB, Limits

type Mode = Literal["isolated", "shared"]
type Rules = Literal["fair", "nbgrader"]
type Policy = Literal["last", "best", "first", "last-before-due"]
FILE = "marking.toml"
KIB = 1024


@dataclass(frozen=True)
class Marking:
    """How an assignment is marked.

    Attributes:
        policy: which attempt of a learner counts: the last one handed in; the one with most points from tests, of
            equals the later; the first; or the last that came in time, and where all are late the first of them.
        mode: where tests run; default: apart from the learner's program where the author's own solution passes so.
        rules: how outputs become points; see `scoring`.
        limits: what each notebook may use.
        jobs: how many notebooks run at once; 0 for one each processor.
        engine: folder of the engine; default: the one that `make build` made.
        cluster: address of a Dask scheduler whose workers run the notebooks; "" for this machine.
        again: run what was run before, too.
    """

    policy: Policy = "last"
    mode: Mode | None = None
    rules: Rules = "fair"
    limits: Limits = field(default_factory=Limits)
    jobs: int = 0
    engine: Path | None = None
    cluster: str = ""
    again: bool = False


@dataclass(frozen=True)
class _Key:
    kind: type
    choices: tuple[str, ...] = ()


KEYS: Mapping[str, _Key] = {
    "attempts": _Key(str, get_args(Policy.__value__)),
    "tests": _Key(str, get_args(Mode.__value__)),
    "rules": _Key(str, get_args(Rules.__value__)),
    "cell-seconds": _Key(float),
    "notebook-seconds": _Key(float),
    "memory-mib": _Key(float),
    "output-kib": _Key(float),
}
LIMITS = {
    "cell-seconds": ("cell_s", 1),
    "notebook-seconds": ("notebook_s", 1),
    "memory-mib": ("memory_bytes", MIB),
    "output-kib": ("output_bytes", KIB),
}


def read(path: Path) -> dict[str, Any]:
    """Return what a `marking.toml` says; nothing when there is none.

    Raises:
        BadSource: it is no TOML, or says something that there is not.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSource(f"{path}: {error}") from error
    for name, value in found.items():
        check(name, value, str(path))
    return found


def _nbgraders(course: Course) -> dict[str, Any]:
    """Return what the course's settings say that is ours too: how long nbgrader would let a cell run."""
    timeout = course.settings().Execute.get("timeout")
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout > 0
    return {"cell-seconds": timeout} if is_number else {}


def check(name: str, value: object, where: str) -> None:
    """Raise BadSource when a setting is none, or has a value that it cannot have."""
    known = KEYS.get(name)
    if known is None:
        raise BadSource(f"{where}: there is no setting {name!r}", f"settings are {', '.join(KEYS)}")
    if known.choices and value not in known.choices:
        raise BadSource(f"{where}: {name} = {value!r} is not known", f"{name} is one of {', '.join(known.choices)}")
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    if known.kind is float and not is_number:
        raise BadSource(f"{where}: {name} = {value!r} is no number above 0")


def settled(course: Course, assignment: str, given: Mapping[str, Any], **others: Any) -> Marking:
    """Return how an assignment of a course is marked.

    Args:
        given: what the command says, by the names of `KEYS`; None says nothing.
        others: further fields of `Marking`.

    Raises:
        BadSource: a setting is wrong.
    """
    said = (
        _nbgraders(course)
        | read(course.sources(assignment) / FILE)
        | read(course.own / "marking" / f"{assignment}.toml")
    )
    for name, value in given.items():
        if value is not None:
            check(name, value, "grading grade")
            said[name] = value
    limits = {LIMITS[name][0]: value * LIMITS[name][1] for name, value in said.items() if name in LIMITS}
    whole = {each.name for each in fields(Limits) if each.name.endswith("_bytes")}
    return Marking(
        policy=said.get("attempts", "last"),
        mode=said.get("tests"),
        rules=said.get("rules", "fair"),
        limits=Limits(**{name: int(value) if name in whole else value for name, value in limits.items()}),
        **others,
    )
