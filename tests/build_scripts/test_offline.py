"""The list of the site's files: what is on it, its groups, and the version that follows from it."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from build_scripts import offline

MESSAGES = Path(__file__).resolve().parent.parent.parent / "site/theme/messages"
FILES = {
    "index.html": "fr",
    "python/index.html": "fr",
    "ar/index.html": "ar",
    "assets/style.css": "site",
    "engine/pyodide-0123456789.wasm": "engine",
    "engine/only.bin.gz": "engine",
    "lite/build/12.a8fa7b2.js": "application",
    "lite/notebooks-en/index.html": "en",
    "lite/files/lessons/ar/python/x.ipynb": "ar",
}
LEFT_OUT = ("engine/pyodide-0123456789.wasm.gz", "engine/pyodide-0123456789.wasm.br", "sitemap.xml", "sitemap.xml.gz")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    for name in (*FILES, *LEFT_OUT, ".hidden", "sw.js"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name, "utf-8")
    (tmp_path / "worker.js").write_text("work();\n", "utf-8")
    return site


def write(site: Path) -> str:
    return offline.write(site, site.parent / "worker.js", MESSAGES)


def groups(site: Path, version: str) -> dict[str, dict[str, list[str | int]]]:
    found: dict[str, dict[str, list[str | int]]] = json.loads((site / f"offline/{version}.json").read_text("utf-8"))[
        "groups"
    ]
    return found


def test_list_names_each_file_once_in_its_group_with_its_hash_and_size(site: Path) -> None:
    found = groups(site, write(site))
    assert {name: group for group, files in found.items() for name in files} == {
        **FILES,
        "offline/missing.html": "site",
    }
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"index.html").digest())[:16].decode()
    assert found["fr"]["index.html"] == [digest, 10]
    assert found["engine"]["engine/pyodide-0123456789.wasm"][1:] == [30, 33]


def test_version_is_the_same_for_the_same_files_and_another_when_one_changes(site: Path) -> None:
    first = write(site)
    assert write(site) == first
    (site / "python/index.html").write_text("changed", "utf-8")
    second = write(site)
    assert second != first
    assert [path.stem for path in (site / "offline").glob("*.json")] == [second]


def test_version_changes_with_the_service_worker(site: Path) -> None:
    first = write(site)
    (site.parent / "worker.js").write_text("work(2);\n", "utf-8")
    assert write(site) != first


def test_service_worker_knows_its_version_unless_an_author_looks_at_every_change(site: Path) -> None:
    version = write(site)
    worker = (site / "sw.js").read_text("utf-8")
    assert worker == f'self.passerelleVersion="{version}";\nwork();\n'
    assert offline.keeping_nothing(worker) == 'self.passerelleVersion="";\nwork();\n'


def test_page_in_place_of_a_missing_one_speaks_every_language(site: Path) -> None:
    write(site)
    page = (site / "offline/missing.html").read_text("utf-8")
    for language, direction in (("fr", "ltr"), ("en", "ltr"), ("ar", "rtl")):
        assert f'<section lang="{language}" dir="{direction}">' in page
        assert f"{{pages:{language}}}" in page
    assert "<script" not in page
