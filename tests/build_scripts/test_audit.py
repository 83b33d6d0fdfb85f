from __future__ import annotations

from pathlib import Path

import made
import pytest

from build_scripts.audit import Core, audit
from build_scripts.errors import BadWheel
from build_scripts.wheels import Target

TARGET = Target("3.14.2", "2026_0")
CORE = Core(frozenset({"PyList_New"}), frozenset({"_emscripten_sleep"}))
FITTING = "made-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl"


@pytest.mark.parametrize(
    "name",
    [
        "made-1.0-py3-none-any.whl",
        "made-1.0-py2.py3-none-any.whl",
        "made-1.0-cp314-none-any.whl",
        FITTING,
        "made-1.0-cp310-abi3-pyemscripten_2026_0_wasm32.whl",
    ],
)
def test_wheels_for_this_pyodide_pass(tmp_path: Path, name: str) -> None:
    audit(made.wheel(tmp_path, name), TARGET, CORE)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "made-1.0-cp314-cp314-manylinux_2_28_x86_64.whl",
            "it is compiled for manylinux_2_28_x86_64, not for WebAssembly",
        ),
        (
            "made-1.0-cp313-cp313-pyodide_2024_0_wasm32.whl",
            "it is compiled for another Pyodide (pyodide_2024_0_wasm32)",
        ),
        (
            "made-1.0-cp314-cp314-pyemscripten_2025_0_wasm32.whl",
            "it is compiled for another Pyodide (pyemscripten_2025_0_wasm32)",
        ),
        (
            "made-1.0-cp313-cp313-pyemscripten_2026_0_wasm32.whl",
            "it is compiled for cp313-cp313, this Pyodide is cp314",
        ),
        ("made-1.0-py2-none-any.whl", "it needs another Python than cp314"),
        ("made-1.0-cp315-none-any.whl", "it needs another Python than cp314"),
    ],
)
def test_a_wheel_for_something_else_is_refused_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(BadWheel) as caught:
        audit(made.wheel(tmp_path, name), TARGET, CORE)
    assert caught.value.what.startswith(f"{name}: does not fit this Pyodide: {reason}\n")
    assert "found:    " in caught.value.what
    assert "expected: py3-none-any, cp314-cp314-pyemscripten_2026_0_wasm32" in caught.value.what
    assert caught.value.fix


@pytest.mark.parametrize(
    ("name", "file", "data", "reason"),
    [
        (FITTING, "made/_c.so", b"\x7fELF", "made/_c.so is no WebAssembly module"),
        ("made-1.0-py3-none-any.whl", "made/_c.so", made.HOLLOW_MODULE, "says it is pure Python, but holds"),
        (
            FITTING,
            "made/_c.cpython-313-wasm32-emscripten.so",
            made.HOLLOW_MODULE,
            "is compiled for cp313, this Pyodide is cp314",
        ),
        (FITTING, "made/_c.so", made.needing("PyAbsent_New"), "needs PyAbsent_New, which this Pyodide does not offer"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_refused(
    tmp_path: Path, name: str, file: str, data: bytes, reason: str
) -> None:
    wheel = made.wheel(tmp_path, name, {file: data})
    with pytest.raises(BadWheel) as caught:
        audit(wheel, TARGET, CORE)
    assert reason in caught.value.what


def test_symbols_of_the_core_its_script_and_other_modules_of_the_wheel_are_found(tmp_path: Path) -> None:
    module = made.needing("PyList_New", "emscripten_sleep", "invoke_vii")
    audit(made.wheel(tmp_path, FITTING, {"made/_c.so": module}), TARGET, CORE)


@pytest.mark.parametrize("name", ["made.whl", "made-x-py3-none-any.whl"])
def test_a_name_that_is_no_wheels_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(BadWheel, match="not a wheel's name"):
        audit(tmp_path / name, TARGET, CORE)


def test_a_truncated_wheel_is_refused(tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, FITTING, {"made/_c.so": made.HOLLOW_MODULE})
    wheel.write_bytes(wheel.read_bytes()[:-40])
    with pytest.raises(BadWheel, match="the file is damaged"):
        audit(wheel, TARGET, CORE)


@pytest.mark.engine
def test_the_real_core_offers_what_the_registrys_compiled_wheel_needs(engine: Path) -> None:
    (wheel,) = engine.glob("pydantic_core-*.whl")
    audit(wheel, TARGET, Core.read(engine))
    with pytest.raises(BadWheel, match="compiled for another Pyodide"):
        audit(wheel, Target("3.14.2", "2027_0"), Core.read(engine))
