from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from build_scripts import wheels
from build_scripts.errors import BadWheel, NoDownload
from build_scripts.progress import Progress

SILENT = Progress(quiet=True)
TARGET = wheels.Target("3.14.2", "2026_0")


def test_every_requirement_of_the_engine_is_pinned_by_hash(repository: Path) -> None:
    text = (repository / "build_scripts/requirements/engine.txt").read_text("utf-8")
    pins = wheels.read_pins(text)
    assert len(pins) == text.count("==")
    assert all(pin.hashes for pin in pins)
    assert "://" not in text
    wanted = (repository / "build_scripts/requirements/engine.in").read_text("utf-8").splitlines()
    names = {line for line in wanted if line and not line.startswith("#")}
    assert names <= {pin.name for pin in pins}


def test_the_same_source_packs_to_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "METADATA").write_text("Metadata-Version: 2.4\nName: my-thing\nVersion: 1.2\n")
    (source / "thing.py").write_text("VALUE = 1\n")
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    wheel = wheels.pack(source, first)
    (source / "thing.py").touch()
    assert wheel.name == "my_thing-1.2-py3-none-any.whl"
    assert wheel.read_bytes() == wheels.pack(source, second).read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        record = archive.read("my_thing-1.2.dist-info/RECORD").decode()
        assert all(name in record for name in archive.namelist())


def test_the_newest_wheel_of_each_name_comes_from_the_kernels_extension() -> None:
    names = [path.name.split("-")[0] for path in wheels.kernel_wheels()]
    assert {"pyodide_kernel", "piplite", "ipykernel"} <= set(names)
    assert len(names) == len(set(names))


def test_a_wheel_of_the_kernel_that_differs_from_its_index_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / wheels.KERNEL_EXTENSION
    folder.mkdir(parents=True)
    release = {"filename": "a-1.0-py3-none-any.whl", "digests": {"sha256": "00"}}
    (folder / "all.json").write_text(json.dumps({"a": {"releases": {"1.0": [release]}}}))
    (folder / release["filename"]).write_bytes(b"other")  # type: ignore[arg-type]
    with pytest.raises(BadWheel, match=r"a-1\.0-py3-none-any\.whl: sha256 is [0-9a-f]{64}, .* says 00"):
        wheels.kernel_wheels(tmp_path)


@pytest.fixture
def pinned(tmp_path: Path) -> tuple[Path, Path]:
    """A requirements file with one pin, and a cache that holds its wheel."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "METADATA").write_text("Metadata-Version: 2.4\nName: passerelle-absent\nVersion: 1.0\n")
    cache = tmp_path / "cache"
    cache.mkdir()
    wheel = wheels.pack(source, cache)
    requirements = tmp_path / "engine.txt"
    requirements.write_text(f"passerelle-absent==1.0 \\\n    --hash=sha256:{wheels.sha256(wheel)}\n")
    return requirements, cache


def test_a_wheel_in_the_cache_is_taken_without_network(pinned: tuple[Path, Path]) -> None:
    requirements, cache = pinned
    assert [path.name for path in wheels.fetch(requirements, cache, TARGET, SILENT)] == [
        "passerelle_absent-1.0-py3-none-any.whl"
    ]


def test_a_damaged_wheel_in_the_cache_is_not_taken(pinned: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    requirements, cache = pinned
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (cache / "passerelle_absent-1.0-py3-none-any.whl").write_bytes(b"cut off")
    with pytest.raises(NoDownload) as caught:
        wheels.fetch(requirements, cache, TARGET, SILENT)
    assert "passerelle-absent==1.0" in caught.value.what
    assert [path.name for path in cache.iterdir()] == ["passerelle_absent-1.0-py3-none-any.whl"]
