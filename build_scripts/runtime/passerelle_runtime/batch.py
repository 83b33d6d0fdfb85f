"""Cells in an interpreter that has no JavaScript: a device brings their text and takes what they publish.

The grader keeps one such interpreter for many notebooks: it puts its memory back between two of them, and while cells
run it lets WebAssembly reach files and clocks and nothing else. So nothing here may call into JavaScript.

    address = open_cells("/dev/cells", packages)   # of the function that runs the cell which the device holds

Reading the device gives the number of bytes of the cell's text, then the text. What is written to it is a frame: one
letter, then text. `o` is an output (JSON, see `Shell`), `d` the answer to the cell (JSON), `s` a number of seconds to
rest for; after `s`, reading gives `1` when somebody asked to stop.
"""

import asyncio
import asyncio.runners
import os
import random
import sys
import time

from . import images, packages, waiting

DIGITS = 20
CLOSED = ("js", "pyodide_js")
"""Modules that are JavaScript; importing them is an ImportError."""

_kept = []


class _Clock:
    """Stands for the selector of an event loop where there are no sockets: waiting is all there is to do."""

    sleep = staticmethod(time.sleep)

    def select(self, timeout):
        if timeout:
            self.sleep(timeout)
        return []

    def close(self):
        """Do nothing: nothing is open."""


class _Loop(asyncio.BaseEventLoop):
    """An event loop that runs where it is called, and gives way to nobody."""

    def __init__(self):
        super().__init__()
        self._selector = _Clock()

    def _process_events(self, event_list):
        """Do nothing: there are none."""

    def _write_to_self(self):
        """Do nothing: there is no other thread."""

    async def shutdown_default_executor(self, timeout=None):
        """Do nothing: there are no threads."""


class _Policy(asyncio.events._AbstractEventLoopPolicy):
    _loop = None

    def get_event_loop(self):
        if self._loop is None:
            self._loop = self.new_event_loop()
        return self._loop

    def set_event_loop(self, loop):
        self._loop = loop

    def new_event_loop(self):
        return _Loop()


def open_cells(device, carried):
    """Make the interpreter ready and return the address of the function that runs one cell.

    Args:
        device: path of the device.
        carried: names of the packages that there are.
    """
    door = os.open(device, os.O_RDWR)

    def say(kind, text):
        os.write(door, (kind + text).encode("utf-8", "surrogatepass"))

    def pause(seconds):
        say("s", repr(seconds))
        return os.read(door, 1) == b"1"

    asyncio._set_running_loop(None)
    asyncio.events._set_event_loop_policy(_Policy())
    asyncio.run = asyncio.runners.run  # Pyodide's own asks JavaScript
    waiting.let_stop(pause)
    _Clock.sleep = staticmethod(time.sleep)  # whatever a cell puts there
    packages.carry(carried)
    for name in CLOSED:
        sys.modules[name] = None
    shell = images.open_shell(lambda output: say("o", output))
    loop = asyncio.get_event_loop_policy().get_event_loop()

    def cell():
        if shell.is_new:
            random.seed()
        text = os.read(door, int(os.read(door, DIGITS))).decode()
        say("d", loop.run_until_complete(shell.run(text)) if shell.awaits(text) else _finish(shell.run(text)))

    _kept.append(cell)
    return id(cell)


def _finish(coroutine):
    """Return the result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("the cell waits for something")
