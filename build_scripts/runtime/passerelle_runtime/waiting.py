"""`time.sleep` that a Stop reaches: Emscripten's own does nothing but look at the clock until the time is over."""

import sys
import time

_sleep = time.sleep
SLICE_S = 0.1


def let_stop(pause):
    """Let `time.sleep` rest in the host, which costs no processor time and hears of interrupts.

    Args:
        pause: rests for a number of seconds, and returns whether somebody asked to stop.
    """

    def sleep(seconds, /):
        if not hasattr(seconds, "__float__") and not hasattr(seconds, "__index__"):
            return _sleep(seconds)  # raises what it always did
        rest = float(seconds)
        if not 0 < rest < float("inf"):
            return _sleep(seconds)
        sys.stdout.flush()
        sys.stderr.flush()
        end = time.monotonic() + rest
        while rest > 0:
            if pause(min(rest, SLICE_S)):
                raise KeyboardInterrupt
            rest = end - time.monotonic()
        return None

    sleep.__doc__ = _sleep.__doc__
    time.sleep = sleep
