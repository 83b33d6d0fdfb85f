"""Makes wheels and Pyodide distributions for tests, true to the formats."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

HOLLOW_MODULE = b"\0asm\1\0\0\0" + b"\0\x0f\x08dylink.0\1\4\0\0\0\0"
"""The smallest side module: a dylink section, no imports, no exports. Source: WebAssembly tool conventions."""


def needing(*symbols: str) -> bytes:
    """Return a side module that imports functions of these names."""
    imports = b"".join(b"\3env" + bytes([len(name)]) + name.encode() + b"\0\0" for name in symbols)
    body = bytes([len(symbols)]) + imports
    return HOLLOW_MODULE + b"\1\4\1\x60\0\0" + b"\2" + bytes([len(body)]) + body


def wheel(folder: Path, name: str, files: dict[str, bytes] | None = None, requires: str = "") -> Path:
    """Write a wheel; `name` is its file name, `files` are added to its metadata."""
    project, version = name.split("-")[:2]
    info = f"{project}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {project}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {requires}\n" if requires else ""
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in (files or {f"{project}.py": b"VALUE = 42\n"}).items():
            archive.writestr(file, data)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
    return path


def distribution(core: Path, into: Path, version: str) -> Path:
    """Make a Pyodide distribution in `into`: the core of an engine, two wheels more, and a lock that is true."""
    into.mkdir(parents=True)
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        shutil.copyfile(core / name, into / name)
    (into / "package.json").write_text(json.dumps({"name": "pyodide", "version": version}), "utf-8")
    (into / "made-tests.zip").write_bytes(b"not wanted")
    paths = [
        wheel(into, "made-1.0-py3-none-any.whl", requires="helper"),
        wheel(into, "helper-1.0-py3-none-any.whl"),
        wheel(into, "pygal-0.1-py3-none-any.whl"),
    ]
    info = json.loads((core / "pyodide-lock.json").read_text("utf-8"))["info"]
    packages = {path.name.split("-")[0]: entry(path) for path in paths}
    packages["made"]["depends"] = ["helper"]
    packages["made-tests"] = packages["helper"] | {"name": "made-tests", "file_name": "made-tests.zip"}
    (into / "pyodide-lock.json").write_text(json.dumps({"info": info, "packages": packages}), "utf-8")
    return into


def entry(path: Path) -> dict[str, object]:
    """Return a wheel's entry in a lock."""
    project, version = path.name.split("-")[:2]
    return {
        "name": project,
        "version": version,
        "file_name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "install_dir": "site",
        "package_type": "package",
        "imports": [project],
        "depends": [],
        "unvendored_tests": False,
    }
