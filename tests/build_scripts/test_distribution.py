from __future__ import annotations

import functools
import http.server
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import made
import pytest
from pyodide_lock import PyodideLockSpec

from build_scripts import engine as building
from build_scripts.distribution import Distribution, open_distribution
from build_scripts.errors import BadDistribution, NoDistribution, NoDownload
from build_scripts.progress import Progress

pytestmark = pytest.mark.engine
VERSION = building.PYODIDE_VERSION


@pytest.fixture
def folder(engine: Path, tmp_path: Path) -> Path:
    return made.distribution(engine, tmp_path / "made" / "pyodide", VERSION)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def tarball(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / f"pyodide-{VERSION}.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(folder, "pyodide")
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            if self.path.startswith("/away/"):
                self.send_response(302)
                self.send_header("Location", "http://192.0.2.1/pyodide.tar.gz")
                self.end_headers()
            elif self.path.startswith("/short/"):
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"short")
            else:
                super().do_GET()

    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def opened(source: Path | str, engine: Path, cache: Path) -> Distribution:
    core = PyodideLockSpec.from_json(engine / "pyodide-lock.json")
    return open_distribution(str(source), VERSION, core, cache, Progress(quiet=True))


def test_an_engine_on_a_fuller_distribution_carries_its_packages_with_ours_on_top(folder: Path, tmp_path: Path) -> None:
    built = building.build(tmp_path / "engine", str(folder))
    packages = built.index["packages"]
    assert packages["made"] == packages["helper"] == "1.0"
    assert packages["pygal"] != "0.1", "ours is on top"
    assert "pygal-0.1-py3-none-any.whl" not in built.files
    assert "made-tests.zip" not in built.files
    assert building.damaged(built) == []
    lock = PyodideLockSpec.from_json(tmp_path / "engine" / "pyodide-lock.json")
    assert lock.packages["made"].depends == ["helper"]


def test_a_tarball_is_unpacked_once_and_verified(tarball: Path, engine: Path, cache: Path) -> None:
    first = opened(tarball, engine, cache)
    assert set(first.lock.packages) == {"made", "helper", "pygal"}
    assert opened(tarball, engine, cache).folder == first.folder
    assert len(list(cache.iterdir())) == 1


def test_a_url_is_fetched_once(tarball: Path, server: str, engine: Path, cache: Path) -> None:
    first = opened(f"{server}/{tarball.name}", engine, cache)
    tarball.unlink()
    assert opened(f"{server}/{tarball.name}", engine, cache).folder == first.folder


def test_damaged_and_missing_files_are_all_named_with_both_hashes(folder: Path, engine: Path, cache: Path) -> None:
    expected = json.loads((folder / "pyodide-lock.json").read_text())["packages"]["made"]["sha256"]
    (folder / "made-1.0-py3-none-any.whl").write_bytes(b"x")
    (folder / "helper-1.0-py3-none-any.whl").unlink()
    with pytest.raises(BadDistribution) as caught:
        opened(folder, engine, cache)
    found = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert f"made-1.0-py3-none-any.whl: sha256 found {found}, expected {expected}" in caught.value.what
    assert "helper-1.0-py3-none-any.whl: missing" in caught.value.what
    assert VERSION in caught.value.fix


def test_a_damaged_distribution_leaves_the_old_engine_as_it_was(folder: Path, tmp_path: Path) -> None:
    whole = building.build(tmp_path / "engine")
    (folder / "made-1.0-py3-none-any.whl").write_bytes(b"x")
    with pytest.raises(BadDistribution):
        building.build(tmp_path / "engine", str(folder))
    assert building.damaged(whole) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["engine", "made"]


def test_another_version_is_refused(folder: Path, engine: Path, cache: Path) -> None:
    (folder / "package.json").write_text(json.dumps({"version": "0.29.0"}))
    with pytest.raises(BadDistribution, match=f"is Pyodide 0.29.0, the notebooks' kernel needs {VERSION}"):
        opened(folder, engine, cache)


def test_without_package_json_the_version_is_read_from_the_script(folder: Path, engine: Path, cache: Path) -> None:
    (folder / "package.json").unlink()
    assert opened(folder, engine, cache).folder == folder


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "cannot be read as a Pyodide lock"), ('{"info": {}}', "cannot be read as a Pyodide lock")],
)
def test_a_lock_that_cannot_be_read_is_refused(folder: Path, engine: Path, cache: Path, text: str, reason: str) -> None:
    (folder / "pyodide-lock.json").write_text(text)
    with pytest.raises(BadDistribution, match=reason):
        opened(folder, engine, cache)


def test_another_binary_interface_is_refused(folder: Path, engine: Path, cache: Path) -> None:
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    lock["info"]["abi_version"] = "2025_0"
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))
    with pytest.raises(BadDistribution, match=r"abi_version is 2025_0, Pyodide .* has 2026_0"):
        opened(folder, engine, cache)


def test_a_lock_that_names_files_outside_is_refused(folder: Path, engine: Path, cache: Path) -> None:
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    lock["packages"]["made"]["file_name"] = "../../secret.whl"
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))
    with pytest.raises(BadDistribution, match="names a file outside the distribution"):
        opened(folder, engine, cache)


def test_a_folder_without_lock_is_refused(tmp_path: Path, engine: Path, cache: Path) -> None:
    with pytest.raises(BadDistribution, match="it is no Pyodide distribution"):
        opened(tmp_path, engine, cache)


@pytest.mark.parametrize("name", ["../outside", "/outside", "pyodide/../../outside"])
def test_a_tarball_that_reaches_outside_is_refused(tmp_path: Path, engine: Path, cache: Path, name: str) -> None:
    path = tmp_path / "bad.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    if name.startswith("/"):  # tarfile makes it relative, so that nothing lands outside
        with pytest.raises(BadDistribution, match="no Pyodide distribution"):
            opened(path, engine, cache)
    else:
        with pytest.raises(BadDistribution, match="leads outside"):
            opened(path, engine, cache)
        assert list(cache.iterdir()) == []
    assert not Path("/outside").exists()


def test_a_tarball_with_a_link_is_refused(tmp_path: Path, engine: Path, cache: Path) -> None:
    path = tmp_path / "bad.tar.gz"
    link = tarfile.TarInfo("pyodide/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(link)
    with pytest.raises(BadDistribution, match="pyodide/link is neither a file nor a folder"):
        opened(path, engine, cache)
    assert list(cache.iterdir()) == []


def test_a_truncated_tarball_is_refused_and_leaves_nothing(tarball: Path, engine: Path, cache: Path) -> None:
    tarball.write_bytes(tarball.read_bytes()[:100_000])
    with pytest.raises(BadDistribution, match="damaged or incomplete"):
        opened(tarball, engine, cache)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    "source",
    ["/no/such/folder", "http://192.0.2.1/pyodide.tar.gz", "ftp://127.0.0.1/a.tar.gz", "https://192.0.2.1/a.html"],
)
def test_what_is_no_distribution_is_a_wrong_call(source: str, engine: Path, cache: Path) -> None:
    with pytest.raises(NoDistribution) as caught:
        opened(source, engine, cache)
    assert caught.value.status == 2
    assert source in caught.value.what
    assert caught.value.fix


def test_a_redirect_to_plain_http_elsewhere_is_refused(server: str, engine: Path, cache: Path) -> None:
    with pytest.raises(NoDistribution, match=r"192\.0\.2\.1"):
        opened(f"{server}/away/pyodide.tar.gz", engine, cache)


@pytest.mark.parametrize("path", ["short/pyodide.tar.gz", "absent.tar.gz"])
def test_a_download_that_does_not_come_whole_leaves_nothing(server: str, engine: Path, cache: Path, path: str) -> None:
    with pytest.raises(NoDownload, match="could not be fetched"):
        opened(f"{server}/{path}", engine, cache)
    assert list(cache.iterdir()) == []
