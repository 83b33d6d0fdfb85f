"""`time.sleep` that a Stop reaches: Emscripten's own does nothing but look at the clock until the time is over."""

import numbers
import sys
import time

SLICE_S = 0.1


def let_stop(pause):
    """Let `time.sleep` rest in the host, which costs no processor time and hears of interrupts.

    Args:
        pause: rests for a number of seconds, and returns whether somebody asked to stop.
    """

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
