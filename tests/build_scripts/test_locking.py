from __future__ import annotations

from pathlib import Path

import made
import pytest
from pyodide_lock import PyodideLockSpec
from pyodide_lock.spec import InfoSpec

from build_scripts.errors import BadWheel
from build_scripts.locking import lock
from build_scripts.wheels import Target

TARGET = Target("3.14.2", "2026_0")
BASE = PyodideLockSpec(InfoSpec("emscripten_5_0_3", "3.14.2", abi_version="2026_0"), {})


def test_a_compiled_wheel_is_locked_with_its_dependencies(tmp_path: Path) -> None:
    compiled = made.wheel(tmp_path, "core-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl", requires="helper>=1")
    helper = made.wheel(tmp_path, "helper-1.0-py3-none-any.whl")
    packages = lock(BASE, [compiled, helper], TARGET, {}, {}).packages
    assert (packages["core"].file_name, packages["core"].depends) == (compiled.name, ["helper"])
    assert packages["helper"].imports == ["helper"]
    assert BASE.packages == {}


@pytest.mark.parametrize("marker", ["sys_platform != 'emscripten'", "python_version < '3.14'", "extra == 'more'"])
def test_what_is_not_needed_in_the_browser_is_not_asked_for(tmp_path: Path, marker: str) -> None:
    wheel = made.wheel(tmp_path, "a-1.0-py3-none-any.whl", requires=f"absent; {marker}")
    assert lock(BASE, [wheel], TARGET, {}, {}).packages["a"].depends == []


def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, "a-1.0-py3-none-any.whl", requires="absent")
    with pytest.raises(BadWheel, match=r"a-1\.0-py3-none-any\.whl: needs absent, which the engine does not carry"):
        lock(BASE, [wheel], TARGET, {}, {})


def test_what_an_extra_needs_counts_as_needed(tmp_path: Path) -> None:
    wheels = [
        made.wheel(tmp_path, "a-1.0-py3-none-any.whl", requires="b[more]"),
        made.wheel(tmp_path, "b-1.0-py3-none-any.whl", requires="c; extra == 'more'"),
        made.wheel(tmp_path, "c-1.0-py3-none-any.whl"),
    ]
    assert lock(BASE, wheels, TARGET, {}, {}).packages["a"].depends == ["b", "c"]


def test_a_dependency_can_be_left_to_one_package_and_another_added(tmp_path: Path) -> None:
    wheels = [
        made.wheel(tmp_path, "a-1.0-py3-none-any.whl", requires="late"),
        made.wheel(tmp_path, "kernel-1.0-py3-none-any.whl"),
        made.wheel(tmp_path, "late-1.0-py3-none-any.whl"),
        made.wheel(tmp_path, "more-1.0-py3-none-any.whl"),
    ]
    packages = lock(BASE, wheels, TARGET, {"late": "kernel"}, {"a": {"more"}}).packages
    assert packages["a"].depends == ["more"]
    assert packages["kernel"].depends == ["late"]
