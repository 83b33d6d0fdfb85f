"""Does a wheel fit this Pyodide? Tags first, then every compiled module inside."""

from __future__ import annotations

import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditwheel_emscripten.emscripten_tools.webassembly import Module
from auditwheel_emscripten.lib_utils import get_all_shared_libs_in_dir, sharedlib_regex
from auditwheel_emscripten.wasm_utils import is_wasm_module
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from build_scripts.errors import BadWheel

if TYPE_CHECKING:
    from packaging.tags import Tag

    from build_scripts.wheels import Target

ELSEWHERE = "Take a wheel made for this Pyodide, or build one with `pyodide build` from pyodide-build."


@dataclass(frozen=True)
class Core:
    """What Pyodide offers to compiled modules: `exports` of its WebAssembly, `names` in its JavaScript."""

    exports: frozenset[str]
    names: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> Core:
        """Read `pyodide.asm.wasm` and `pyodide.asm.mjs` of a folder."""
        with Module(folder / "pyodide.asm.wasm") as module:  # type: ignore[no-untyped-call]
            exports = frozenset(export.name for export in module.get_exports())
        script = (folder / "pyodide.asm.mjs").read_text("utf-8")
        return cls(exports, frozenset(re.findall(r"[A-Za-z_$][\w$]*", script)))

    def offers(self, symbol: str) -> bool:
        """Tell whether a symbol can be resolved by the main module or its JavaScript."""
        in_script = symbol in self.names or f"_{symbol}" in self.names
        return in_script or symbol in self.exports or symbol.startswith("invoke_")


def audit(wheel: Path, target: Target, core: Core | None = None) -> None:
    """Return when the wheel loads on `target`.

    Pure wheels pass by their tags. Compiled ones need the tags of this Python and this platform, WebAssembly modules
    only, and, when `core` is given, every symbol that the modules import.

    Raises:
        BadWheel: with what was found beside what is expected.
    Source: PEP 783; https://pyodide.org/en/stable/development/abi.html
    """
    try:
        _, _, _, tags = parse_wheel_filename(wheel.name)
    except (InvalidWheelFilename, InvalidVersion) as error:
        message = f"{wheel.name}: not a wheel's name"
        raise BadWheel(message, "A wheel is named name-version-python-abi-platform.whl (PEP 427).") from error
    if not tags & target.tags():
        message = (
            f"{wheel.name}: does not fit this Pyodide: {reason(tags, target)}\n"
            f"    found:    {', '.join(sorted(map(str, tags)))}\n"
            f"    expected: py3-none-any, {target.interpreter}-{target.interpreter}-{target.platform} "
            f"or cp3*-abi3-{target.platform}"
        )
        raise BadWheel(message, ELSEWHERE)
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        try:
            with zipfile.ZipFile(wheel) as archive:
                for member in archive.namelist():
                    if sharedlib_regex().search(member):
                        archive.extract(member, folder)
        except (zipfile.BadZipFile, OSError) as error:
            message = f"{wheel.name}: the file is damaged: {error}"
            raise BadWheel(message, "Delete it and run the build again.") from error
        _audit_modules(wheel.name, Path(folder), target, core, pure=all(tag.platform == "any" for tag in tags))


def reason(tags: frozenset[Tag], target: Target) -> str:
    """Say in one clause why none of a wheel's tags fits."""
    platforms = {tag.platform for tag in tags}
    pyodide = [name for name in platforms if name.startswith(("pyodide_", "pyemscripten_", "emscripten_"))]
    if target.platform in platforms:
        abis = ", ".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in tags}))
        return f"it is compiled for {abis}, this Pyodide is {target.interpreter}"
    if pyodide:
        return f"it is compiled for another Pyodide ({', '.join(sorted(pyodide))})"
    if platforms == {"any"}:
        return f"it needs another Python than {target.interpreter}"
    return f"it is compiled for {', '.join(sorted(platforms))}, not for WebAssembly"


def _audit_modules(name: str, folder: Path, target: Target, core: Core | None, *, pure: bool) -> None:
    modules = [path for path in get_all_shared_libs_in_dir(folder) if path.is_file()]
    shown = {path: path.relative_to(folder).as_posix() for path in modules}
    alien = [shown[path] for path in modules if not is_wasm_module(path)]
    if alien:
        message = f"{name}: {', '.join(alien)} is no WebAssembly module, although the wheel's tags promise one"
        raise BadWheel(message, ELSEWHERE)
    if pure and modules:
        message = f"{name}: says it is pure Python, but holds the compiled {', '.join(shown.values())}"
        raise BadWheel(message, ELSEWHERE)
    for path in modules:
        other = re.search(r"\.cpython-(\d+)-", path.name)
        if other and f"cp{other[1]}" != target.interpreter:
            message = f"{name}: {shown[path]} is compiled for cp{other[1]}, this Pyodide is {target.interpreter}"
            raise BadWheel(message, ELSEWHERE)
    if core:
        _audit_symbols(name, shown, core)


def _audit_symbols(name: str, shown: dict[Path, str], core: Core) -> None:
    imports: dict[Path, set[str]] = {}
    offered: set[str] = set()
    for path, place in shown.items():
        with Module(path) as module:  # type: ignore[no-untyped-call]
            imports[path] = {item.field for item in module.get_imports()}
            offered |= {item.name for item in module.get_exports()}
            needed = [library for library in module.parse_dylink_section().needed if "/" not in library]
        lost = [library for library in needed if library not in {other.name for other in shown}]
        if lost:
            message = f"{name}: {place} needs the library {', '.join(lost)}, which the wheel does not carry"
            raise BadWheel(message, "Put the library into the wheel: pyodide auditwheel repair --libdir DIR WHEEL")
    for path, wanted in imports.items():
        absent = sorted(symbol for symbol in wanted - offered if not core.offers(symbol))
        if absent:
            message = f"{name}: {shown[path]} needs {', '.join(absent[:5])}, which this Pyodide does not offer"
            raise BadWheel(message, ELSEWHERE)
