"""What a run gives back, and what each limit does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from grading.deno import environment
from grading.errors import SandboxUnavailable
from grading.limits import MIB, Limits
from grading.outputs import Outputs
from grading.sandbox import Run, Sandbox

pytestmark = pytest.mark.engine

# No honest cell of these tests comes near it, on a busy machine either.
PATIENT = Limits(cell_s=60, notebook_s=240, memory_bytes=256 * MIB)
SHORT = Limits(cell_s=3, notebook_s=240)


def notebook(*sources: str) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{index}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for index, source in enumerate(sources)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def outputs(run: Run, index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run.notebook["cells"][index]["outputs"]
    return found


def error(run: Run, index: int) -> str:
    return next((output["ename"] for output in outputs(run, index) if output["output_type"] == "error"), "")


def shown(run: Run, index: int) -> str:
    return next((output["data"]["text/plain"] for output in outputs(run, index) if "data" in output), "")


def printed(run: Run, index: int, name: str = "stdout") -> str:
    return "".join(output["text"] for output in outputs(run, index) if output.get("name") == name)


@pytest.fixture(scope="module")
def sandbox(engine: Path) -> Iterator[Sandbox]:
    with Sandbox(engine, PATIENT) as started:
        yield started


@pytest.fixture(scope="module")
def impatient(engine: Path) -> Iterator[Sandbox]:
    with Sandbox(engine, SHORT) as started:
        yield started


def test_outputs_are_what_a_kernel_would_give(sandbox: Sandbox) -> None:
    run = sandbox.run(
        notebook(
            "print('one'); print('two')\n1 + 1",
            "import sys; print('oops', file=sys.stderr)",
            "1 / 0",
            "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))",
            "0.5",
            "x = 3;",
            "import asyncio\nawait asyncio.sleep(0)\nx",
            "get_ipython().execution_count",
        )
    )
    assert run.problems == []
    assert outputs(run, 0) == [
        {"output_type": "stream", "name": "stdout", "text": "one\ntwo\n"},
        {"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1},
    ]
    assert printed(run, 1, "stderr") == "oops\n"
    assert error(run, 2) == "ZeroDivisionError"
    assert outputs(run, 3)[0]["data"]["text/html"] == "<b>x</b>"
    assert shown(run, 4) == "0.5"
    assert outputs(run, 5) == []
    assert shown(run, 6) == "3"
    assert [cell["execution_count"] for cell in run.notebook["cells"]] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_the_engine_that_ran_is_named(sandbox: Sandbox) -> None:
    assert re.fullmatch("[0-9a-f]{64}", sandbox.run(notebook("1")).engine)


def test_text_empty_and_skipped_cells_are_left_alone(sandbox: Sandbox) -> None:
    given = notebook("1", "  \n", "2")
    given["cells"][2]["metadata"] = {"tags": ["skip-execution"], "nbgrader": {"grade_id": "q"}}
    given["cells"].insert(0, {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "Hello"})
    run = sandbox.run(given)
    assert run.notebook["cells"][0] == given["cells"][0]
    assert [cell["execution_count"] for cell in run.notebook["cells"][1:]] == [1, None, None]
    assert run.notebook["cells"][3]["metadata"] == given["cells"][3]["metadata"]
    assert given["cells"][1]["execution_count"] is None


def test_files_lie_in_the_working_directory_and_modules_among_them_import(sandbox: Sandbox) -> None:
    files = {"data/numbers.csv": b"1,2\n", "helper.py": b"import pygal\ndef double(x): return 2 * x\n"}
    run = sandbox.run(
        notebook("open('data/numbers.csv').read()", "import helper; helper.double(4)", "open('made', 'w').write('x')"),
        files,
    )
    assert (shown(run, 0), shown(run, 1), shown(run, 2)) == ("'1,2\\n'", "8", "1")


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a//b"])
def test_files_outside_the_working_directory_are_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match="no path below"):
        sandbox.run(notebook("1"), {name: b""})


def test_packages_of_the_engine_can_be_imported(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook("%pip install pygal", "import pygal\npygal.__name__", "import no_such_module"))
    assert (error(run, 0), shown(run, 1), error(run, 2)) == ("", "'pygal'", "ModuleNotFoundError")


def test_input_raises_and_does_not_wait(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook("input('name?')", "1"))
    assert error(run, 0)
    assert shown(run, 1) == "1"


def test_exit_stops_its_cell_only(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook("import sys\nx = 1", "sys.exit()", "x"))
    assert error(run, 1) == "SystemExit"
    assert shown(run, 2) == "1"
    assert run.problems == []


def test_displays_are_cleared_and_updated(sandbox: Sandbox) -> None:
    run = sandbox.run(
        notebook(
            "from IPython.display import clear_output, display\nprint('gone'); clear_output(); print('stays')",
            "handle = display('before', display_id=True)",
            "handle.update('after')",
        )
    )
    assert printed(run, 0) == "stays\n"
    assert shown(run, 1) == "'after'"
    assert outputs(run, 2) == []


def test_an_endless_loop_is_interrupted_with_its_line_and_variables_survive(impatient: Sandbox) -> None:
    run = impatient.run(notebook("def f():\n    while True:\n        pass", "x = 1\nf()", "x"))
    [problem] = run.problems
    assert (problem.cell_index, problem.cell_id, problem.kind) == (1, "cell-1", "timeout")
    assert problem.seconds == SHORT.cell_s
    assert (problem.line_cell_index, problem.line) in {(0, 2), (0, 3)}
    assert [output["ename"] for output in outputs(run, 1)] == ["KeyboardInterrupt", "CellTimeoutError"]
    assert shown(run, 2) == "1"


def test_a_loop_that_will_not_be_interrupted_is_killed_and_the_rest_goes_on(impatient: Sandbox) -> None:
    stubborn = (
        "print('begun', flush=True)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
    )
    run = impatient.run(notebook("x = 1", stubborn, "x", "2"))
    assert [(problem.cell_index, problem.kind) for problem in run.problems] == [(1, "timeout")]
    assert printed(run, 1) == "begun\n"
    assert error(run, 1) == "CellTimeoutError"
    assert error(run, 2) == "NameError"
    assert shown(run, 3) == "2"


def test_a_notebook_that_takes_too_long_gives_an_error_in_every_cell_not_run(engine: Path) -> None:
    with Sandbox(engine, Limits(cell_s=20, notebook_s=3)) as sandbox:
        run = sandbox.run(notebook("1", "while True: pass", "2", "3"))
    assert [(problem.cell_index, problem.kind) for problem in run.problems] == [(1, "notebook-timeout")]
    assert shown(run, 0) == "1"
    assert [error(run, index) for index in (1, 2, 3)] == ["NotebookTimeoutError"] * 3


def test_too_much_memory_is_an_error_of_its_cell(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook("x = []\nwhile True: x.append(bytearray(10 ** 7))", "del x\n1"))
    assert [(problem.cell_index, problem.kind) for problem in run.problems] == [(0, "memory")]
    assert error(run, 0) == "MemoryError"
    assert shown(run, 1) == "1"


def test_a_flood_of_output_is_cut_but_errors_and_results_stay(engine: Path) -> None:
    flood = "for i in range(3000): print('x' * 1000)\n"
    with Sandbox(engine, Limits(output_bytes=MIB)) as sandbox:
        run = sandbox.run(notebook(flood + "1 / 0", flood + "0.25", flood + "import sys; print('e', file=sys.stderr)"))
    assert [(problem.cell_index, problem.kind) for problem in run.problems] == [(i, "output-cut") for i in range(3)]
    assert all(len(printed(run, index)) <= MIB for index in range(3))
    assert error(run, 0) == "ZeroDivisionError"
    assert shown(run, 1) == "0.25"
    assert printed(run, 2, "stderr")


def test_one_huge_result_is_cut(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook("class Big:\n    def __repr__(self): return 'x' * 5_000_000\nBig()"))
    assert run.problems[0].kind == "output-cut"
    assert 0 < len(shown(run, 0)) <= MIB


@pytest.mark.parametrize(
    "code", ["import os; os._exit(0)", "import os; os.abort()", "import ctypes; ctypes.string_at(-8)"]
)
def test_a_cell_that_ends_python_is_recorded_and_the_rest_goes_on(sandbox: Sandbox, code: str) -> None:
    run = sandbox.run(notebook("x = 1", code, "2", "x"))
    assert [(problem.cell_index, problem.kind) for problem in run.problems] == [(1, "killed")]
    assert error(run, 1) == "DeadKernelError"
    assert shown(run, 2) == "2"
    assert error(run, 3) == "NameError"


def test_a_process_that_dies_is_replaced(engine: Path) -> None:
    with Sandbox(engine, PATIENT) as sandbox:
        assert shown(sandbox.run(notebook("1")), 0) == "1"
        for process in psutil.Process().children():
            if "main.ts" in " ".join(process.cmdline()) and str(engine) in process.cmdline():
                process.kill()
                process.wait()
        run = sandbox.run(notebook("2"))
    assert shown(run, 0) == "2"
    assert run.problems == []


def test_nothing_is_left_behind(engine: Path) -> None:
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    with Sandbox(engine, PATIENT) as sandbox:
        sandbox.run(notebook("1"))
        mine = {process.pid for process in psutil.Process().children(recursive=True)} - before
        assert mine
    assert not any(psutil.pid_exists(pid) for pid in mine)


def test_text_that_no_file_can_hold_is_replaced(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook("print('\\ud800 é 😀')"))
    assert printed(run, 0).encode() == "\ufffd é 😀\n".encode()


def test_a_missing_engine_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match=re.escape(f"There is no engine in {tmp_path}")) as raised:
        Sandbox(tmp_path)
    assert raised.value.fix == "make build"


def test_the_process_gets_none_of_our_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET", "x")
    given = {"DENO_DIR", "HOME", "DENO_NO_UPDATE_CHECK", "NO_COLOR", "MALLOC_MMAP_THRESHOLD_", "SYSTEMROOT"}
    assert set(environment(tmp_path)) <= given


def test_outputs_that_nbformat_would_refuse_are_dropped_or_made_text() -> None:
    made = Outputs()
    for message in (
        "no json",
        "[]",
        '{"output_type": "strange"}',
        '{"output_type": "stream", "name": "stdout"}',
        '{"output_type": "stream", "name": "root", "text": "x"}',
        '{"output_type": "update_display_data", "data": {}}',
    ):
        made.publish(0, message)
    assert made.of(0) == []
    made.publish(0, '{"output_type": "error", "ename": 1, "evalue": null, "traceback": "x"}')
    made.publish(0, '{"output_type": "execute_result", "data": {"text/plain": 3}, "execution_count": -1}')
    assert made.of(0) == [
        {"output_type": "error", "ename": "1", "evalue": "null", "traceback": []},
        {"output_type": "execute_result", "data": {"text/plain": "3"}, "metadata": {}, "execution_count": None},
    ]


def test_the_limit_of_memory_is_told_in_pages() -> None:
    assert Limits(memory_bytes=512 * MIB).memory_pages == 8192
