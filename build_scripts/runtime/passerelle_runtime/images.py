"""What an interpreter has in it when its image is taken: called once, by the engine, before any learner's code."""

import contextlib
import gc
import importlib
import linecache

# fmt: off
LESSONS_USE = (
    "calendar", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
    "html.entities", "io", "itertools", "json", "math", "operator", "pathlib", "random", "statistics", "string",
    "textwrap", "time", "typing",
)
# fmt: on
"""Modules of the standard library that lessons import, or that learners try first."""
FIRST_CELLS = ("print(1)", "1")
FIRST_ERROR = "def divide():\n    return 1 / 0\n\ndivide()"
LARGEST_SMALL_BLOCK = 512
SMALL_BLOCKS = 600


_spare = []
"""The shell that is ready for the first who opens one."""


def lesson():
    """Import what runs cells and what lessons use, and have a shell ready."""
    from . import waiting  # noqa: F401, PLC0415 (kept in the image)
    from .shell import Shell  # noqa: PLC0415 (takes most of the time of a start)

    for name in LESSONS_USE:
        importlib.import_module(name)
    shell = Shell(lambda _: None)
    for code in FIRST_CELLS:
        with contextlib.suppress(StopIteration):
            shell.run(code).send(None)  # these cells wait for nothing
    shell.reset()
    _spare.append(shell)
    gc.collect()


def settle():
    """Import what explaining an error needs, while nothing runs.

    That takes half a second, once; within the image it would be half a megabyte more for everybody.
    """
    from IPython import get_ipython  # noqa: PLC0415 (there already: the shell is one)

    from .explained import explain  # noqa: PLC0415 (the same as all here)

    try:
        exec(compile(FIRST_ERROR, "<first error>", "exec"), {})  # noqa: S102 (our own program)
    except ZeroDivisionError as error:
        get_ipython().InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
        explain(error, FIRST_ERROR)
    linecache.clearcache()


def open_shell(publish, **options):
    """Return a shell; arguments as those of `Shell`."""
    from .shell import Shell  # noqa: PLC0415 (the same)

    if not _spare:
        return Shell(publish, **options)
    shell = _spare.pop()
    shell.attach(publish, **options)
    return shell


def grader():
    """Have explained an error too: test cells raise many."""
    from . import batch  # noqa: F401, PLC0415 (kept in the image)

    settle()
    shell = _spare[0]
    with contextlib.suppress(StopIteration):
        shell.run(FIRST_ERROR).send(None)
    shell.reset()
    gc.collect()


def notebook():
    """Import JupyterLite's kernel, in place of the shell of lesson cells."""
    while _spare:
        _spare.pop().close()
    for name in ("piplite.piplite", "pyodide_kernel"):
        importlib.import_module(name)
    importlib.import_module("pyodide_kernel").kernel_instance.complete("pri", 3)
    settle()
    gc.collect()


def tidy():
    """Overwrite with zeros what was freed: it would be downloaded otherwise."""
    linecache.clearcache()
    gc.collect()
    small = [[bytes(size) for _ in range(SMALL_BLOCKS)] for size in range(1, LARGEST_SMALL_BLOCK - 32, 16)]
    del small
    gc.collect()
    for power in range(20, 8, -1):
        for part in (1.0, 0.85, 0.7, 0.6):
            with contextlib.suppress(MemoryError):
                large = [bytes(int((1 << power) * part)) for _ in range((3 << 20) // (1 << power))]
                del large
    gc.collect()
