"""One server for all contenders: our own file server, best encoding for everybody, every byte counted."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from build_scripts import static
from build_scripts.serve import listen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

    from bench.pack import Packs

Headers = list[tuple[bytes, bytes]]
ISOLATION = (b"cross-origin-opener-policy", b"cross-origin-embedder-policy")
STATUS_LINE_BYTES = len(b"HTTP/1.1 200 OK\r\n\r\n")


@dataclass(frozen=True)
class Answer:
    """One answer that went over the wire.

    Attributes:
        at_s: when it was asked for, on the clock of `time.time`.
        path: address without origin and query.
        kind: media type.
        status: 304 when the browser had it already.
        wire: bytes of head and body, as sent.
        raw: bytes of the body after decoding; 0 when there is none.
    """

    at_s: float
    path: str
    kind: str
    status: int
    wire: int
    raw: int


@dataclass(frozen=True)
class Stored:
    """A file as it is sent."""

    headers: Headers
    body: bytes
    raw: int


class Server:
    """Serves one contender from memory, after the first request for a file, with the headers of our file server.

    Args:
        folder: what to serve.
        packs: compressed files.
        more: files that lie over those of the folder, by path.
        isolated: let the headers through that make a page cross-origin isolated.
    """

    def __init__(self, folder: Path, packs: Packs, more: Mapping[str, bytes], *, isolated: bool = True) -> None:
        self.folder = folder
        self.packs = packs
        self.more = more
        self.isolated = isolated
        self.answers: list[Answer] = []
        self._files = static.app(folder)
        self._stored: dict[str, Stored] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note it."""
        at_s = time.time()
        path = scope["path"]
        stored = self._stored.get(path) or await self._load(scope)
        if stored is None:
            await self._files(scope, receive, self._counting(send, at_s, path))
            return
        headers, body = stored.headers, b"" if scope["method"] == "HEAD" else stored.body
        asked = dict(scope["headers"]).get(b"if-none-match")
        status = 304 if asked and asked == dict(headers)[b"etag"] else 200
        if status == 304:
            headers, body = [header for header in headers if header[0] != b"content-length"], b""
        wire, raw = _head_bytes(headers) + len(body), stored.raw if body else 0
        self.answers.append(Answer(at_s, path, _kind(headers), status, wire, raw))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _load(self, scope: Scope) -> Stored | None:
        """Return a file as it shall be sent, and keep it; None for what is no file."""
        path = scope["path"]
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        start, body = await _asked(self._files, {**scope, "method": "GET", "headers": [(b"accept-encoding", b"br")]})
        if start["status"] != 200 and path not in self.more:
            return None
        headers = dict(start["headers"])
        if not self.isolated:
            headers = {name: value for name, value in headers.items() if name not in ISOLATION}
        file = self.folder / path.lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        raw = file.stat().st_size if file.is_file() else 0
        if path in self.more:
            body, raw = self.more[path], len(self.more[path])
            headers |= {b"content-type": b"application/json", b"etag": f'"{hash(body)}"'.encode()}
        elif b"content-encoding" not in headers and (packed := self.packs.read(file)):
            body = packed
            headers |= {b"content-encoding": b"br", b"vary": b"accept-encoding"}
        headers[b"content-length"] = str(len(body)).encode()
        self._stored[path] = Stored(list(headers.items()), body, raw)
        return self._stored[path]

    def _counting(self, send: Send, at_s: float, path: str) -> Send:
        """Return a `send` that notes an answer when it is complete."""
        head: Message = {}
        sent = 0

        async def counting(message: Message) -> None:
            nonlocal head, sent
            head = head or message
            sent += len(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                headers = list(head["headers"])
                wire = _head_bytes(headers) + sent
                self.answers.append(Answer(at_s, path, _kind(headers), head["status"], wire, sent))
            await send(message)

        return counting


def _head_bytes(headers: Headers) -> int:
    return STATUS_LINE_BYTES + sum(len(name) + len(value) + len(b": \r\n") for name, value in headers)


def _kind(headers: Headers) -> str:
    return dict(headers).get(b"content-type", b"").decode().partition(";")[0]


async def _asked(app: static.Starlette, scope: Scope) -> tuple[Message, bytes]:
    """Return head and body of what an application answers."""
    messages: list[Message] = []

    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()  # nobody leaves before the answer is whole

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """Serve on a free port of the loopback interface, in a thread; hands out the address, with a slash at the end."""
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(server, log_level="error", access_log=False, lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        running.should_exit = True
        thread.join(10)
        listening.close()
