"""A host that knows nothing of ours: files as they are, no header but type and length, in a folder below its root."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page

CONTROLLED = "async () => { await navigator.serviceWorker.ready; return navigator.serviceWorker.controller !== null }"


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder at `/school/`, and notes what is asked."""

    PREFIX = "/school/"
    asked: list[str]
    made: dict[str, str]

    def do_GET(self) -> None:
        """Answer with a file; what is not below the prefix is not there."""
        self.asked.append(self.path)
        if not self.path.startswith(self.PREFIX):
            self.send_error(404)
            return
        self.path = self.path.removeprefix(self.PREFIX[:-1])
        script = self.made.get(self.path)
        if script is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("content-type", "text/javascript")
        self.end_headers()
        self.wfile.write(script.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: pytest shows what failed."""


class Host:
    """A running host; `stop` ends it for good, as when the network is cut."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.made: dict[str, str] = {}
        """Scripts of the test's own, by path below the prefix."""
        handler = type("Noting", (Handler,), {"asked": self.asked, "made": self.made})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._server.server_port}{Handler.PREFIX}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self._running = True

    def stop(self) -> None:
        """End the server."""
        if self._running:
            self._running = False
            self._server.shutdown()
            self._server.server_close()


@contextmanager
def host(folder: Path) -> Iterator[Host]:
    """Serve a folder while the block runs."""
    running = Host(folder)
    try:
        yield running
    finally:
        running.stop()


def controlled(page: Page, url: str) -> None:
    """Go to a page and wait until the service worker stands before it."""
    page.goto(url)
    for _ in range(100):
        if page.evaluate(CONTROLLED):
            return
        page.wait_for_timeout(100)
    raise AssertionError("no service worker took the page")
