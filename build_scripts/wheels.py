"""The wheels that the engine carries: fetched by hash, taken from the kernel's extension, or packed from our source."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from build_scripts.errors import BadWheel, NoDownload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from build_scripts.progress import Progress

KERNEL_EXTENSION = Path("share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi")
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Target:
    """The interpreter that wheels are for.

    Attributes:
        python: version of Python, such as "3.14.2".
        abi: Pyodide's binary interface, such as "2026_0".

    >>> Target("3.14.2", "2026_0").platform
    'pyemscripten_2026_0_wasm32'
    """

    python: str
    abi: str

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version of Python."""
        major, minor = self.python.split(".")[:2]
        return int(major), int(minor)

    @property
    def interpreter(self) -> str:
        """The interpreter's tag, such as "cp314"."""
        return "cp{}{}".format(*self.version)

    @property
    def platform(self) -> str:
        """The platform's tag. Source: PEP 783."""
        return f"pyemscripten_{self.abi}_wasm32"

    def tags(self) -> frozenset[Tag]:
        """Every wheel tag that loads here. Source: pyodide-build 0.39, build_env.pyodide_tags."""
        return frozenset(
            [
                *cpython_tags(self.version, [self.interpreter], [self.platform]),
                *compatible_tags(self.version, self.interpreter, [self.platform]),
                Tag(self.interpreter, "none", "any"),
            ]
        )


@dataclass(frozen=True)
class Pin:
    """One line of a hash-pinned requirements file; `hashes` are sha256, hexadecimal."""

    name: str
    version: Version
    hashes: frozenset[str]


def read_pins(requirements: str) -> list[Pin]:
    r"""Return the pins of a requirements text as `uv pip compile --generate-hashes` writes it.

    >>> read_pins("a-b==1.0 \\\n    --hash=sha256:00\n")
    [Pin(name='a-b', version=<Version('1.0')>, hashes=frozenset({'00'}))]
    """
    found = re.findall(r"^([\w.-]+)==(\S+)((?:\s*\\\n\s+--hash=sha256:[0-9a-f]+)+)", requirements, re.MULTILINE)
    return [
        Pin(canonicalize_name(name), Version(version), frozenset(re.findall(r"sha256:([0-9a-f]+)", hashes)))
        for name, version, hashes in found
    ]


def sha256(path: Path) -> str:
    """Return a file's sha256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(requirements: Path, cache: Path, target: Target, report: Progress) -> list[Path]:
    """Return one wheel for each pin, downloading into `cache` what is not there.

    A file in the cache counts only when its name fits the pin and the target, and its hash is pinned; so a second
    run needs no network, and a damaged file is fetched again.

    Raises:
        NoDownload: pip could not fetch a wheel; carries what pip said.
    """
    pins = read_pins(requirements.read_text("utf-8"))
    cache.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pins if _cached(pin, cache, target) is None]
    if missing:
        with report.step(f"Fetching {len(missing)} wheels for Python {target.python} in the browser"):
            _download(missing, cache, target)
    wheels = {pin: _cached(pin, cache, target) for pin in pins}
    lost = [f"{pin.name} {pin.version}" for pin, wheel in wheels.items() if wheel is None]
    if lost:
        message = f"{requirements}: no wheel for {target.platform} came for {', '.join(lost)}"
        raise NoDownload(message, "Run the build again; if it stays, lock the requirements anew (see engine.in).")
    return [wheel for wheel in wheels.values() if wheel is not None]


def _cached(pin: Pin, cache: Path, target: Target) -> Path | None:
    for path in sorted(cache.glob("*.whl")):
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except (InvalidWheelFilename, InvalidVersion):
            continue
        if (name, version) == (pin.name, pin.version) and tags & target.tags() and sha256(path) in pin.hashes:
            return path
    return None


def _download(pins: list[Pin], cache: Path, target: Target) -> None:
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache) as folder:
        wanted = Path(folder, "requirements.txt")
        hashes = {pin: " ".join(f"--hash=sha256:{digest}" for digest in sorted(pin.hashes)) for pin in pins}
        wanted.write_text("".join(f"{pin.name}=={pin.version} {hashes[pin]}\n" for pin in pins), "utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--platform", target.platform, "--implementation", "cp"]
        command += ["--python-version", "{}.{}".format(*target.version), "--abi", target.interpreter]
        command += ["--dest", folder, "--requirement", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for wheel in Path(folder).glob("*.whl"):
            wheel.replace(cache / wheel.name)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()[-5:]
        message = "The wheels of the engine could not be fetched.\n" + "\n".join(f"    {line}" for line in said)
        raise NoDownload(message, "Check the connection and run the build again; what has come is kept.")


def kernel_wheels(prefix: Path = Path(sys.prefix)) -> list[Path]:
    """Return the wheels that ship inside JupyterLite's Pyodide kernel, the newest of each name.

    Raises:
        BadWheel: a file differs from the kernel's own index.
    Source: jupyterlite-pyodide-kernel 0.8, `static/pypi/all.json`.
    """
    folder = prefix / KERNEL_EXTENSION
    index = json.loads((folder / "all.json").read_text("utf-8"))
    wheels = []
    for entry in index.values():
        newest = max(entry["releases"], key=Version)
        for file in entry["releases"][newest]:
            wheel = folder / file["filename"]
            found, expected = sha256(wheel), file["digests"]["sha256"]
            if found != expected:
                message = f"{wheel.name}: sha256 is {found}, the kernel's own index says {expected}"
                raise BadWheel(message, "make clean setup")
            wheels.append(wheel)
    return sorted(wheels)


def pack(source: Path, into: Path) -> Path:
    """Write a pure-Python wheel of the folder `source` into the folder `into` and return its path.

    `source` is a package, or, without `__init__.py`, a folder of modules; it holds the wheel's `METADATA` and may hold
    `entry_points.txt`. The same source gives the same bytes everywhere: fixed times, sorted names, nothing compressed.
    Source: PEP 427.
    """
    metadata = (source / "METADATA").read_text("utf-8")
    field = dict(line.split(": ", 1) for line in metadata.split("\n\n")[0].splitlines())
    stem = f"{field['Name'].replace('-', '_')}-{field['Version']}"
    info = f"{stem}.dist-info"
    root = source.parent if (source / "__init__.py").is_file() else source
    modules = sorted(path for path in source.rglob("*.py") if "__pycache__" not in path.parts)
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in modules}
    files[f"{info}/METADATA"] = metadata.encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: passerelle\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if (source / "entry_points.txt").is_file():
        files[f"{info}/entry_points.txt"] = (source / "entry_points.txt").read_bytes()
    record = [f"{name},sha256={_record_hash(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    wheel = into / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return wheel


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def copy(wheels: Iterable[Path], into: Path) -> list[Path]:
    """Copy wheels into a folder and return the copies."""
    return [Path(shutil.copyfile(wheel, into / wheel.name)) for wheel in wheels]
