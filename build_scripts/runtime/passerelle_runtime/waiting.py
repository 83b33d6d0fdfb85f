"""A Stop that reaches programs, `time.sleep` included, and nothing else.

Emscripten's own `time.sleep` does nothing but look at the clock until the time is over.
"""

import numbers
import signal
import sys
import time

SLICE_S = 0.1

_OURS = {"IPython", "_pyodide", "passerelle_runtime", "pyodide", "pyodide_kernel", "traitlets"}


def let_stop(pause, again=None):
    """Let `time.sleep` rest in the host, which costs no processor time and hears of interrupts.

    Args:
        pause: rests for a number of seconds, and returns whether somebody asked to stop.
        again: asks once more for the interrupt that came while no program ran. Raised in the event loop, between two
            steps of a program, it would end the loop's step: the program's cell would never be done. Without it, an
            interrupt is raised wherever Python is.
    """
    if again is not None:

        def interrupt(_number, frame):
            if _in_program(frame):
                raise KeyboardInterrupt
            again()

        signal.signal(signal.SIGINT, interrupt)

    def sleep(seconds, /):
        if not isinstance(seconds, numbers.Real) and not hasattr(seconds, "__index__"):
            message = f"'{type(seconds).__name__}' object cannot be interpreted as an integer or float"
            raise TypeError(message)
        rest = float(seconds)
        if rest < 0 or rest != rest:  # noqa: PLR0124 (a number that is none)
            message = "sleep length must be non-negative"
            raise ValueError(message)
        sys.stdout.flush()
        sys.stderr.flush()
        end = time.monotonic() + rest
        while rest > 0:
            if pause(min(rest, SLICE_S)):
                raise KeyboardInterrupt
            rest = end - time.monotonic()

    sleep.__doc__ = time.sleep.__doc__
    time.sleep = sleep


def _in_program(frame):
    """Return whether a person's code, or a library that it called, is under way."""
    while frame:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _OURS and package not in sys.stdlib_module_names:
            return True
        frame = frame.f_back
    return False
