"""`%pip install`: packages that the site carries are loaded; nothing is fetched from anywhere else."""

import re
import shlex
import sys

_carried = None
"""Names of the packages that there are, where JavaScript cannot be asked."""

_PIP = re.compile(r"^(\s*)[%!]pip\s+install\b(.*)$")


def translate(code):
    """Return the code with each `%pip install …` line as a call of `install`.

    >>> translate("%pip install pygal")
    "await __import__('passerelle_runtime').install('pygal')"
    """
    if "pip" not in code:
        return code
    return "\n".join(_translate_line(line) for line in code.split("\n"))


def _translate_line(line):
    found = _PIP.match(line)
    if not found:
        return line
    try:
        words = shlex.split(found[2], comments=True)
    except ValueError:
        return line
    names = [word for word in words if not word.startswith("-")]
    return f"{found[1]}await __import__('passerelle_runtime').install({', '.join(map(repr, names))})"


def carry(names):
    """Have `%pip install` find these packages in place, and load none."""
    global _carried  # noqa: PLW0603 (an interpreter has one set of packages)
    _carried = {_canonical(name) for name in names}


async def install(*requirements):
    """Load packages of this site into the running Python.

    Raises:
        ModuleNotFoundError: the site does not carry a package.
    """
    if sys.platform != "emscripten":
        return
    wanted = [_canonical(re.split(r"[\s\[<>=!~;@]", text.strip(), maxsplit=1)[0]) for text in requirements]
    if _carried is not None:
        _refuse(wanted, _carried)
        return
    from pyodide.ffi import create_proxy  # noqa: PLC0415
    from pyodide_js import loadPackage, lockfile  # noqa: PLC0415

    known = {_canonical(name): name for name in lockfile.packages.to_py()}
    _refuse(wanted, known)
    silent = create_proxy(lambda *_: None)
    try:
        for name in wanted:
            await loadPackage(known[name], messageCallback=silent)
    finally:
        silent.destroy()


def _refuse(wanted, known):
    absent = [name for name in wanted if name not in known]
    if absent:
        message = f"{', '.join(absent)}: not among the packages of this site"
        raise ModuleNotFoundError(message)


def _canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()
