"""`import turtle`: basthon-turtle, with the drawing shown as SVG below the cell that drew.

A cell that imports turtle starts a new drawing, as a program run anew does; one that does not continues the last.
Source: basthon-turtle 0.4, whose own `turtle` module and notebook session do not work in Pyodide.
"""

import re
import sys

from basthon import turtle as _turtle
from basthon.turtle import _notebook

_IMPORT = re.compile(r"^\s*(?:import|from)\s+turtle\b", re.MULTILINE)


class _Below:
    """Shows the drawing below the cell; basthon-turtle tells it of each change through `emit`."""

    started = False

    def __init__(self, shell, snapshot):
        self._snapshot = snapshot
        self._changed = False
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def emit(self, command):
        self._changed = self._changed or command.get("type") != "init"

    def flush(self):
        if self._changed:
            from IPython.display import SVG, display  # noqa: PLC0415

            self._changed = False
            svg = self._snapshot()
            for name in ("viewBox", "preserveAspectRatio"):  # written in lower case, which XML does not know
                svg = svg.replace(f" {name.lower()}=", f" {name}=", 1)
            display(SVG(svg))
        return True

    def close(self):
        self._changed = False

    def _before(self, info=None):
        self._changed = False
        if info is not None and _IMPORT.search(info.raw_cell or ""):
            _turtle.restart()

    def _after(self, result=None):  # noqa: ARG002 - IPython passes it
        self.flush()


_sessions = {}


def _create_session(svg_snapshot=None):
    shell = _notebook._get_shell()
    if shell is None:
        return None
    if id(shell) not in _sessions:
        _sessions[id(shell)] = _Below(shell, svg_snapshot)
    return _sessions[id(shell)]


_notebook._RENDERER = "svg"
_notebook.create_session = _create_session
_notebook.uses_svg_renderer = lambda: True
sys.modules[__name__] = _turtle
