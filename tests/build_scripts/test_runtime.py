from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

RUNTIME = Path(__file__).resolve().parents[2] / "build_scripts" / "runtime"
Cell = Callable[[str], tuple[dict[str, Any], list[dict[str, Any]]]]


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(sys, "path", [str(RUNTIME), *sys.path])
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    import passerelle_runtime  # noqa: PLC0415

    return passerelle_runtime


@pytest.fixture
def outputs() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def shell(runtime: Any, outputs: list[dict[str, Any]]) -> Iterator[Any]:
    opened = runtime.Shell(lambda message: outputs.append(json.loads(message)))
    yield opened
    opened.close()


@pytest.fixture
def run(shell: Any, outputs: list[dict[str, Any]]) -> Cell:
    def cell(code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        outputs.clear()
        answer = json.loads(asyncio.run(shell.run(code)))
        return answer, list(outputs)

    return cell


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def test_the_last_expression_is_shown_with_the_number_of_the_cell(run: Cell) -> None:
    run("x = 40")
    answer, outputs = run("x + 2")
    assert answer == {"status": "ok", "execution_count": 2}
    assert outputs == [
        {"output_type": "execute_result", "execution_count": 2, "data": {"text/plain": "42"}, "metadata": {}}
    ]


def test_a_semicolon_at_the_end_shows_nothing(run: Cell) -> None:
    assert run("1;")[1] == []


def test_streams_come_in_the_order_they_were_written(run: Cell) -> None:
    _, outputs = run("import sys\nprint('a', 'b')\nprint('c', file=sys.stderr)\nprint('d', end='')\n'e'")
    assert outputs[:3] == [stream("a b\n"), stream("c\n", "stderr"), stream("d")]
    assert outputs[3]["output_type"] == "execute_result"


def test_a_line_goes_out_while_the_cell_still_runs(shell: Any, outputs: list[dict[str, Any]], run: Cell) -> None:
    shell._ip.push({"seen": lambda: len(outputs)})
    answer, _ = run("print('first')\nassert seen() == 1")
    assert answer["status"] == "ok"


def test_a_flood_of_lines_goes_out_in_few_messages_and_whole(run: Cell) -> None:
    _, outputs = run("for i in range(20000): print(i)")
    assert "".join(output["text"] for output in outputs) == "".join(f"{i}\n" for i in range(20000))
    assert len(outputs) < 1000


def test_await_works_at_the_top_of_a_cell(run: Cell) -> None:
    answer, outputs = run("import asyncio\nawait asyncio.sleep(0)\nprint('slept')")
    assert (answer["status"], outputs) == ("ok", [stream("slept\n")])


def test_two_cells_asked_for_at_once_run_one_after_the_other(shell: Any, outputs: list[dict[str, Any]]) -> None:
    async def both() -> None:
        slow = "import asyncio\nprint('1a')\nawait asyncio.sleep(0.01)\nprint('1b')"
        await asyncio.gather(shell.run(slow), shell.run("print('2')"))

    asyncio.run(both())
    assert [output["text"] for output in outputs] == ["1a\n", "1b\n", "2\n"]


def test_an_error_has_its_name_its_text_and_a_traceback_in_colour(run: Cell) -> None:
    answer, (output,) = run("1 / 0")
    assert answer == {
        "status": "error",
        "execution_count": 1,
        "ename": "ZeroDivisionError",
        "evalue": "division by zero",
    }
    assert output["output_type"] == "error"
    assert "\x1b[" in "".join(output["traceback"])
    assert "In[1]" in "".join(output["traceback"])
    assert "interactiveshell.py" not in "".join(output["traceback"])


@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        ("x = (", "SyntaxError", "'(' was never closed (line 1)"),
        ("if True:", "IndentationError", "expected an indented block after 'if' statement on line 1 (line 1)"),
        ("import sys\nsys.exit(3)", "SystemExit", "3"),
        ("exit()", "SystemExit", ""),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("def f(): return f()\nf()", "RecursionError", "maximum recursion depth exceeded"),
        ("import passerelle_absent", "ModuleNotFoundError", "No module named 'passerelle_absent'"),
    ],
)
def test_every_way_to_fail_is_one_error_and_the_shell_goes_on(run: Cell, code: str, name: str, text: str) -> None:
    answer, outputs = run(code)
    assert (answer["status"], answer["ename"]) == ("error", name)
    assert answer["evalue"].startswith(text)
    assert [output["output_type"] for output in outputs] == ["error"]
    assert run("6 * 7")[1][0]["data"]["text/plain"] == "42"


def test_an_error_that_cannot_tell_its_own_text_is_an_error_all_the_same(run: Cell) -> None:
    answer, outputs = run("class E(Exception):\n  def __str__(self): 1/0\nraise E")
    assert answer["status"] == "error"
    assert "error" in [output["output_type"] for output in outputs]
    assert run("6 * 7")[1][0]["data"]["text/plain"] == "42"


def test_a_question_that_nobody_can_answer_is_a_plain_sentence(shell: Any, run: Cell) -> None:
    shell.no_input = "Ici, le programme ne peut pas poser de question."
    answer, (output,) = run("input('Ton nom ? ')")
    assert answer["evalue"] == "Ici, le programme ne peut pas poser de question."
    assert "shell.py" not in "".join(output["traceback"])


def test_a_question_goes_to_the_host_after_the_text_before_it(
    shell: Any, outputs: list[dict[str, Any]], run: Cell
) -> None:
    asked: list[tuple[str, int]] = []
    shell.read_line = lambda prompt: asked.append((prompt, len(outputs))) or "Aya"
    _, shown = run("print('Bonjour', end='')\nprint(input('Ton nom ? '))")
    assert asked == [("Ton nom ? ", 1)]
    assert shown == [stream("Bonjour"), stream("Aya\n")]


def test_displays_are_shown_updated_and_cleared(run: Cell) -> None:
    code = (
        "from IPython.display import HTML, clear_output\n"
        "handle = display(HTML('<b>1</b>'), display_id='k')\n"
        "handle.update(HTML('<b>2</b>'))\n"
        "clear_output(wait=True)"
    )
    shown, updated, cleared = run(code)[1]
    assert shown["output_type"] == "display_data"
    assert shown["data"]["text/html"] == "<b>1</b>"
    assert updated["output_type"] == "update_display_data"
    assert updated["data"]["text/html"] == "<b>2</b>"
    assert shown["transient"] == updated["transient"] == {"display_id": "k"}
    assert cleared == {"output_type": "clear_output", "wait": True}


def test_rich_forms_of_an_object_come_as_a_mime_bundle(run: Cell) -> None:
    code = "class P:\n  def _repr_svg_(self): return '<svg/>'\n  def _repr_png_(self): return b'\\x89PNG'\nP()"
    data = run(code)[1][0]["data"]
    assert data["image/svg+xml"] == "<svg/>"
    assert data["image/png"] == "iVBORw=="


def test_numbers_that_json_does_not_know_cross_as_text(run: Cell) -> None:
    (output,) = run("display({'application/json': {'n': float('nan')}}, raw=True)")[1]
    assert output["data"]["application/json"] == {"n": "nan"}


def test_magics_work_as_in_ipython(run: Cell) -> None:
    answer, outputs = run("%time 6 * 7")
    assert answer["status"] == "ok"
    assert outputs[-1]["data"]["text/plain"] == "42"


def test_the_program_is_main_and_reset_forgets_its_variables(shell: Any, run: Cell) -> None:
    assert run("x = 1\n__name__")[1][0]["data"]["text/plain"] == "'__main__'"
    shell.reset()
    answer, _ = run("x")
    assert (answer["execution_count"], answer["ename"]) == (1, "NameError")


def test_closing_gives_the_streams_and_input_back(runtime: Any) -> None:
    before = sys.stdout, sys.stderr, input
    runtime.Shell(lambda _: None).close()
    assert (sys.stdout, sys.stderr, input) == before


def test_only_text_can_be_written_to_the_streams(run: Cell) -> None:
    answer, _ = run("import sys\nsys.stdout.write(1)")
    assert (answer["ename"], answer["evalue"]) == ("TypeError", "write() argument must be str, not int")
