"""Questions of a Python that stands still, carried to its page on plain http, where browsers allow no service worker.

A worker asks by a synchronous request, which is held here; its page fetches the question and sends the answer. The two
know each other by a name that the page drew at random. Nothing is written down.

Source: jupyterlite 0.8.6, packages/apputils/src/service-worker.ts, for the two addresses and their bodies.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request

POLL_S = 25.0
"""Below the half minute after which proxies give up."""
FIRST_S = 20.0
AWAY_S = 120.0
BODY_BYTES = 16 * 1024 * 1024
"""Of one question or answer; a notebook's file may be one."""
HELD_BYTES = 128 * 1024 * 1024
"""Of all bodies together."""
PAGES = 1000
QUESTIONS = 8
"""Of one page at once. A worker asks one at a time."""

CONTEXT = re.compile(r"[0-9A-Za-z-]{16,100}")


@dataclass(eq=False)
class Question:
    """What a worker asked; its answer is JSON, or None when nobody will give one."""

    text: str
    answer: asyncio.Future[bytes | None]

    def end(self, answer: bytes | None) -> None:
        """Let the worker go on."""
        if not self.answer.done():
            self.answer.set_result(answer)


@dataclass(eq=False)
class Page:
    """A page that asks, or shall ask, for the questions of its workers."""

    questions: dict[str, Question] = field(default_factory=dict)
    polls: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: asyncio.TimerHandle | None = None

    async def next(self, known: set[str]) -> Question:
        """Return the first question that the page does not know yet, once there is one."""
        while True:
            for name, question in self.questions.items():
                if name not in known:
                    return question
            self.news.clear()
            await self.news.wait()


class Relay:
    """Holds questions until they are answered. All methods belong to one event loop.

    Args:
        poll_s: so long is a page's request for questions held, in seconds.
        first_s: so long does a question wait for a page that does not ask for any.
        away_s: so long may a page be silent, as on a phone whose screen is locked, before its questions end unanswered.
    """

    def __init__(self, *, poll_s: float = POLL_S, first_s: float = FIRST_S, away_s: float = AWAY_S) -> None:
        self.poll_s = poll_s
        self.first_s = first_s
        self.away_s = away_s
        self._pages: dict[str, Page] = {}
        self._held_bytes = 0
        self._closing: asyncio.Event | None = None
        self._closed = False

    def routes(self) -> list[Route]:
        """Return what an application has to answer before it looks for files."""
        return [
            Route("/api/relay", self.poll, methods=["GET"]),
            Route("/api/relay", self.answer, methods=["POST"]),
            Route("/{path:path}", self.ask, methods=["POST"]),
        ]

    async def poll(self, request: Request) -> Response:
        """Return one question of a page, 204 when none came; without `context`, 204 at once: there is a relay here.

        `known` names the questions that the page has already; others come again, should an answer of ours be lost.
        """
        _refuse_strangers(request)
        if "context" not in request.query_params:
            return Response(status_code=204, headers=FRESH)
        context = request.query_params["context"]
        known = set(request.query_params.get("known", "").split(","))
        page = self._page(context)
        page.polls += 1
        self._expect(context, page, None)
        try:
            question = await self._while_connected(request, page.next(known), self.poll_s)
        finally:
            page.polls -= 1
            if not page.polls:
                self._expect(context, page, self.away_s)
        if question is None:
            return Response(status_code=204, headers=FRESH)
        return Response(question.text, media_type="application/json", headers=FRESH)

    async def answer(self, request: Request) -> Response:
        """Hand a page's answer to the worker that waits for it."""
        _refuse_strangers(request)
        with self._holding() as hold:
            said = await _read(request, hold)
            page = self._pages.get(str(said.get("browsingContextId")))
            question = page.questions.get(str(said.get("requestId"))) if page else None
            if question is None:
                raise HTTPException(404, "Nobody waits for this answer.")
            question.end(json.dumps(said.get("response")).encode())
        return Response(status_code=204)

    async def ask(self, request: Request) -> Response:
        """Hold a worker's question until its page has answered, the page is gone, or the worker is."""
        pathname = request.url.path
        if "/api/drive" not in pathname and "/api/stdin/" not in pathname:
            raise HTTPException(405)
        _refuse_strangers(request)
        with self._holding() as hold:
            said = await _read(request, hold)
            context = str(said.get("browsingContextId"))
            page = self._page(context)
            if len(page.questions) >= QUESTIONS:
                raise HTTPException(429)
            if not page.polls:
                self._expect(context, page, self.first_s)
            name = secrets.token_hex(8)
            text = json.dumps({**said, "requestId": name, "pathname": pathname})
            question = Question(text, asyncio.get_running_loop().create_future())
            page.questions[name] = question
            page.news.set()
            try:
                answer = await self._while_connected(request, question.answer, None)
            finally:
                del page.questions[name]
        if answer is None:
            raise HTTPException(503, "The page does not answer.")
        return Response(answer, media_type="application/json", headers=FRESH)

    def close(self) -> None:
        """End all that waits: the server ends."""
        self._closed = True
        if self._closing:
            self._closing.set()

    def _page(self, context: str) -> Page:
        """Return the page of that name; a new one when there is none."""
        if not CONTEXT.fullmatch(context):
            raise HTTPException(400, "No page has such a name.")
        page = self._pages.get(context)
        if page is None:
            if len(self._pages) >= PAGES:
                raise HTTPException(503, "Too many pages at once.")
            page = self._pages[context] = Page()
        return page

    def _expect(self, context: str, page: Page, within_s: float | None) -> None:
        """Forget a page that asks for no questions within that time; None: it is here."""
        if page.leaving:
            page.leaving.cancel()
            page.leaving = None
        if within_s is not None:
            page.leaving = asyncio.get_running_loop().call_later(within_s, self._forget, context)

    def _forget(self, context: str) -> None:
        page = self._pages.pop(context)
        for question in page.questions.values():
            question.end(None)

    async def _while_connected[T](self, request: Request, coming: Awaitable[T], within_s: float | None) -> T | None:
        """Return what comes; None when time is up, the other side is gone or the server ends."""
        self._closing = self._closing or asyncio.Event()
        if self._closed:
            self._closing.set()
        task = asyncio.ensure_future(coming)
        ends = [asyncio.create_task(_gone(request)), asyncio.create_task(self._closing.wait())]
        try:
            await asyncio.wait([task, *ends], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for waiting in (task, *ends):
                waiting.cancel()

    @contextmanager
    def _holding(self) -> Iterator[Callable[[int], None]]:
        """Yield a function that counts bytes as they come, and refuses more than there is room for."""
        held_bytes = 0

        def hold(size_bytes: int) -> None:
            nonlocal held_bytes
            if held_bytes + size_bytes > BODY_BYTES:
                raise HTTPException(413)
            if self._held_bytes + size_bytes > HELD_BYTES:
                raise HTTPException(503, "Too much at once.")
            held_bytes += size_bytes
            self._held_bytes += size_bytes

        try:
            yield hold
        finally:
            self._held_bytes -= held_bytes


FRESH = {"cache-control": "no-store"}


def _refuse_strangers(request: Request) -> None:
    """Refuse requests that a page of another site makes in the learner's name."""
    origin = request.headers.get("origin")
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        raise HTTPException(403, "Only pages of this site may ask.")


async def _read(request: Request, hold: Callable[[int], None]) -> dict[str, Any]:
    """Return the object in a request's body."""
    chunks = []
    try:
        async for chunk in request.stream():
            hold(len(chunk))
            chunks.append(chunk)
        said = json.loads(b"".join(chunks))
    except (ClientDisconnect, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise HTTPException(400, "An object in JSON is expected.")
    return said


async def _gone(request: Request) -> None:
    """Return when the other side has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
