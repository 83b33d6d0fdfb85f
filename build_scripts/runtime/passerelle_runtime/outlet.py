"""The way out: every output as one JSON text, in the order in which it happens."""

import base64
import io
import json
import math
import numbers
import time

FREE_WRITES = 100
"""So many pieces of text go out at once; then so many a second, and what comes faster is put together."""
LARGEST_PIECE = 65536
MOST_PRINTED = 1_000


class Outlet:
    """Hands outputs to the host; text that belongs together goes out together.

    A line goes out at once, unless the program prints more than about a hundred lines a second: then pieces are
    gathered, up to 64 KiB, because one message a line would drown the page.
    """

    def __init__(self, publish):
        self.publish = publish
        self.printed = None
        """A list of what is written to standard output, piece by piece, for as long as somebody wants to know."""
        self._name = ""
        self._pieces = []
        self._size = 0
        self._credit = float(FREE_WRITES)
        self._seen = time.monotonic()

    def write(self, name, text):
        """Take a piece of a stream; publish it with what waits when it ends a line or is large."""
        if name != self._name:
            self.flush()
            self._name = name
        if name == "stdout" and self.printed is not None and len(self.printed) < MOST_PRINTED:
            self.printed.append(text[:LARGEST_PIECE])
        self._pieces.append(text)
        self._size += len(text)
        if self._size >= LARGEST_PIECE or ("\n" in text and self._affordable()):
            self.flush()

    def _affordable(self):
        now = time.monotonic()
        self._credit = min(FREE_WRITES, self._credit + max(0.0, now - self._seen) * FREE_WRITES)
        self._seen = now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True

    def flush(self):
        """Publish the text that waits."""
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._size = 0
            self._send({"output_type": "stream", "name": self._name, "text": text})

    def send(self, output):
        """Publish an output after the text that came before it."""
        self.flush()
        self._send(output)

    def _send(self, output):
        self.publish(json.dumps(plain(output)))


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the cells."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name, outlet):
        super().__init__()
        self.name = name
        self._outlet = outlet

    def writable(self):
        """Return True."""
        return True

    def write(self, text):
        """Hand text on and return its length."""
        if not isinstance(text, str):
            message = f"write() argument must be str, not {type(text).__name__}"
            raise TypeError(message)
        if text:
            self._outlet.write(self.name, text)
        return len(text)

    def flush(self):
        """Publish what waits."""
        self._outlet.flush()


class Keyboard(io.TextIOBase):
    """`sys.stdin` of the cells: each line is a question to the person."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, ask):
        super().__init__()
        self._ask = ask

    def readable(self):
        """Return True."""
        return True

    def readline(self, size=-1, /):  # noqa: ARG002 (a person answers in whole lines)
        """Return what the person answers, with the end of the line."""
        return f"{self._ask()}\n"


def plain(value):
    """Return a copy of a value that JSON can hold: bytes as base64, numbers that are no JSON as text."""
    if value is None or isinstance(value, (str, bool, bytes)):
        return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return repr(value)
