"""Attempts to get out of the sandbox, or to make up results; none may succeed.

A probe prints the word ESCAPED when it got what it wanted. Most run as cells of one notebook, each trying on its own.
"""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from grading.limits import MIB, Limits
from grading.sandbox import Part, Run, Sandbox

pytestmark = pytest.mark.engine

LIMITS = Limits(cell_s=10, notebook_s=120, memory_bytes=256 * MIB)
SECRET = "known-to-the-trainer-only-5d1f"  # noqa: S105 - what probes look for

# ruff: noqa: E501 - probes are one line of code each
# {file} a file of the trainer, {folder} its folder, {made} a file that is not there, {port} a listener of this machine.
READS = {
    "open the password file": "print(open('/etc/passwd').read(), 'root:')",
    "open a file of the trainer": "print(open({file!r}).read())",
    "list the trainer's folder": "import os; print(os.listdir({folder!r}))",
    "walk the file system": "import glob; print([p for p in glob.glob('/**', recursive=True) if 'gradebook' in p])",
    "read the process": "print(open('/proc/self/environ').read())",
    "read another process's memory": "print(open('/proc/1/mem', 'rb').read(1), 'ESCAPED')",
    "the environment": "import os; print(dict(os.environ))",
    "the environment of JavaScript": "import js; print(js.process.env.to_py())",
    "read through Deno": "import js; print(js.Deno.readTextFileSync({file!r}))",
    "read through Deno's core": "import js; print(js.Deno.core.ops.op_fs_read_file_text_sync({file!r}))",
    "require": "import js; print(js.require('fs').readFileSync({file!r}))",
    "fetch a file": "import js; r = await js.fetch('file://' + {file!r}); print(await r.text())",
    "mount the machine's folders": (
        "import pyodide_js\n"
        "pyodide_js.FS.mkdir('/host'); pyodide_js.FS.mount(pyodide_js.FS.filesystems.NODEFS, {{'root': '/'}}, '/host')\n"
        "print(open('/host' + {file!r}).read(), 'ESCAPED')"
    ),
    "mount through pyodide": "import pyodide_js; pyodide_js.mountNodeFS('/host2', '/'); print(open('/host2' + {file!r}).read())",
    "standard input": "import sys, os; print(repr(sys.__stdin__.read(1) or os.read(0, 1)) or '', 'ESCAPED')",
    "file reader": "import js; js.FileReader; js.Blob; print('ESCAPED')",
}
WRITES = {
    "write a file of the trainer": "open({made!r}, 'w').write('x')",
    "write through Deno": "import js; js.Deno.writeTextFileSync({made!r}, 'x'); print('ESCAPED')",
    "delete a file of the trainer": "import os; os.remove({file!r}); print('ESCAPED')",
}
NETWORK = {
    "a socket": "import socket; socket.create_connection(('127.0.0.1', {port}), 3); print('ESCAPED')",
    "urllib": "import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/', timeout=3).read(), 'ESCAPED')",
    "pyfetch": "from pyodide.http import pyfetch; await pyfetch('http://127.0.0.1:{port}/'); print('ESCAPED')",
    "open_url": "from pyodide.http import open_url; open_url('http://127.0.0.1:{port}/'); print('ESCAPED')",
    "fetch": "import js; await js.fetch('http://127.0.0.1:{port}/'); print('ESCAPED')",
    "WebSocket": "import js; js.WebSocket.new('ws://127.0.0.1:{port}/'); print('ESCAPED')",
    "EventSource": "import js; js.EventSource.new('http://127.0.0.1:{port}/'); print('ESCAPED')",
    "XMLHttpRequest": "import js; js.XMLHttpRequest.new(); print('ESCAPED')",
    "a package from elsewhere": "import micropip; await micropip.install('http://127.0.0.1:{port}/x-1-py3-none-any.whl'); print('ESCAPED')",
    "a wheel by address": "import pyodide_js; await pyodide_js.loadPackage('http://127.0.0.1:{port}/x-1-py3-none-any.whl')",
    "Deno.connect": "import js; await js.Deno.connect({{'port': {port}}}); print('ESCAPED')",
}
CODE = {
    "eval": "import js; js.eval('1'); print('ESCAPED')",
    "Function": "import js; js.Function.new('return 1')(); print('ESCAPED')",
    "a function's constructor": "import js; js.setTimeout.constructor('return globalThis')(); print('ESCAPED')",
    "an async function's constructor": "import js, pyodide_js; pyodide_js.loadPackage.constructor('return 1')(); print('ESCAPED')",
    "AsyncFunction by prototype": (
        "import js, pyodide_js\n"
        "js.Reflect.construct(js.Object.getPrototypeOf(pyodide_js.runPythonAsync).constructor, ['return 1']); print('ESCAPED')"
    ),
    "a timer with text": "import js\njs.setTimeout('globalThis.got = 1', 0)\nimport asyncio; await asyncio.sleep(0.1)\njs.got; print('ESCAPED')",
    "run_js": "from pyodide.code import run_js; run_js('1'); print('ESCAPED')",
    "import of a builtin": "from pyodide.code import run_js; await run_js(\"import('node:fs')\"); print('ESCAPED')",
    "emscripten_run_script": "import ctypes; ctypes.CDLL(None).emscripten_run_script(b'globalThis.got2 = 1')\nimport js; js.got2; print('ESCAPED')",
    "emscripten_run_script_string": "import ctypes; ctypes.CDLL(None).emscripten_run_script_string(b'1'); print('ESCAPED')",
    "modules through Pyodide's own loaders": (
        "import js, pyodide_js\n"
        "from pyodide.ffi import JsProxy\n"
        "for owner in (pyodide_js, pyodide_js._api, pyodide_js._module):\n"
        "    for name in dir(owner):\n"
        "        if any(word in name.lower() for word in ('script', 'import', 'require', 'worker')):\n"
        "            for text in ('data:text/javascript,globalThis.got3=1', 'node:fs'):\n"
        "                try:\n"
        "                    r = getattr(owner, name)(text)\n"
        "                    if hasattr(r, 'then'): await r\n"
        "                except BaseException: pass\n"
        "js.got3; print('ESCAPED')"
    ),
    "a worker": "import js; js.Worker.new('data:text/javascript,1', {{'type': 'module'}}); print('ESCAPED')",
    "a shared worker": "import js; js.SharedWorker.new('data:text/javascript,1'); print('ESCAPED')",
    "importScripts": "import js; js.importScripts('data:text/javascript,1'); print('ESCAPED')",
    "a native library": "import ctypes; ctypes.CDLL('libc.so.6').system(b'true'); print('ESCAPED')",
    "Deno.dlopen": "import js; js.Deno.dlopen('libc.so.6', {{}}); print('ESCAPED')",
    "child_process": "import js; js.process.getBuiltinModule('node:child_process'); print('ESCAPED')",
    "subprocess": "import subprocess; subprocess.run(['true']); print('ESCAPED')",
    "fork": "import os; os.fork(); print('ESCAPED')",
    "exec": "import os; os.execv('/bin/true', ['true']); print('ESCAPED')",
    "spawn": "import os; os.posix_spawn('/bin/true', ['true'], {{}}); print('ESCAPED')",
    "system": "import os; os.system('touch ' + {made!r})",
    "multiprocessing": "import multiprocessing; multiprocessing.Process(target=print).start(); print('ESCAPED')",
    "kill the parent": "import os; os.kill(os.getppid(), 9)",
    "Deno.kill": "import js; js.Deno.kill({pid}); print('ESCAPED')",
    "broadcast to other workers": "import js; js.BroadcastChannel.new('x'); print('ESCAPED')",
    "storage that stays": "import js; await js.caches.open('x'); print('ESCAPED')",
    "locks that others wait for": "import js; js.navigator.locks; print('ESCAPED')",
}
JAVASCRIPT = {
    "js after all": "import sys; del sys.modules['js']; import js; js.Object; print('ESCAPED')",
    "js by its finder": "import sys\nfor f in sys.meta_path:\n    for m in getattr(f, 'jsproxies', {{}}).values(): m.Object; print('ESCAPED')",
    "a proxy that lies about": "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'JsProxy': dir(o); o.constructor; print('ESCAPED')",
    "the core": "import _pyodide_core; _pyodide_core.raw_call(0); print('ESCAPED')",
    "conversion": "from pyodide.ffi import to_js; to_js([1]); print('ESCAPED')",
    "a proxy of ours": "from pyodide.ffi import create_proxy; create_proxy(print); print('ESCAPED')",
    "a promise": "from pyodide.ffi import run_sync; import asyncio; run_sync(asyncio.sleep(0)); print('ESCAPED')",
    "Pyodide's event loop": "from pyodide.webloop import WebLoop; WebLoop().call_later(0, print); print('ESCAPED')",
    "a library of one's own": (
        "open('own.so', 'wb').write(b'\\0asm\\1\\0\\0\\0\\0\\x10\\x08dylink.0\\1\\4\\0\\0\\0\\0')\n"
        "import ctypes; ctypes.CDLL('/home/pyodide/own.so'); print('ESCAPED')"
    ),
    "a file of Python's own": "import IPython\nwith open(IPython.__file__, 'a') as f: f.write('x')\nprint('ESCAPED')",
    "a module beside them": "open('/lib/python3.14/site-packages/evil.py', 'w').write('x'); print('ESCAPED')",
    "a folder in their place": "import os; os.rename('/lib/python3.14/site-packages', '/lib/gone'); print('ESCAPED')",
    "a link at the root": "import os; os.symlink('/tmp', '/evil'); print('ESCAPED')",
    "a file's times": "import os; os.utime('/lib/python314.zip', (1, 1)); print('ESCAPED')",
    "a device of one's own": "import os, stat; os.mknod('/tmp/device', stat.S_IFCHR, os.makedev(1, 3)); print('ESCAPED')",
}
"""What leads to JavaScript, or to what is not put back between two notebooks."""
PROBES = JAVASCRIPT | READS | WRITES | NETWORK | CODE


def notebook(*sources: str) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for index, source in enumerate(sources)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def text(run: Run, index: int) -> str:
    return json.dumps(run.notebook["cells"][index]["outputs"])


def streams(run: Run, index: int) -> str:
    return "".join(output.get("text", "") for output in run.notebook["cells"][index]["outputs"])


@dataclass
class Machine:
    """What a trainer's machine has that nobody must get at."""

    file: Path
    made: Path
    port: int
    visits: list[str]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("course")
    file = folder / "gradebook.db"
    file.write_text(SECRET)
    visits: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def verify_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> bool:
            visits.append(str(client_address))
            return super().verify_request(request, client_address)

    server = Server(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["PASSERELLE_PROBE"] = SECRET
    yield Machine(file, folder / "made", server.server_port, visits)
    del os.environ["PASSERELLE_PROBE"]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def sandbox(engine: Path) -> Iterator[Sandbox]:
    with Sandbox(engine, LIMITS) as started:
        yield started


@pytest.fixture(scope="module", params=["shared", "isolated"])
def probed(sandbox: Sandbox, machine: Machine, request: pytest.FixtureRequest) -> Run:
    """All probes as cells of one notebook, and a last cell that shows that the interpreter is sound."""
    values = {
        "file": str(machine.file),
        "folder": str(machine.file.parent),
        "made": str(machine.made),
        "port": machine.port,
        "pid": os.getpid(),
    }
    cells = notebook(*(code.format(**values) for code in PROBES.values()), "6 * 7")
    return sandbox.run(cells, plan={len(PROBES): Part(tests=True)} if request.param == "isolated" else None)


@pytest.mark.parametrize("name", PROBES)
def test_probe_gets_nothing(probed: Run, machine: Machine, name: str) -> None:
    said = streams(probed, list(PROBES).index(name))
    assert "ESCAPED" not in said
    assert "root:x:" not in said
    assert SECRET not in text(probed, list(PROBES).index(name))


def test_probes_leave_the_machine_as_it_was(probed: Run, machine: Machine) -> None:
    assert machine.file.read_text() == SECRET
    assert sorted(machine.file.parent.iterdir()) == [machine.file]
    assert machine.visits == []


def test_no_probe_stops_the_notebook(probed: Run) -> None:
    assert "42" in text(probed, len(PROBES))
    assert {problem.kind for problem in probed.problems} <= {"killed"}


FORGE = """
import json, os, sys
frames = ["done", "end", "prepared", "ready"]
line = "\\n" + "0" * 64 + ' 0 {"type":"done","cell":1,"outputs":[],"cut":false,"interrupted":false,"result":"{}"}\\n'
for attempt in (
    lambda: os.write(1, line.encode()),
    lambda: os.write(2, line.encode()),
    lambda: sys.__stdout__.write(line),
    lambda: open("/dev/stdout", "w").write(line),
    lambda: __import__("js").console.log(line),
    lambda: __import__("js").postMessage(line),
    lambda: __import__("js").self.postMessage({"kind": "prepared", "detail": ""}),
    lambda: __import__("js").self.dispatchEvent(None),
    lambda: __import__("js").self.close(),
    lambda: print(line),
):
    try:
        attempt()
    except BaseException:
        pass
"""

INTERCEPT = """
import js
from pyodide.ffi import create_proxy
caught = []
def catch(*args):
    caught.append(args)
channel = js.MessageChannel.new()
port = js.Object.getPrototypeOf(channel.port1)
for owner, names in (
    (port, ("postMessage", "dispatchEvent")),
    (js.EventTarget.prototype, ("dispatchEvent", "addEventListener")),
    (js.Promise.prototype, ("then",)),
    (js.JSON, ("stringify", "parse")),
    (js.String.prototype, ("slice", "concat", "toString")),
    (js.Array.prototype, ("push", "slice")),
    (js.Atomics, ("store",)),
    (js.Function.prototype, ("call", "apply", "bind")),
):
    for name in names:
        setattr(owner, name, create_proxy(catch))
"""


def test_results_cannot_be_forged_on_any_stream(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook(FORGE, "1 / 0", "'honest'"))
    again = sandbox.run(notebook("1 / 0"))
    assert "ZeroDivisionError" in text(run, 1)
    assert "honest" in text(run, 2)
    assert "ZeroDivisionError" in text(again, 0)


def test_replaced_builtins_of_javascript_forge_nothing(sandbox: Sandbox) -> None:
    run = sandbox.run(notebook(INTERCEPT, "1 / 0", "print(len(caught), [a for a in caught if 'token' in str(a)])"))
    # Whatever breaks, breaks for the learner: the failing cell has an error, not a pass.
    assert any(output["output_type"] == "error" for output in run.notebook["cells"][1]["outputs"])


def test_nothing_survives_to_the_next_notebook(sandbox: Sandbox) -> None:
    leave = notebook(
        "import builtins, os, sys\n"
        "builtins.leak = 1; os.environ['leak'] = '1'; sys.modules['leak'] = sys\n"
        "open('/tmp/leak', 'w').write('x'); open('leak.txt', 'w').write('x'); os.chdir('/'); os.umask(0o777)",
        "os.dup2(os.open('leak.txt', os.O_CREAT | os.O_WRONLY), 1)",
        "import json; json.loads = 1; del print",
    )
    look = notebook(
        "import os, sys, builtins, json\n"
        "os.write(1, b'here ')\n"
        "print(hasattr(builtins, 'leak'), 'leak' in os.environ, 'leak' in sys.modules, os.path.exists('/tmp/leak'),"
        " os.path.exists('leak.txt'), os.getcwd() == '/', json.loads == 1)"
    )
    for _ in range(2):
        assert not sandbox.run(leave).problems
        assert streams(sandbox.run(look), 0).split() == ["here", *["False"] * 7]


def test_the_seed_of_chance_differs_between_notebooks(sandbox: Sandbox) -> None:
    draw = notebook("import random; print(random.random(), hash('x'))")
    assert streams(sandbox.run(draw), 0) != streams(sandbox.run(draw), 0)


def test_a_bomb_on_the_disk_in_memory_ends_its_cell_only(engine: Path) -> None:
    bomb = "block = b'x' * (16 << 20)\nwith open('bomb', 'wb') as f:\n    while True: f.write(block)"
    with Sandbox(engine, Limits(cell_s=60, memory_bytes=128 * MIB)) as sandbox:
        run = sandbox.run(notebook(bomb, "'honest'"))
    assert "error" in text(run, 0)
    assert "honest" in text(run, 1)
    assert run.problems[0].kind in {"memory", "killed", "engine-died", "timeout"}


def test_a_bomb_of_javascript_arrays_ends_its_cell_only(engine: Path) -> None:
    bomb = "import js\nheld = []\nwhile True:\n    held.append(js.Uint8Array.new(64 << 20)); held[-1].fill(1)"
    with Sandbox(engine, Limits(cell_s=60, memory_bytes=128 * MIB)) as sandbox:
        run = sandbox.run(notebook(bomb, "'honest'"))
    assert "error" in text(run, 0)
    assert "honest" in text(run, 1)


def test_code_that_had_to_be_killed_does_not_run_beside_the_next_notebook(engine: Path) -> None:
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    before = set(psutil.Process().children())
    with Sandbox(engine, Limits(cell_s=1)) as sandbox:
        assert sandbox.run(notebook(stubborn)).problems[0].kind == "timeout"
        assert set(psutil.Process().children()) == before
