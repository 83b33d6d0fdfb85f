from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from build_scripts import lite
from build_scripts.errors import BrokenTool
from build_scripts.progress import Progress

QUIET = Progress(quiet=True)
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drive = tmp_path_factory.mktemp("drive")
    (drive / "data").mkdir()
    (drive / "data/lib").mkdir()
    (drive / "data/lib/prix.csv").write_text("pain,1\n", "utf-8")
    (drive / "essai.ipynb").write_text(json.dumps(NOTEBOOK), "utf-8")
    return drive


@pytest.fixture(scope="module")
def built(drive: Path) -> lite.Lite:
    return lite.build(drive, drive.parent / "site/lite", QUIET, cache=drive.parent / "cache")


def config(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    return data


def test_only_the_notebook_page_the_kernel_and_our_languages_are_there(built: lite.Lite) -> None:
    pages = {path.parent.name for path in built.folder.glob("*/index.html")}
    assert pages == {"notebooks", "notebooks-fr", "notebooks-en", "notebooks-ar"}
    extensions = {path.parent.name for path in (built.folder / "extensions").glob("**/package.json")}
    assert extensions == {"pyodide-kernel-extension"}
    translations = {path.stem for path in (built.folder / "api/translations").glob("*.json")}
    assert translations == {"all", "en", "fr_FR", "ar_SA"}


def test_there_are_no_source_maps_no_wheels_and_few_megabytes(built: lite.Lite) -> None:
    assert not [path for path in built.folder.rglob("*") if path.suffix in {".map", ".whl"}]
    assert built.size_bytes < 20_000_000


def test_the_kernel_takes_the_engine_of_the_site_and_asks_nobody_else(built: lite.Lite) -> None:
    settings = config(built.folder)["litePluginSettings"][lite.KERNEL_PLUGIN]
    assert settings["pyodideUrl"] == "./../engine/engine.mjs"
    assert settings["loadPyodideOptions"] == {"start": "notebook", "packages": list(lite.KERNEL_PACKAGES)}
    assert settings["disablePyPIFallback"] is True
    assert settings["pipliteUrls"] == []


def test_everything_that_the_kernel_wants_is_in_the_engine_s_lock(engine: Path) -> None:
    locked = json.loads((engine / "pyodide-lock.json").read_text("utf-8"))["packages"]
    assert set(lite.KERNEL_PACKAGES) <= set(locked)


def test_each_language_has_a_page_with_its_locale(built: lite.Lite) -> None:
    locale = {
        language: config(built.folder / f"notebooks-{language}").get("settingsOverrides", {})
        for language in ("fr", "ar", "en")
    }
    assert locale["fr"] == {lite.TRANSLATION: {"locale": "fr_FR"}}
    assert locale["ar"] == {lite.TRANSLATION: {"locale": "ar_SA"}}
    assert locale["en"] == {lite.TRANSLATION: {"locale": "en"}}


def test_the_names_of_the_storage_never_change(built: lite.Lite) -> None:
    names = {key: value for key, value in config(built.folder).items() if key.endswith("StorageName")}
    assert names == {
        "contentsStorageName": "passerelle-notebooks",
        "settingsStorageName": "passerelle-notebook-settings",
        "workspacesStorageName": "passerelle-notebook-workspaces",
    }
    frame = (lite.ROOT / "site/browser/drive.ts").read_text("utf-8")
    assert re.search(r'DATABASE = "passerelle-notebooks"', frame)


def test_settings_name_what_this_jupyterlab_knows(built: lite.Lite) -> None:
    known = json.loads((built.folder / "build/schemas/all.json").read_text("utf-8"))
    properties = {plugin["id"]: plugin["schema"].get("properties", {}) for plugin in known}
    for plugin, values in config(built.folder)["settingsOverrides"].items():
        assert set(values) <= set(properties[plugin]), plugin
    assert config(built.folder)["settingsOverrides"]["@jupyterlab/docmanager-extension:plugin"]["autosaveInterval"] == 2


def test_files_of_any_folder_name_are_on_the_drive(built: lite.Lite) -> None:
    assert (built.folder / "files/data/lib/prix.csv").read_text("utf-8") == "pain,1\n"


def test_nothing_is_built_anew_when_nothing_changed(drive: Path, built: lite.Lite) -> None:
    stamp = drive.parent / "cache/stamp"
    made = (drive.parent / "cache/output/index.html").stat().st_mtime_ns
    again = lite.build(drive, drive.parent / "site/lite", QUIET, cache=stamp.parent)
    assert again == built
    assert (drive.parent / "cache/output/index.html").stat().st_mtime_ns == made


def test_a_build_that_fails_stops_with_what_jupyterlite_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings/jupyter-lite.json").write_text('{"jupyter-config-data": {}}', "utf-8")
    (tmp_path / "settings/overrides.json").write_text("no JSON", "utf-8")
    (tmp_path / "settings/rtl.css").write_text("", "utf-8")
    monkeypatch.setattr(lite, "SETTINGS", tmp_path / "settings")
    (tmp_path / "drive").mkdir()
    with pytest.raises(BrokenTool, match=r"(?s)jupyter lite build stopped with status \d+:.*overrides"):
        lite.build(tmp_path / "drive", tmp_path / "lite", QUIET, cache=tmp_path / "cache")
    assert not (tmp_path / "lite").exists()
