"""`%pip install`: packages that the site carries are loaded; nothing is fetched from anywhere else."""

import re
import shlex
import sys

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


async def install(*requirements):
    """Load packages of this site into the running Python.

    Raises:
        ModuleNotFoundError: the site does not carry a package.
    """
    if sys.platform != "emscripten":
        return
    from pyodide.ffi import create_proxy  # noqa: PLC0415
    from pyodide_js import loadPackage, lockfile  # noqa: PLC0415

    known = {_canonical(name): name for name in lockfile.packages.to_py()}
    wanted = [_canonical(re.split(r"[\s\[<>=!~;@]", text.strip(), maxsplit=1)[0]) for text in requirements]
    absent = [name for name in wanted if name not in known]
    if absent:
        message = f"{', '.join(absent)}: not among the packages of this site"
        raise ModuleNotFoundError(message)
    silent = create_proxy(lambda *_: None)
    try:
        for name in wanted:
            await loadPackage(known[name], messageCallback=silent)
    finally:
        silent.destroy()


def _canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()
