"""A fuller Pyodide distribution (numpy, pandas …) as a folder, a tarball or a URL, verified by its own lock."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from pyodide_lock import PyodideLockSpec

from build_scripts.errors import BadDistribution, NoDistribution, NoDownload
from build_scripts.wheels import sha256

if TYPE_CHECKING:
    from http.client import HTTPMessage, HTTPResponse
    from typing import IO
    from urllib.request import Request

    from build_scripts.progress import Progress

LOCK = "pyodide-lock.json"
TARBALLS = (".tar.bz2", ".tar.gz", ".tar.xz", ".tgz")
LARGEST_BYTES = 4 * 2**30
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
WHERE = (
    "Take the full tarball of Pyodide {version} (pyodide-{version}.tar.bz2, "
    "not pyodide-core-…) from the project's releases."
)


@dataclass(frozen=True)
class Distribution:
    """A verified distribution: every file that `lock` names lies in `folder` with the hash that the lock tells."""

    folder: Path
    lock: PyodideLockSpec


def open_distribution(source: str, version: str, core: PyodideLockSpec, cache: Path, report: Progress) -> Distribution:
    """Return the distribution that `source` names, fetched and unpacked into `cache` when needed, and verified.

    Args:
        source: folder, tarball, or URL of a tarball (https, or http on this machine).
        version: the version of Pyodide that the notebooks' kernel needs.
        core: lock of the core of that version; Python, platform and binary interface must be the same.
        cache: folder for what is fetched and unpacked.
        report: where to tell what happens.

    Raises:
        BadDistribution: damaged, incomplete or of another version; carries file, found and expected.
        NoDistribution: `source` is neither a folder, nor a tarball, nor a URL we fetch from.
        NoDownload: the URL could not be fetched.
    """
    path = fetch(source, cache, report) if "://" in source else Path(source)
    if path.is_file():
        path = unpack(path, cache, report)
    if not path.is_dir():
        message = f"{source}: there is no such folder or tarball"
        raise NoDistribution(message, WHERE.format(version=version))
    folder = path if (path / LOCK).is_file() else next((p.parent for p in sorted(path.glob(f"*/{LOCK}"))), path)
    return verify(folder, version, core, report)


def verify(folder: Path, version: str, core: PyodideLockSpec, report: Progress) -> Distribution:
    """Return the distribution in a folder when all is as its lock says; packages of tests are left out.

    Raises:
        BadDistribution: with every file that is missing or differs, at most ten of them.
    """
    fix = WHERE.format(version=version)
    path = folder / LOCK
    if not path.is_file():
        message = f"{folder}: holds no {LOCK}, so it is no Pyodide distribution"
        raise BadDistribution(message, fix)
    try:
        lock = PyodideLockSpec.from_json(path)
    except Exception as error:
        message = f"{path}: cannot be read as a Pyodide lock: {error}"
        raise BadDistribution(message, fix) from error
    found = version_of(folder)
    if found != version:
        message = f"{folder}: is Pyodide {found or 'of an unknown version'}, the notebooks' kernel needs {version}"
        raise BadDistribution(message, fix)
    for field in ("python", "platform", "arch", "abi_version"):
        ours, theirs = getattr(core.info, field), getattr(lock.info, field)
        if ours != theirs:
            message = f"{path}: {field} is {theirs}, Pyodide {version} has {ours}"
            raise BadDistribution(message, fix)
    lock.packages = {name: package for name, package in lock.packages.items() if not name.endswith("-tests")}
    faults = []
    with report.count(f"Verifying {len(lock.packages)} packages of the distribution", len(lock.packages)) as advance:
        for package in lock.packages.values():
            faults += _fault(folder, package.file_name, package.sha256)
            advance(1)
    if faults:
        more = [f"… and {len(faults) - 10} more"] if len(faults) > 10 else []
        message = f"{folder}: does not match its own lock\n" + "\n".join(f"    {line}" for line in faults[:10] + more)
        raise BadDistribution(message, fix)
    return Distribution(folder, lock)


def _fault(folder: Path, name: str, expected: str) -> list[str]:
    if name != Path(name).name:
        return [f"{name}: the lock names a file outside the distribution"]
    if not (folder / name).is_file():
        return [f"{name}: missing"]
    found = sha256(folder / name)
    return [] if found == expected else [f"{name}: sha256 found {found}, expected {expected}"]


def version_of(folder: Path) -> str | None:
    """Return the version that a distribution says it is, None when it says none."""
    try:
        return str(json.loads((folder / "package.json").read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        script = (folder / "pyodide.mjs").read_text("utf-8")
    except (OSError, ValueError):
        return None
    found = re.search(r'="(\d+\.\d+\.\d+(?:\.\w+|[ab]\d+|rc\d+)?)"', script)
    return found[1] if found else None


def unpack(tarball: Path, cache: Path, report: Progress) -> Path:
    """Return the folder with a tarball's content, unpacked once into `cache`.

    Raises:
        BadDistribution: damaged, of no known kind, too large, or with a path that leads outside.
    """
    if not tarball.name.endswith(TARBALLS):
        message = f"{tarball}: not a tarball ({', '.join(TARBALLS)})"
        raise BadDistribution(message, "Give the folder, the tarball or the URL of a Pyodide distribution.")
    into = cache / f"{tarball.name.split('.tar')[0].removesuffix('.tgz')}-{sha256(tarball)[:16]}"
    if into.is_dir():
        return into
    beside = into.with_name(f"{into.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        with report.step(f"Unpacking {tarball.name}"), tarfile.open(tarball) as archive:
            unpacked_bytes = 0
            for member in archive:
                unpacked_bytes += member.size
                if unpacked_bytes > LARGEST_BYTES:
                    message = f"{tarball}: unpacks to more than {LARGEST_BYTES // 2**30} GiB"
                    raise BadDistribution(message)
                if not (member.isfile() or member.isdir()):
                    message = f"{tarball}: {member.name} is neither a file nor a folder"
                    raise BadDistribution(message, "Do not use this tarball: it may be made to harm.")
                archive.extract(member, beside, filter="data")
    except tarfile.FilterError as error:
        shutil.rmtree(beside, ignore_errors=True)
        message = f"{tarball}: {error.tarinfo.name} leads outside the folder it is unpacked into"
        raise BadDistribution(message, "Do not use this tarball: it may be made to harm.") from error
    except (tarfile.TarError, EOFError, OSError) as error:
        shutil.rmtree(beside, ignore_errors=True)
        message = f"{tarball}: the tarball is damaged or incomplete: {error}"
        raise BadDistribution(message, "Fetch it again.") from error
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    beside.rename(into)
    return into


class _SafeRedirects(HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        _refuse_unsafe(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refuse_unsafe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    message = f"{url}: a distribution is fetched by https only (or http on this machine)"
    raise NoDistribution(message, "Use the https address, or fetch the tarball yourself and give its path.")


def fetch(url: str, cache: Path, report: Progress) -> Path:
    """Return a tarball fetched from a URL into `cache`; one that came whole before is not fetched again.

    Raises:
        NoDistribution: not https, or no tarball.
        NoDownload: it did not come, or not whole.
    """
    _refuse_unsafe(url)
    name = Path(urlsplit(url).path).name
    if not name.endswith(TARBALLS):
        message = f"{url}: not the address of a tarball ({', '.join(TARBALLS)})"
        raise NoDistribution(message, "Give the folder, the tarball or the URL of a Pyodide distribution.")
    stem = next(name.removesuffix(end) for end in TARBALLS if name.endswith(end))
    path = cache / f"{stem}-{hashlib.sha256(url.encode()).hexdigest()[:16]}{name.removeprefix(stem)}"
    if path.is_file():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with build_opener(_SafeRedirects).open(url, timeout=60) as answer, part.open("wb") as file:
            _receive(answer, file, name, report)
    except (URLError, OSError) as error:
        part.unlink(missing_ok=True)
        message = f"{url}: could not be fetched: {getattr(error, 'reason', error)}"
        raise NoDownload(message, "Check the address and the connection, then run the build again.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    return path


def _receive(answer: HTTPResponse, file: IO[bytes], name: str, report: Progress) -> None:
    length = answer.headers.get("Content-Length")
    expected = int(length) if length else None
    received = 0
    with report.download(f"Fetching {name}", expected) as advance:
        while chunk := answer.read(2**18):
            file.write(chunk)
            received += len(chunk)
            advance(len(chunk))
    if expected is not None and received != expected:
        message = f"{received} of {expected} bytes came"
        raise OSError(message)
