"""The engine in the site: named after its content, compressed, and told to the pages."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from build_scripts import serving

CODE = "export const loadPyodide = ENGINE;"
WHEEL = "pygal-3.1-py3-none-any.whl"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with files of an engine's names, small."""
    folder = tmp_path / "engine"
    folder.mkdir()
    for name in (*serving.CORE, *serving.MADE, WHEEL):
        (folder / name).write_bytes(name.encode() * 100)
    lock = {"packages": {"pygal": {"file_name": WHEEL}}}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
    (folder / "images.json").write_text(json.dumps({"staticBytes": 8}), "utf-8")
    (folder / "engine.json").write_text(json.dumps({"hash": "abc"}), "utf-8")
    return folder


def facts(site: Path, published: serving.Published) -> dict[str, object]:
    line, code = (site / published.module).read_text("utf-8").split("\n", 1)
    assert code == CODE
    return dict(json.loads(line.removeprefix("const ENGINE=").removesuffix(";")))


def test_every_name_changes_with_its_content_and_only_then(made: Path, tmp_path: Path) -> None:
    site, cache = tmp_path / "site", tmp_path / "cache"
    first = serving.publish(made, CODE, site, cache)
    before = {path.name for path in site.iterdir()}
    assert serving.publish(made, CODE, site, cache) == first
    assert {path.name for path in site.iterdir()} == before
    (made / "lesson.img").write_bytes(b"another")
    second = serving.publish(made, CODE, site, cache)
    gone = {re.sub(r"-\w+\.", ".", name, count=1) for name in before - {path.name for path in site.iterdir()}}
    assert gone == {f"{name}{form}" for name in ("engine.mjs", "lesson.img") for form in ("", ".br", ".gz")}
    assert second.module != first.module


def test_module_names_files_that_are_there_in_three_encodings(made: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    published = serving.publish(made, CODE, site, tmp_path / "cache")
    told = facts(site, published)
    assert told["hash"] == published.engine == "abc"
    assert told["staticBytes"] == 8
    files = told["files"]
    assert isinstance(files, dict)
    assert set(files) == {*serving.CORE, *serving.MADE}
    for name, file in files.items():
        data = (made / name).read_bytes()
        assert (site / file["name"]).read_bytes() == data
        assert brotli.decompress((site / f"{file['name']}.br").read_bytes()) == data
        assert gzip.decompress((site / f"{file['name']}.gz").read_bytes()) == data
        assert file["size"] == len(data)
    lock = json.loads(str(told["lock"]))
    wheel = lock["packages"]["pygal"]["file_name"]
    assert re.fullmatch(r"pygal-3\.1-0[0-9a-f]{10}-py3-none-any\.whl", wheel)
    assert (site / wheel).read_bytes() == (made / WHEEL).read_bytes()


def test_first_load_counts_the_best_encoding_of_what_a_first_cell_waits_for(made: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    published = serving.publish(made, CODE, site, tmp_path / "cache")
    names = [path for path in site.glob("*.br") if re.match(r"(pyodide-|pyodide\.asm-|lesson-|engine-)", path.name)]
    assert len(names) == 5
    assert published.bytes == sum(path.stat().st_size for path in names)


def test_what_was_published_is_noted_and_a_broken_note_is_none(made: Path, tmp_path: Path) -> None:
    published = serving.publish(made, CODE, tmp_path / "site", tmp_path / "cache")
    note = tmp_path / "published.json"
    assert serving.read(note) is None
    note.write_text(serving.note(published), "utf-8")
    assert serving.read(note) == published
    for broken in ("", "{}", "[1]", '{"engine": 1, "more": 2}'):
        note.write_text(broken, "utf-8")
        assert serving.read(note) is None


def test_engine_of_the_site_is_the_engine_to_the_byte(built_site: Path, engine: Path) -> None:
    published = serving.read(built_site.parent / "published.json")
    assert published
    text = (built_site / "engine" / published.module).read_text("utf-8").split("\n", 1)[0]
    told = json.loads(text.removeprefix("const ENGINE=").removesuffix(";"))
    assert told["hash"] == json.loads((engine / "engine.json").read_text("utf-8"))["hash"]
    for name, file in told["files"].items():
        assert (built_site / "engine" / file["name"]).read_bytes() == (engine / name).read_bytes()
    for package in json.loads(told["lock"])["packages"].values():
        name, version, tags = package["file_name"].split("-", 2)
        original = engine / f"{name}-{version}-{tags.split('-', 1)[1]}"
        assert (built_site / "engine" / package["file_name"]).read_bytes() == original.read_bytes()
