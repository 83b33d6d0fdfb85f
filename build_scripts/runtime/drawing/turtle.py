"""`import turtle`: basthon-turtle, with the drawing shown as SVG below the cell that drew.

A cell that imports turtle starts a new drawing, as a program run anew does; one that does not continues the last.
Source: basthon-turtle 0.4, whose own `turtle` module and notebook session do not work in Pyodide.
"""

import builtins
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


def _nothing(self, *args, **kwargs):
    """Do nothing: a drawing in a page has no title, no refresh and no window to close."""


def _setup(self, width=640, height=480, *_, **__):
    """Set the size of the drawing in pixels; without effect once something is drawn, or for shares of a screen."""
    if width > 1 and height > 1 and not self.frame_index:
        _turtle._CFG.update(canvwidth=int(width), canvheight=int(height))
        self._set_geometry()


def _screensize(self, canvwidth=None, canvheight=None, *_, **__):
    if canvwidth is None or canvheight is None:
        return self.width, self.height
    return _setup(self, canvwidth, canvheight)


_SCREEN = {
    "bye": _nothing,
    "clearscreen": lambda self: self.restart(),
    "exitonclick": _nothing,
    "numinput": lambda _self, _title, prompt, *_, **__: float(builtins.input(prompt)),
    "resetscreen": lambda self: self.restart(),
    "screensize": _screensize,
    "setup": _setup,
    "textinput": lambda _self, _title, prompt: builtins.input(prompt),
    "title": _nothing,
    "tracer": _nothing,
    "update": _nothing,
    "window_height": lambda self: self.height,
    "window_width": lambda self: self.width,
}
"""What programs written for a window call; basthon-turtle only warns that it is not there."""

for _name, _method in _SCREEN.items():
    setattr(_turtle.Screen, _name, _method)
_notebook._RENDERER = "svg"
_notebook.create_session = _create_session
_notebook.uses_svg_renderer = lambda: True
sys.modules[__name__] = _turtle
