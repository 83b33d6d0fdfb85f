"""Tests apart from the learner's program: right work of every shape passes, a trick gains nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading.limits import Limits
from grading.sandbox import Part, Run, Sandbox

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def sandbox(engine: object) -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def notebook(*sources: str) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def error(run: Run, cell: int = 1) -> str | None:
    """Return the name of the error that a cell ended with."""
    names = [each["ename"] for each in run.notebook["cells"][cell]["outputs"] if each["output_type"] == "error"]
    return names[-1] if names else None


def printed(run: Run, cell: int = 1) -> str:
    outputs = run.notebook["cells"][cell]["outputs"]
    return "".join(each["text"] for each in outputs if each["output_type"] == "stream")


def learnt(sandbox: Sandbox, reference: str, test: str) -> dict[str, Any]:
    """Run a test on the author's own solution, which must pass, and return what it asked for."""
    run = sandbox.run(notebook(reference, test), plan={1: Part(tests=True, record=True)})
    assert error(run) is None, run.notebook["cells"][1]["outputs"]
    return dict(run.profiles[1])


def marked(sandbox: Sandbox, reference: str, test: str, answer: str) -> Run:
    """Run a test on an answer, by what the author's solution taught."""
    profile = learnt(sandbox, reference, test)
    return sandbox.run(notebook(answer, test), plan={1: Part(tests=True, profile=profile)})


SQUARES = "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]"
ALWAYS = """class Always:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __call__(self, *a, **k): return self
    def __getattr__(self, name): return self
    def __getitem__(self, i): return self
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    def __abs__(self): return 0
    def __len__(self): return 2
    def __round__(self, *a): return self
    def __instancecheck__(self, x): return True
    def __add__(self, other): return other
    def __float__(self): return 0.0
    def __iter__(self): return iter([self, self])
"""
CASES = tomllib.loads(Path(__file__).with_name("isolated.toml").read_text("utf-8"))


def judged(sandbox: Sandbox, case: dict[str, str]) -> Run:
    answer = case["answer"].replace("$ALWAYS", ALWAYS)
    if "author" not in case:
        return marked(sandbox, case["solution"], case["test"], answer)
    plan = {0: Part(shared=True, author=True), 2: Part(tests=True, record=True)}
    run = sandbox.run(notebook(case["author"], case["solution"], case["test"]), plan=plan)
    assert error(run, 2) is None, run.notebook["cells"][2]["outputs"]
    plan[2] = Part(tests=True, profile=run.profiles[2])
    run = sandbox.run(notebook(case["author"], answer, case["test"]), plan=plan)
    del run.notebook["cells"][0]
    return run


@pytest.mark.parametrize("name", CASES["honest"])
def test_right_work_passes(sandbox: Sandbox, name: str) -> None:
    run = judged(sandbox, CASES["honest"][name])
    assert error(run) is None, run.notebook["cells"][1]["outputs"]


@pytest.mark.parametrize("name", CASES["trick"])
def test_a_trick_gains_nothing(sandbox: Sandbox, name: str) -> None:
    run = judged(sandbox, CASES["trick"][name])
    assert error(run) is not None
    assert not any(each["output_type"] == "execute_result" for each in run.notebook["cells"][1]["outputs"])


def test_text_of_a_test_is_nowhere_in_the_learners_memory(sandbox: Sandbox) -> None:
    look = """
import gc
held = [o for o in gc.get_objects() if type(o) in (list, tuple, dict)]
held = [each for o in held for each in (o.values() if type(o) is dict else o)]
print(len(held) > 1000, sum('S3CRET' + '-7' in each for each in held if type(each) is str))"""
    run = sandbox.run(notebook(SQUARES, "assert squares(1) == [1]  # S3CRET-7", look), plan={1: Part(tests=True)})
    assert error(run) is None
    assert error(run, 2) is None
    assert printed(run, 2) == "True 0\n"


def test_print_while_called_shows_with_the_test(sandbox: Sandbox) -> None:
    run = marked(
        sandbox,
        SQUARES,
        "assert squares(1) == [1]\nprint('après')",
        "def squares(n):\n    print('dedans')\n    return [1]",
    )
    assert printed(run) == "dedans\naprès\n"


def test_partial_points_are_the_tests_last_value(sandbox: Sandbox) -> None:
    run = marked(
        sandbox, SQUARES, "sum(squares(n)[-1] == n * n for n in (1, 2, 3)) / 3 * 2", "def squares(n): return [1]"
    )
    [result] = [each for each in run.notebook["cells"][1]["outputs"] if each["output_type"] == "execute_result"]
    assert float(result["data"]["text/plain"]) == pytest.approx(2 / 3)


def test_loop_that_never_ends_is_stopped_where_it_is(engine: object) -> None:
    with Sandbox(limits=Limits(cell_s=2)) as short:
        endless = "def squares(n):\n    while True:\n        pass"
        run = short.run(
            notebook(endless, "squares(2)", "assert 1 == 1"), plan={1: Part(tests=True), 2: Part(tests=True)}
        )
    assert [problem.kind for problem in run.problems] == ["timeout"]
    assert error(run) is not None
    assert error(run, 2) is None


def test_author_defines_and_the_tests_believe_that(sandbox: Sandbox) -> None:
    author = "import math\ndef near(a, b): return abs(a - b) < 1e-6\nprint('une fois')"
    cells = notebook("def f(): return 1", author, "def near(a, b): return True", "assert near(f(), 2)")
    run = sandbox.run(cells, plan={1: Part(shared=True), 3: Part(tests=True)})
    assert printed(run) == "une fois\n"
    assert error(run, 3) == "AssertionError"


def test_nothing_is_kept_for_the_next_notebook(sandbox: Sandbox) -> None:
    first = notebook("import builtins\nbuiltins.left = 1\nx = 1", "import builtins\nbuiltins.mine = x\nassert x == 1")
    assert error(sandbox.run(first, plan={1: Part(tests=True)})) is None
    second = notebook("print('left' in dir(__builtins__))", "assert not hasattr(__builtins__, 'mine')\nx")
    run = sandbox.run(second, plan={1: Part(tests=True)})
    assert printed(run, 0) == "False\n"
    assert error(run) == "NameError"


SORTED = """import builtins, random
builtins.sorted = lambda values: [1, 2]
random.random = lambda: 0.5
get_ipython().run_cell = print"""
SEES = "import random\nassert sorted([2, 1]) == [1, 2]\nassert sorted([4, 3]) == [3, 4]\nassert random.random() != 0.5"


def test_within_the_learners_program_what_all_python_shares_is_put_back_and_told(sandbox: Sandbox) -> None:
    plain = sandbox.run(notebook(SORTED, SEES))
    guarded = sandbox.run(notebook(SORTED, SEES), plan={1: Part(author=True)})

    assert error(plain) is not None
    assert error(guarded) is None
    assert [(each.kind, each.names) for each in guarded.problems] == [
        ("put-back", "builtins.sorted, get_ipython().run_cell, random.random")
    ]


def test_what_the_author_changes_stays_for_the_next_test(sandbox: Sandbox) -> None:
    cells = ["x = 1", "import builtins\nbuiltins.input = lambda prompt='': '7'", "assert input() == '7'"]

    run = sandbox.run(notebook(*cells), plan={1: Part(author=True), 2: Part(author=True)})

    assert error(run, 2) is None
    assert run.problems == []
