"""The built site behind a server that isolates its pages from other origins, or does not, as the test wants."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from build_scripts import static

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ISOLATION = {
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-embedder-policy": b"require-corp",
    b"cross-origin-resource-policy": b"same-origin",
}


class Isolation:
    """Puts the headers of cross-origin isolation on every answer, or takes them off."""

    def __init__(self, app: ASGIApp, *, isolated: bool) -> None:
        self.app = app
        self.headers = list(ISOLATION.items()) if isolated else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [(name, value) for name, value in message["headers"] if name.lower() not in ISOLATION]
                message = {**message, "headers": [*others, *self.headers]}
            await send(message)

        await self.app(scope, receive, answer)


@contextlib.contextmanager
def served(site: Path, *, isolated: bool) -> Iterator[str]:
    """Serve a built site on the loopback interface and yield its address, with a slash at the end."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Isolation(static.app(site), isolated=isolated)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(20)
