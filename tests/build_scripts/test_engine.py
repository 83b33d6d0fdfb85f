from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import made
import pytest
from deno import find_deno_bin
from pyodide_lock import PyodideLockSpec

from build_scripts import engine as building
from build_scripts import serving
from build_scripts.wheels import sha256

pytestmark = pytest.mark.engine

Run = Callable[..., list[dict[str, Any]]]
SCRIPT = Path(__file__).parent / "run_cells.mjs"


@contextlib.contextmanager
def interpreter(engine: Path) -> Iterator[Run]:
    """An interpreter that may only read; each call runs cells one after another in an emptied shell."""
    rights = ["--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--cached-only"]
    command = [find_deno_bin(), "run", *rights, f"--allow-read={engine},{SCRIPT.parent}", str(SCRIPT), str(engine)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, told = process.stdin, process.stdout

        def cells(*codes: str) -> list[dict[str, Any]]:
            asked.write(json.dumps(codes) + "\n")
            asked.flush()
            results: list[dict[str, Any]] = json.loads(told.readline())
            return results

        yield cells
        asked.close()


@pytest.fixture(scope="module")
def run(engine: Path) -> Iterator[Run]:
    with interpreter(engine) as cells:
        yield cells


@pytest.fixture(scope="module")
def lock(engine: Path) -> PyodideLockSpec:
    return PyodideLockSpec.from_json(engine / "pyodide-lock.json")


def test_every_file_of_the_lock_is_there_with_its_hash(engine: Path, lock: PyodideLockSpec) -> None:
    assert lock.packages
    for package in lock.packages.values():
        assert sha256(engine / package.file_name) == package.sha256, package.name
    lock.check_wheel_filenames()


def test_every_dependency_is_in_the_lock(lock: PyodideLockSpec) -> None:
    assert {need for package in lock.packages.values() for need in package.depends} <= set(lock.packages)


def test_the_index_names_every_file_and_nothing_else(engine: Path) -> None:
    index = json.loads((engine / "engine.json").read_text("utf-8"))
    beside = {"engine.json", serving.MODULE}
    assert set(index["files"]) == {path.name for path in engine.iterdir()} - beside
    assert index["pyodide"] == building.PYODIDE_VERSION
    assert {"pyodide-kernel", "piplite", "ipykernel", "passerelle-runtime", "pydantic-core"} <= set(index["packages"])


def test_no_address_of_a_foreign_host_is_in_the_lock(engine: Path) -> None:
    assert "://" not in (engine / "pyodide-lock.json").read_text("utf-8")


def test_a_lesson_does_not_load_what_only_completes_code(lock: PyodideLockSpec) -> None:
    def closure(name: str) -> set[str]:
        return {name}.union(*(closure(need) for need in lock.packages[name].depends))

    assert not {"jedi", "prompt-toolkit"} & closure("passerelle-runtime")
    assert {"jedi", "prompt-toolkit"} <= closure("pyodide-kernel")


def test_building_again_gives_the_same_bytes_and_changes_nothing(engine: Path, tmp_path: Path) -> None:
    first = building.build(tmp_path / "engine")
    assert first.hash == json.loads((engine / "engine.json").read_text("utf-8"))["hash"]
    before = (tmp_path / "engine" / "engine.json").stat()
    again = building.build(tmp_path / "engine")
    assert again.hash == first.hash
    assert (tmp_path / "engine" / "engine.json").stat().st_ino == before.st_ino


def test_a_damaged_engine_is_built_anew_and_leftovers_of_an_interrupted_build_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    whole = building.build(folder)
    (folder / "python_stdlib.zip").write_bytes(b"cut off")
    (tmp_path / "engine.new").mkdir()
    (tmp_path / "engine.new" / "half.whl").write_bytes(b"")
    assert building.damaged(whole) == ["python_stdlib.zip"]
    assert building.damaged(building.build(folder)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


def test_a_compiled_wheel_of_the_registry_loads_and_works(run: Run) -> None:
    code = "import pydantic, pydantic_core\nclass M(pydantic.BaseModel):\n    n: int\nM(n='3')"
    cell, core = run(code, "pydantic_core._pydantic_core.__file__")
    assert cell["outputs"] == [
        {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "M(n=3)"}, "metadata": {}}
    ]
    assert core["outputs"][0]["data"]["text/plain"].endswith(".so'")


def test_pygal_draws_svg_without_foreign_scripts(run: Run) -> None:
    (cell,) = run("import pygal\nchart = pygal.Bar()\nchart.add('a', [1, 2, 3])")
    (output,) = cell["outputs"]
    assert output["output_type"] == "execute_result"
    assert set(output["data"]) == {"text/plain", "image/svg+xml"}
    assert output["data"]["image/svg+xml"].startswith("<svg")
    assert "<script" not in output["data"]["image/svg+xml"]


def lines(cell: dict[str, Any]) -> int:
    (output,) = cell["outputs"]
    assert output["output_type"] == "display_data"
    assert 'viewBox="0 0 640 480"' in output["data"]["image/svg+xml"]
    return int(output["data"]["image/svg+xml"].count("<line"))


def test_turtle_draws_below_the_cell_that_drew(run: Run) -> None:
    square = "import turtle\nfor _ in range(4):\n    turtle.forward(50)\n    turtle.left(90)"
    first, nothing, more, anew = run(square, "1 + 1", "turtle.forward(20)", f"{square}\nturtle.done()")
    assert [output["output_type"] for output in nothing["outputs"]] == ["execute_result"]
    assert lines(more) > lines(first)
    assert lines(anew) == lines(first), "a cell that imports turtle starts a new drawing"


def test_a_turtle_program_written_for_a_window_draws_without_a_word(run: Run) -> None:
    program = (
        "from turtle import *\n"
        "setup(300, 200)\n"
        "title('Maison')\n"
        "tracer(0)\n"
        "speed(0)\n"
        "ecran = Screen()\n"
        "ecran.bgcolor('lightblue')\n"
        "t = Turtle()\n"
        "t.forward(window_width() / 4)\n"
        "t.hideturtle()\n"
        "update()\n"
        "exitonclick()\n"
        "mainloop()"
    )
    (cell,) = run(program)
    (output,) = cell["outputs"]
    assert 'viewBox="0 0 300 200"' in output["data"]["image/svg+xml"]
    assert "lightblue" in output["data"]["image/svg+xml"]


def test_a_loaded_module_that_fails_keeps_its_drawing_and_shows_the_error(run: Run) -> None:
    (cell,) = run("from turtle import *\nforward(50)\n1 / 0")
    assert [output["output_type"] for output in cell["outputs"]] == ["error", "display_data"]


def test_pip_loads_what_the_site_carries_and_nothing_else(run: Run) -> None:
    had, foreign = run("%pip install -q pygal\nimport pygal\npygal.__name__", "%pip install numpy")
    assert had["answer"]["status"] == "ok"
    assert had["outputs"][-1]["data"]["text/plain"] == "'pygal'"
    assert foreign["answer"]["evalue"] == "numpy: not among the packages of this site"


def test_endless_recursion_is_an_error_and_the_interpreter_goes_on(run: Run) -> None:
    endless, after = run("def f(n):\n    return f(n + 1)\nf(0)", "6 * 7")
    assert endless["answer"]["ename"] == "RecursionError"
    assert after["outputs"][0]["data"]["text/plain"] == "42"


def test_packages_of_a_fuller_distribution_are_imported_beside_ours(engine: Path, tmp_path: Path) -> None:
    folder = made.distribution(engine, tmp_path / "made", building.PYODIDE_VERSION)
    building.build(tmp_path / "engine", str(folder))
    with interpreter(tmp_path / "engine") as run:
        theirs, ours = run("import made, helper\nmade.VALUE", "import pygal\npygal.__version__")
    assert theirs["outputs"][0]["data"]["text/plain"] == "42"
    assert ours["outputs"][0]["data"]["text/plain"] != "'0.1'"


def test_jupyterlites_own_kernel_draws_with_turtle_and_pygal_too(engine: Path) -> None:
    turtle = "import turtle\\nturtle.forward(50)"
    chart = "import pygal\\npygal.Bar().add('a', [1])"
    setup = (
        "import pyodide_js\n"
        "await pyodide_js.loadPackage(['pyodide-kernel', 'ipykernel', 'piplite', 'micropip'])\n"
        "import IPython, sys\n"
        "IPython.core.interactiveshell.InteractiveShell.clear_instance()\n"
        "host = sys.stdout, sys.stderr\n"
        "import piplite.piplite, pyodide_kernel\n"
        "kernel, shell, seen = pyodide_kernel.kernel_instance, pyodide_kernel.ipython_shell, []\n"
        "shell.display_pub.display_data_callback = lambda data, *_: seen.append(list(data))\n"
        "shell.displayhook.publish_execution_result = lambda n, data, _: seen.append(list(data))\n"
        f'answers = [(await kernel.run(code))["status"] for code in ("{turtle}", "{chart}")]\n'
        "sys.stdout, sys.stderr = host\n"
        "print(answers, seen)"
    )
    with interpreter(engine) as run:
        (cell,) = run(setup)
    texts = "".join(output.get("text", "") for output in cell["outputs"])
    assert texts.endswith("['ok', 'ok'] [['text/plain', 'image/svg+xml'], ['text/plain', 'image/svg+xml']]\n"), cell
