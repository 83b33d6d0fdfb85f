"""The lock of the engine: which wheel gives which package, with its hash, its imports and what it needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pkginfo import get_metadata
from pyodide_lock import PyodideLockSpec
from pyodide_lock.spec import InfoSpec, PackageSpec
from pyodide_lock.utils import package_spec_from_wheel

from build_scripts.errors import BadWheel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from build_scripts.wheels import Target


def lock(
    base: PyodideLockSpec,
    wheels: Iterable[Path],
    target: Target,
    moved: Mapping[str, str],
    added: Mapping[str, set[str]],
) -> PyodideLockSpec:
    """Return a lock that holds the packages of `base` and, on top, one package for each wheel.

    Args:
        base: what the Pyodide distribution brings; unchanged.
        wheels: files that lie in one folder; the lock names them without a folder.
        target: the interpreter, for markers and tags.
        moved: dependencies loaded later than their metadata says: `{"jedi": "pyodide-kernel"}` makes every package but
            the kernel do without jedi until something imports it.
        added: more dependencies than the metadata of a package says.

    Raises:
        BadWheel: a wheel needs a package that is not there.
    """
    merged = base.clone()
    # pyodide-lock 0.2 compares tags with `platform_arch` and does not know PEP 783 names yet
    info = InfoSpec(platform=target.platform.removesuffix("_wasm32"), python=target.python)
    files = {wheel.name: wheel for wheel in wheels}
    ours: dict[str, PackageSpec] = {}
    for name, wheel in files.items():
        package = package_spec_from_wheel(wheel, info)
        package.file_name = name
        ours[package.name] = package
    names = {canonicalize_name(name) for name in merged.packages} | set(ours)
    for package in ours.values():
        needed = _needs(files[package.file_name], target, base.info, ours, files)
        needed = {name for name in needed if moved.get(name, package.name) == package.name}
        needed |= {name for name, taker in moved.items() if taker == package.name}
        needed |= added.get(package.name, set())
        lost = needed - names
        if lost:
            message = f"{package.file_name}: needs {', '.join(sorted(lost))}, which the engine does not carry"
            raise BadWheel(message, "Add it to build_scripts/requirements/engine.in and lock the requirements anew.")
        package.depends = sorted(needed)
    for name in [name for name in merged.packages if canonicalize_name(name) in ours]:
        del merged.packages[name]
    merged.packages = dict(sorted((merged.packages | ours).items()))
    return merged


def environment(target: Target, info: InfoSpec) -> dict[str, str]:
    """Return the marker environment of Python in Pyodide. Source: PEP 508; Pyodide 314."""
    system = re.match(r"([^_]+)_(.*)", info.platform)
    return {
        "extra": "",
        "implementation_name": "cpython",
        "implementation_version": target.python,
        "os_name": "posix",
        "platform_machine": info.arch,
        "platform_python_implementation": "CPython",
        "platform_release": system[2].replace("_", ".") if system else "",
        "platform_system": "Emscripten",
        "platform_version": "#1",
        "python_full_version": target.python,
        "python_version": "{}.{}".format(*target.version),
        "sys_platform": "emscripten",
    }


def _needs(
    wheel: Path, target: Target, info: InfoSpec, ours: Mapping[str, PackageSpec], files: Mapping[str, Path]
) -> set[str]:
    """Return the names a wheel requires; a lock has no extras, so what an extra requires counts as required."""
    found: set[str] = set()
    queue: list[tuple[Path, str]] = [(wheel, "")]
    seen = set(queue)
    while queue:
        path, extra = queue.pop()
        metadata = get_metadata(str(path))
        marker_environment = environment(target, info) | {"extra": extra}
        for text in metadata.requires_dist if metadata else ():
            requirement = Requirement(text)
            if requirement.marker and not requirement.marker.evaluate(marker_environment):
                continue
            name = canonicalize_name(requirement.name)
            found.add(name)
            more = [(files[ours[name].file_name], each) for each in requirement.extras] if name in ours else []
            queue += [item for item in more if item not in seen]
            seen |= set(more)
    return found
