"""The shell: IPython as JupyterLite's Python kernel sets it up, with outputs handed to a host as JSON.

Source: pyodide_kernel 0.8 (interpreter.py, display.py, mocks.py), which runs only inside JupyterLite's worker.
"""

import asyncio
import builtins
import getpass
import importlib.util
import json
import os
import sys
import traceback
import types
import warnings

from .guard import Guard
from .outlet import Keyboard, Outlet, Stream
from .packages import translate

for _name in ("fcntl", "pexpect", "resource", "termios"):
    if sys.platform == "emscripten" and importlib.util.find_spec(_name) is None:
        sys.modules[_name] = types.ModuleType(_name)
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

from IPython.core.displayhook import DisplayHook  # noqa: E402
from IPython.core.displaypub import DisplayPublisher  # noqa: E402
from IPython.core.history import HistoryManager  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

_MISSING = object()
_HERE = os.path.dirname(__file__) + os.sep  # noqa: PTH120 - compared with names of frames, which are text


class InputNotAvailable(RuntimeError):
    """A program asked a question where nobody can answer."""


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **_):  # noqa: ARG002
        output = {"output_type": "update_display_data" if update else "display_data"}
        output |= {"data": data, "metadata": metadata or {}}
        if transient:
            output["transient"] = transient
        self.shell.outlet.send(output)

    def clear_output(self, wait=False):  # noqa: FBT002
        self.shell.outlet.send({"output_type": "clear_output", "wait": bool(wait)})


class _Hook(DisplayHook):
    def write_output_prompt(self):
        """Write nothing: the host shows the number."""

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.outlet.send(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": format_dict,
                "metadata": md_dict or {},
            }
        )

    def finish_displayhook(self):
        self._is_active = False


class _History(HistoryManager):
    def __init__(self, shell=None, config=None, **traits):
        self.enabled = False
        super().__init__(shell=shell, config=config, **traits)


class _Kernel:
    """Stands for the kernel object by which libraries tell a notebook from a terminal."""

    def get_parent(self):
        return {}


class _Interpreter(InteractiveShell):
    outlet = None
    cell = ""
    shown = None
    names = None
    interrupted = False

    def __init__(self, **traits):
        super().__init__(displayhook_class=_Hook, display_pub_class=_Publisher, **traits)
        self.kernel = _Kernel()
        self.Completer.use_jedi = False

    def init_history(self):
        self.history_manager = _History(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def init_virtualenv(self):
        """Look for none: the host chose the interpreter."""

    @property
    def user_global_ns(self):
        """What functions of cells find their globals in; a notebook's own module, unless it was given others."""
        return self.user_module.__dict__ if self.names is None else self.names

    def enable_gui(self, gui=None):
        """Do nothing: there is no window."""

    def ask_exit(self):
        """Stop the cell: there is no program to leave."""
        raise SystemExit

    def _format_exception_for_storage(self, exception, *_, **__):
        """Explain nothing a second time: IPython would, for a notebook that it could save."""
        return {"ename": type(exception).__name__, "evalue": _text(exception), "traceback": []}

    def showtraceback(self, exc_tuple=None, *args, exception_only=False, **kwargs):
        kind, value, trace = sys.exc_info() if exc_tuple is None else exc_tuple
        if self.interrupted and kind is not None and issubclass(kind, asyncio.CancelledError):
            kind, value = KeyboardInterrupt, KeyboardInterrupt()
            exc_tuple = kind, value, trace
        _hide_our_frames(trace)
        if kind is KeyboardInterrupt:  # at once: explaining it as other errors takes longer than Stop may
            self._showtraceback(kind, value, _short_traceback(self.compile, trace))
            return
        if exception_only and kind is not None and issubclass(kind, SystemExit):
            self._showtraceback(kind, value, self.InteractiveTB.get_exception_only(kind, value))
        else:
            super().showtraceback(exc_tuple, *args, exception_only=exception_only, **kwargs)

    def showsyntaxerror(self, *args, **kwargs):
        kind = sys.exc_info()[0]
        if kind is None or kind.__name__ != "_IncompleteInputError":
            super().showsyntaxerror(*args, **kwargs)
            return
        name = self.compile.get_code_name(self.cell, self.cell, self.execution_count - 1)
        try:  # IPython has incomplete input told apart, which hides "'(' was never closed"
            compile(self.cell, name, "exec")
        except SyntaxError as error:
            error.__context__ = None
            super().showsyntaxerror(*args, **kwargs)

    def _showtraceback(self, etype, evalue, stb):
        self.shown = _error(evalue, etype, stb)
        self.outlet.send(self.shown)


def _error(value, kind=None, shown=None):
    name = (kind or type(value)).__name__
    lines = shown if isinstance(shown, list) else (shown or f"{name}: {value}").splitlines()
    return {"output_type": "error", "ename": name, "evalue": _text(value), "traceback": lines}


def _short_traceback(compiler, trace):
    """Return where the program stood, from the cell on, named as IPython names it."""
    lines = []
    for frame in traceback.extract_tb(trace and trace.tb_next):
        cell = compiler.format_code_name(frame.filename)
        place = " ".join(cell) if cell else f"File {frame.filename}"
        lines += [f"{place}, line {frame.lineno}", f"    {frame.line}"]
    return [*lines, "KeyboardInterrupt"]


def _hide_our_frames(trace):
    """Cut a traceback where the learner's code called `input` or `install` of ours."""
    while trace is not None and trace.tb_next is not None:
        if trace.tb_next.tb_frame.f_code.co_filename.startswith(_HERE):
            trace.tb_next = None
        trace = trace.tb_next


def _text(value):
    if isinstance(value, SyntaxError) and value.lineno:
        return f"{value.msg} (line {value.lineno})"
    try:
        return str(value)
    except BaseException as error:  # a learner's __str__ may raise anything
        return f"<{type(value).__name__}, whose text cannot be had: {type(error).__name__}>"


class Shell:
    """One learner's Python. Only one at a time can be open in an interpreter.

    Args:
        publish: called with one JSON text for each output, as it happens: an nbformat 4 output (`stream`,
            `display_data`, `execute_result`, `error`), `{"output_type": "clear_output", "wait": bool}`, or an
            `update_display_data`; the latter and its `display_data` carry `transient.display_id`.
        read_line: called with the prompt when a program asks for input, returns the line; None when nobody can answer,
            and True when the person pressed Stop instead.
        read_secret: the same for `getpass`, where the answer is not to be seen; default: `read_line`.
        no_input: the sentence of the error that `input()` raises when there is no `read_line`.
    """

    def __init__(
        self,
        publish,
        read_line=None,
        read_secret=None,
        no_input="input() cannot ask a question here. Give the value in the program instead.",
    ):
        self._outlet = Outlet(publish)
        self.attach(publish, read_line, read_secret, no_input)
        self._waiting = self._stopped = self._raised = None
        self._tried = {}
        self._saved = sys.stdin, sys.stdout, sys.stderr, builtins.input, getpass.getpass
        _Interpreter.clear_instance()
        self._ip = _Interpreter.instance(colors="neutral")
        self._ip.outlet = self._outlet
        self._turn = asyncio.Lock()
        self._streams = Stream("stdout", self._outlet), Stream("stderr", self._outlet)
        sys.stdout, sys.stderr = self._streams
        sys.stdin = Keyboard(self._input)
        builtins.input, getpass.getpass = self._input, self._getpass
        if "" not in sys.path:
            sys.path.insert(0, "")
        warnings.filterwarnings("ignore", message="To exit: use", category=UserWarning)

    def attach(self, publish, read_line=None, read_secret=None, no_input="input() cannot ask a question here."):
        """Hand outputs and questions to another host; arguments as those of `Shell`."""
        self._outlet.publish = publish
        self.read_line = read_line
        self.read_secret = read_secret or read_line
        self.no_input = no_input

    async def run(self, code, request=None, explain=False):  # noqa: FBT002 (JavaScript has no names for arguments)
        """Run one cell and return, as a JSON text, its status, its number and its error's name and text.

        Never raises. Cells run one after another, also when a second one is asked for while the first awaits.

        Args:
            code: the cell's text.
            request: any value that names this run, for `interrupt`.
            explain: whether the answer shall have `explained`, too, if the cell ends with an error; see `explained`.
        """
        async with self._turn:
            number = self._ip.execution_count
            self._waiting = _current_task()
            sys.stdout, sys.stderr = self._streams  # a cell before, or the host, may have put others there
            answer = {"status": "ok", "execution_count": number}
            self._raised = None
            try:
                if request is not None and request == self._stopped:
                    raise KeyboardInterrupt
                error = await self._run(code)
            except BaseException as unexpected:  # an interrupt may come between the lines of IPython
                error = _error(unexpected)
                self._outlet.send(error)
            self._waiting = None
            self._outlet.flush()
            if error:
                answer |= {"status": "error", "ename": error["ename"], "evalue": error["evalue"]}
                if explain and isinstance(self._raised, Exception):
                    answer["explained"] = self._explained(self._raised, translate(code))
            return json.dumps(answer)

    async def _run(self, code):
        ip = self._ip
        code = translate(code)
        cell, failed = self._transform(code)
        ip.cell, ip.shown, ip.interrupted, result = cell, None, False, None
        try:
            result = await ip.run_cell_async(
                code, store_history=True, transformed_cell=cell, preprocessing_exc_tuple=failed
            )
        finally:
            ip.events.trigger("post_execute")
            ip.events.trigger("post_run_cell", result)
        raised = result.error_before_exec or result.error_in_exec
        self._raised = raised
        if raised is not None and ip.shown is None:  # there was no memory left to explain it
            ip.shown = _error(raised)
            self._outlet.send(ip.shown)
        return ip.shown if raised is not None else None

    async def attempt(self, code, setup, checks, request=None):
        """Try an exercise: as `run`, with `explain`, after a setup and before checks; the answer has these as `checks`.

        Each try finds the variables as they were before the last one, or a function that has got another name since
        would still be there.

        Args:
            code: what the learner wrote.
            setup: what the author runs before it.
            checks: what is to be found; see `checks`.
            request: see `run`.
        """
        from .checks import check  # noqa: PLC0415 (not in the image)

        names = self._ip.user_ns
        for name, (before, after) in self._tried.pop(checks, {}).items():
            if names.get(name) is after:
                names.pop(name) if before is _MISSING else names.update({name: before})
        start = dict(names)
        if setup:
            await self.run(setup, request)
        printed = self._outlet.printed = []
        answer = json.loads(await self.run(code, request, explain=True))
        self._outlet.printed = None
        changed = {name: (start.get(name, _MISSING), value) for name, value in names.items()}
        self._tried[checks] = {
            name: pair
            for name, pair in changed.items()
            if pair[0] is not pair[1] and not name.startswith("_") and name not in ("In", "Out")
        }
        if answer["status"] == "ok":
            try:
                told = "".join(printed)
                answer["checks"] = check(checks, names, code, told, lambda error: self._explained(error, ""))
            except BaseException as error:
                answer |= {"status": "error", "ename": type(error).__name__}
        return json.dumps(answer)

    def _explained(self, error, code):
        from .explained import explain  # noqa: PLC0415 (not in the image)

        is_cell = self._ip.compile.format_code_name
        return explain(error, code, lambda name: is_cell(name) is not None)

    @property
    def names(self):
        """The variables of cells."""
        return self._ip.user_ns

    def guard(self):
        """Return what puts shared names back before a test, see there."""
        return Guard(self._ip)

    def share(self, kind, *given):
        """Put other names in the place of these, made by `kind(names, …)`, and return them."""
        self._ip.user_ns = self._ip.names = kind(self._ip.user_ns, *given)
        return self._ip.names

    @property
    def is_new(self):
        """Whether no cell has run yet."""
        return self._ip.execution_count == 1

    def awaits(self, code):
        """Return whether a cell has an `await` of its own, so that an event loop has to run it."""
        code = translate(code)
        if "await" not in code and "async" not in code:
            return False
        cell, failed = self._transform(code)
        return failed is None and self._ip.should_run_async(code, transformed_cell=cell)

    def _transform(self, code):
        """Return the cell as Python, or as it is with the error that stands in the way."""
        try:
            return self._ip.transform_cell(code), None
        except Exception:  # shown by run_cell_async as the kernel does
            return code, sys.exc_info()

    def interrupt(self, request=None):
        """Raise KeyboardInterrupt in a cell that awaits; one that computes gets it from the interrupt buffer.

        Args:
            request: the run that is meant, which may not have begun yet.
        """
        self._stopped = request
        if self._waiting is not None and self._ip.shown is None:
            self._ip.interrupted = True
            self._waiting.cancel()

    def reset(self):
        """Forget all variables and start counting cells at 1 again."""
        self._outlet.flush()
        self._ip.reset(new_session=True)
        self._ip.payload_manager.clear_payload()

    def close(self):
        """Give the interpreter's streams and `input` back."""
        self._outlet.flush()
        sys.stdin, sys.stdout, sys.stderr, builtins.input, getpass.getpass = self._saved
        _Interpreter.clear_instance()

    def _input(self, prompt=""):
        return self._ask(self.read_line, prompt)

    def _getpass(self, prompt="Password: ", stream=None):  # noqa: ARG002 (there is one place to ask)
        return self._ask(self.read_secret, prompt)

    def _ask(self, read, prompt):
        self._outlet.flush()
        line = None if read is None else read(str(prompt))
        if line is True:
            raise KeyboardInterrupt
        if line is None:
            raise InputNotAvailable(self.no_input)
        return str(line)


def _current_task():
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
