"""Hand-in files: read as they were written, and refused with the reason when they are not what they should be."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading import handin
from grading.errors import Refused

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "handin" / "vectors.json").read_text("utf-8"))
NOTEBOOK = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", id="one")])).encode()
WHOLE = handin.Handin(
    "decouverte", "amina", "premiers-pas", "fr", "2026-11-23T10:00:00Z", "0" * 64, {"premiers-pas": NOTEBOOK}
)


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_manifest(**changes: Any) -> bytes:
    files = unpacked(handin.write(WHOLE))
    manifest = {**json.loads(files["manifest.json"]), **changes}
    return zipped({**files, "manifest.json": json.dumps(manifest).encode()})


def with_notebook(data: bytes) -> bytes:
    return handin.write(handin.Handin(**{**WHOLE.__dict__, "notebooks": {"premiers-pas": data}}))


def twice() -> bytes:
    packed = io.BytesIO(handin.write(WHOLE))
    with zipfile.ZipFile(packed, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("premiers-pas.ipynb", b"{}")
    return packed.getvalue()


def encrypted() -> bytes:
    data = bytearray(handin.write(WHOLE))
    central = data.index(b"PK\x01\x02")
    for flags in (6, central + 8):
        struct.pack_into("<H", data, flags, struct.unpack_from("<H", data, flags)[0] | 1)
    return bytes(data)


def test_a_hand_in_is_read_as_it_was_written() -> None:
    read = handin.parse(handin.write(WHOLE))

    assert read.notebooks == WHOLE.notebooks
    assert (read.course, read.learner, read.assignment, read.language) == ("decouverte", "amina", "premiers-pas", "fr")
    assert read.code == handin.receipt({"premiers-pas": hashlib.sha256(NOTEBOOK).hexdigest()})


@pytest.mark.parametrize("vector", VECTORS["receipts"], ids=lambda vector: vector["code"])
def test_receipt_codes_are_those_of_the_browser(vector: dict[str, Any]) -> None:
    assert handin.receipt({each["name"]: each["sha256"] for each in vector["notebooks"]}) == vector["code"]


REFUSED: dict[str, tuple[bytes, str]] = {
    "not a zip": (b"hello", "the file is not a hand-in file (it is no zip)"),
    "truncated": (handin.write(WHOLE)[:-40], "the file is cut short: it was not copied or sent to its end"),
    "another zip": (zipped({"a.txt": b"a"}), "the file is not a hand-in file (it has no manifest.json)"),
    "zip bomb": (zipped({"a": bytes(51 * handin.MIB)}), "the file would unpack to more than 50 MiB"),
    "many entries": (zipped({f"{n}": b"" for n in range(51)}), "the file holds 51 entries, at most 50 are taken"),
    "path upwards": (zipped({"../x.ipynb": b""}), "the file holds a name that is not allowed, '../x.ipynb'"),
    "absolute path": (zipped({"/etc/x": b""}), "the file holds a name that is not allowed, '/etc/x'"),
    "windows path": (zipped({"a\\b.ipynb": b""}), "the file holds a name that is not allowed, 'a\\\\b.ipynb'"),
    "encrypted": (encrypted(), "the file is encrypted with a password"),
    "manifest no JSON": (zipped({"manifest.json": b"{"}), "manifest.json is not valid JSON"),
    "manifest no object": (zipped({"manifest.json": b"[]"}), "the manifest is wrong at manifest.json"),
    "bad version": (with_manifest(version=2), "the manifest is wrong at version"),
    "more in manifest": (with_manifest(marks=10), "the manifest is wrong at manifest.json"),
    "learner path": (with_manifest(learner="../amina"), "the manifest is wrong at learner"),
    "wrong code": (with_manifest(code="0000-0000"), "the receipt code 0000-0000 does not belong to these notebooks"),
    "changed": (
        zipped({**unpacked(handin.write(WHOLE)), "premiers-pas.ipynb": NOTEBOOK + b" "}),
        "premiers-pas.ipynb is not the notebook that was handed in: its content differs from the manifest",
    ),
    "lost": (
        zipped({"manifest.json": unpacked(handin.write(WHOLE))["manifest.json"]}),
        "the manifest names the notebook premiers-pas.ipynb, which is not in the file",
    ),
    "more files": (
        zipped({**unpacked(handin.write(WHOLE)), "virus.exe": b"MZ"}),
        "the file holds 'virus.exe', which its manifest does not name",
    ),
    "not JSON": (with_notebook(b"print('hello')"), "premiers-pas.ipynb is not valid JSON"),
    "not UTF-8": (with_notebook(b"\xff\xfe{}"), "premiers-pas.ipynb is not text in UTF-8"),
    "deep": (with_notebook(b"[" * 200_000), "premiers-pas.ipynb is nested too deeply"),
    "no notebook": (with_notebook(b'{"a": 1}'), "premiers-pas.ipynb is not a Jupyter notebook"),
    "format 3": (
        with_notebook(b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}'),
        "premiers-pas.ipynb has the old notebook format 3: open it in Jupyter, save it, hand it in again",
    ),
    "damaged": (with_notebook(b'{"nbformat": 4, "nbformat_minor": 5, "cells": 3}'), "premiers-pas.ipynb is a damaged"),
    "many cells": (
        with_notebook(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{}] * 2001}).encode()),
        "premiers-pas.ipynb has 2001 cells, at most 2000 are taken",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_whole_hand_in_is_refused_with_its_reason(case: str) -> None:
    data, sentence = REFUSED[case]
    with pytest.raises(Refused) as refusal:
        handin.parse(data)
    assert refusal.value.what.startswith(sentence)


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(Refused, match=r"holds 'premiers-pas\.ipynb' twice"):
        handin.parse(twice())


def test_an_empty_and_a_huge_file_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    empty, huge = tmp_path / "empty.handin", tmp_path / "huge.handin"
    empty.write_bytes(b"")
    with huge.open("wb") as stream:
        stream.truncate(21 * handin.MIB)
    with pytest.raises(Refused, match=r"^the file is empty$"):
        handin.read(empty)
    with pytest.raises(Refused, match=r"^the file is too large: 21\.0 MiB, at most 20 are taken$"):
        handin.read(huge)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_bytes_are_read_or_refused_and_never_anything_else(data: st.DataObject) -> None:
    whole = bytearray(handin.write(WHOLE))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    damaged = bytes(whole[cut:] if data.draw(st.booleans()) else whole[:cut] or whole)
    with contextlib.suppress(Refused):
        assert handin.parse(damaged).notebooks == WHOLE.notebooks


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=30), st.binary(max_size=200), max_size=6))
def test_zips_of_anything_are_refused(files: dict[str, bytes]) -> None:
    try:
        data = zipped({name: content for name, content in files.items() if name})
    except (UnicodeEncodeError, ValueError):
        return
    with pytest.raises(Refused):
        handin.parse(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["cells", "metadata", "nbformat", "nbformat_minor"]), json_values)
def test_notebooks_of_any_shape_are_read_or_refused(key: str, value: Any) -> None:
    notebook = {**json.loads(NOTEBOOK), key: value}
    with contextlib.suppress(Refused):
        assert handin.check_notebook("x.ipynb", json.dumps(notebook).encode()).nbformat == 4
