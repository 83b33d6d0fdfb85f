"""Cells in an interpreter that has no JavaScript: a device brings their text and takes what they publish.

The grader keeps one such interpreter for many notebooks: it puts its memory back between two of them, and while cells
run it lets WebAssembly reach files and clocks and nothing else. So nothing here may call into JavaScript.

    cell, serve = open_cells("/dev/cells", packages).split()   # addresses of functions

Reading the device gives a number of bytes, then as many: for `cell` an order (JSON: `code`, and for tests `rules`), for
`serve` a request of the other side. What is written to it is a frame, one letter and a text:

    o   an output (JSON, see `Shell`)
    d   the answer to the cell (JSON)
    p   what a reference's test asked for (JSON, see `apart.Tests.cell`)
    s   a number of seconds to rest for; reading then gives `1` when somebody asked to stop
    i   the interrupt that came is to come again
    b   a request to the other side, whose answer is then read
    r   the answer to a request of the other side
"""

import asyncio
import asyncio.runners
import json
import os
import random
import sys
import time

from . import apart, images, packages, waiting

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


def open_cells(device, carried, tests=False):  # noqa: FBT002 (JavaScript has no names for arguments)
    """Make the interpreter ready and return the addresses of two functions: run a cell, and answer the other side.

    Args:
        device: path of the device.
        carried: names of the packages that there are.
        tests: whether this interpreter runs the tests of a notebook that another one runs; see `apart`.
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
    waiting.let_stop(pause, lambda: say("i", ""))
    _Clock.sleep = staticmethod(time.sleep)  # whatever a cell puts there
    os.environ["NBGRADER_EXECUTION"] = "autograde"  # as nbgrader has it while it marks
    packages.carry(carried)
    for name in CLOSED:
        sys.modules[name] = None
    shell = images.open_shell(lambda output: say("o", output))
    loop = asyncio.get_event_loop_policy().get_event_loop()

    def take():
        return os.read(door, int(os.read(door, DIGITS)))

    def ask(request):
        os.write(door, b"b" + request)
        return take()

    guard = None if tests else shell.guard()
    side = apart.Tests(ask, shell) if tests else apart.Learner(ask, shell.names)

    def run(code):
        return loop.run_until_complete(shell.run(code)) if shell.awaits(code) else _finish(shell.run(code))

    def cell():
        if shell.is_new:
            random.seed()
        order = json.loads(take())
        code, rules = order["code"], order.get("rules")
        if not tests:
            put_back = guard.put_back() if order.get("author") else []
            answer = run(code)
            if order.get("author"):
                guard.remember()
            say("d", json.dumps(json.loads(answer) | {"put_back": put_back}) if put_back else answer)
        elif rules is None:
            side.bind(code)
        else:
            with side.cell(code, **rules.get("profile", {})) as profile:
                answer = run(code)
            if rules.get("record"):
                say("p", json.dumps(profile()))
            say("d", answer)

    def serve():
        os.write(door, b"r" + side.serve(take()))

    _kept.extend((cell, serve))
    return f"{id(cell)} {id(serve)}"


def _finish(coroutine):
    """Return the result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("the cell waits for something")
