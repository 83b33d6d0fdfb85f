"""Questions over plain http: each reaches its own page, and no worker waits for ever."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from build_scripts import relay, serve, static
from build_scripts.relay import Relay

CONTEXT = "0123456789abcdef-{}"
STDIN = "/api/stdin/cell"
LEARNERS = 60
QUESTIONS = 3

type Answered = tuple[int, Any]


class Client:
    """Pages and workers of learners, at one server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Answered:
        """Return the status and the object of an answer, None where it is no JSON."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, text, headers or {})
            answer = connection.getresponse()
            said = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, json.loads(said) if is_json else None
        finally:
            connection.close()

    def ask(self, context: str, prompt: str, path: str = STDIN) -> Answered:
        return self.call("POST", path, {"browsingContextId": context, "data": {"prompt": prompt}})

    def poll(self, context: str, *known: str) -> Answered:
        return self.call("GET", f"/api/relay?context={context}&known={','.join(known)}")

    def answer(self, context: str, name: str, response: object) -> int:
        body = {"browsingContextId": context, "requestId": name, "response": response}
        return self.call("POST", "/api/relay", body)[0]


@contextmanager
def serving(site: Path, carrying: Relay) -> Iterator[Client]:
    listening = serve.listen("127.0.0.1", 0)
    config = uvicorn.Config(static.app(site, relay=carrying), log_level="warning", access_log=False, lifespan="off")
    server = serve.Server(config, carrying)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    try:
        yield Client(listening.getsockname()[1])
    finally:
        server.should_exit = True
        running.join(20)
        assert not running.is_alive(), "the server waits for its questions"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>Accueil</title>", "utf-8")
    return tmp_path


@pytest.fixture
def client(site: Path) -> Iterator[Client]:
    with serving(site, Relay(poll_s=20, first_s=20, away_s=20)) as running:
        yield running


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2 * LEARNERS) as pool:
        yield pool


def within(seconds: float, answered: Callable[[], Answered]) -> Answered:
    began = time.monotonic()
    said = answered()
    assert time.monotonic() - began < seconds
    return said


def test_a_page_can_see_that_there_is_a_relay(client: Client) -> None:
    assert client.call("GET", "/api/relay") == (204, None)
    assert client.call("GET", "/") == (200, None)


def test_without_it_nothing_is_carried(site: Path) -> None:
    listening = serve.listen("127.0.0.1", 0)
    config = uvicorn.Config(static.app(site), log_level="warning", lifespan="off")
    server = serve.Server(config, None)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    client = Client(listening.getsockname()[1])
    assert client.call("GET", "/api/relay")[0] == 404
    assert client.ask(CONTEXT, "?")[0] == 405
    server.should_exit = True
    running.join(20)


@pytest.mark.parametrize("path", [STDIN, "/lite/api/stdin/kernel", "/lite/api/drive", "/a/lite/lab/api/drive"])
def test_an_answer_reaches_the_worker_that_asked(client: Client, threads: ThreadPoolExecutor, path: str) -> None:
    waiting = threads.submit(client.ask, CONTEXT.format(1), "Nom ?", path)
    status, question = client.poll(CONTEXT.format(1))
    assert (status, question["data"], question["pathname"]) == (200, {"prompt": "Nom ?"}, path)
    assert client.answer(CONTEXT.format(1), question["requestId"], {"value": "Aïcha 🙂"}) == 204
    assert waiting.result() == (200, {"value": "Aïcha 🙂"})


def test_a_page_that_asked_first_is_told_at_once(client: Client, threads: ThreadPoolExecutor) -> None:
    polling = threads.submit(client.poll, CONTEXT.format(1))
    waiting = threads.submit(client.ask, CONTEXT.format(1), "Nom ?")
    _, question = within(10, polling.result)
    client.answer(CONTEXT.format(1), question["requestId"], {"value": "A"})
    assert within(10, waiting.result) == (200, {"value": "A"})


def test_a_question_whose_delivery_was_lost_comes_again(client: Client, threads: ThreadPoolExecutor) -> None:
    threads.submit(client.ask, CONTEXT.format(1), "Nom ?")
    _, lost = client.poll(CONTEXT.format(1))
    _, again = client.poll(CONTEXT.format(1))
    assert lost["requestId"] == again["requestId"]
    client.answer(CONTEXT.format(1), again["requestId"], None)


def test_a_page_is_not_told_twice_what_it_knows(site: Path, threads: ThreadPoolExecutor) -> None:
    with serving(site, Relay(poll_s=0.2)) as client:
        threads.submit(client.ask, CONTEXT.format(1), "Nom ?")
        _, question = client.poll(CONTEXT.format(1))
        assert client.poll(CONTEXT.format(1), question["requestId"]) == (204, None)
        client.answer(CONTEXT.format(1), question["requestId"], None)


def test_sixty_learners_are_asked_at_once_and_each_answers_for_themselves(
    client: Client, threads: ThreadPoolExecutor
) -> None:
    def worker(number: int) -> list[Answered]:
        return [client.ask(CONTEXT.format(number), f"{number}.{turn}") for turn in range(QUESTIONS)]

    def page(number: int) -> None:
        for _ in range(QUESTIONS):
            _, question = client.poll(CONTEXT.format(number))
            value = f"{question['data']['prompt']} de {number}"
            client.answer(CONTEXT.format(number), question["requestId"], {"value": value})

    workers = [threads.submit(worker, number) for number in range(LEARNERS)]
    pages = [threads.submit(page, number) for number in range(LEARNERS)]
    for answering in pages:
        answering.result(60)
    for number, asking in enumerate(workers):
        said = [(200, {"value": f"{number}.{turn} de {number}"}) for turn in range(QUESTIONS)]
        assert asking.result(60) == said


def test_one_page_can_neither_see_nor_answer_what_another_is_asked(site: Path, threads: ThreadPoolExecutor) -> None:
    with serving(site, Relay(poll_s=0.2)) as client:
        waiting: Future[Answered] = threads.submit(client.ask, CONTEXT.format(1), "Secret ?")
        _, question = client.poll(CONTEXT.format(1))
        assert client.poll(CONTEXT.format(2)) == (204, None)
        assert client.answer(CONTEXT.format(2), question["requestId"], {"value": "volé"}) == 404
        assert client.answer(CONTEXT.format(1), "0123456789abcdef", {"value": "volé"}) == 404
        assert not waiting.done()
        client.answer(CONTEXT.format(1), question["requestId"], {"value": "vrai"})
        assert waiting.result() == (200, {"value": "vrai"})


def test_a_question_that_no_page_asks_for_ends(site: Path) -> None:
    with serving(site, Relay(first_s=0.2)) as client:
        assert within(10, lambda: client.ask(CONTEXT.format(1), "Nom ?"))[0] == 503


def test_a_question_of_a_page_that_went_away_ends(site: Path, threads: ThreadPoolExecutor) -> None:
    with serving(site, Relay(away_s=0.2)) as client:
        waiting = threads.submit(client.ask, CONTEXT.format(1), "Nom ?")
        assert client.poll(CONTEXT.format(1))[0] == 200
        assert within(10, waiting.result)[0] == 503


def test_a_worker_that_was_ended_leaves_no_question_behind(site: Path, threads: ThreadPoolExecutor) -> None:
    with serving(site, Relay(poll_s=0.2, away_s=20)) as client:
        body = json.dumps({"browsingContextId": CONTEXT.format(1), "data": {}}).encode()
        with socket.create_connection(("127.0.0.1", client.port)) as worker:
            head = f"POST {STDIN} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
            worker.sendall(head.encode() + body)
            _, question = client.poll(CONTEXT.format(1))
        deadline = time.monotonic() + 10
        while client.poll(CONTEXT.format(1))[0] == 200:
            assert time.monotonic() < deadline
        assert client.answer(CONTEXT.format(1), question["requestId"], {"value": "trop tard"}) == 404


def test_the_server_ends_although_somebody_is_asked(site: Path, threads: ThreadPoolExecutor) -> None:
    with serving(site, Relay()) as client:
        waiting = threads.submit(client.ask, CONTEXT.format(1), "Nom ?")
        _, question = client.poll(CONTEXT.format(1))
        polling = threads.submit(client.poll, CONTEXT.format(1), question["requestId"])
    assert waiting.result()[0] == 503
    assert polling.result()[0] == 204


def test_pages_of_other_sites_are_refused(client: Client) -> None:
    stranger = {"Origin": "http://evil.example"}
    assert client.call("GET", f"/api/relay?context={CONTEXT.format(1)}", headers=stranger)[0] == 403
    assert client.call("POST", STDIN, {"browsingContextId": CONTEXT.format(1)}, stranger)[0] == 403


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000, b'{"browsingContextId": "short"}'])
def test_what_is_no_question_is_refused(client: Client, body: bytes) -> None:
    assert client.call("POST", STDIN, body)[0] == 400
    assert client.call("POST", "/api/relay", body)[0] in {400, 404}


def test_what_is_too_much_is_refused(site: Path, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BODY_BYTES", 3_000)
    monkeypatch.setattr(relay, "HELD_BYTES", 5_000)
    monkeypatch.setattr(relay, "PAGES", 2)
    carrying = Relay(first_s=20)
    with serving(site, carrying) as client:
        assert client.ask(CONTEXT.format(1), "x" * 4_000)[0] == 413
        held = threads.submit(client.ask, CONTEXT.format(1), "x" * 2_500)
        _, question = client.poll(CONTEXT.format(1))
        assert client.ask(CONTEXT.format(1), "x" * 2_800)[0] == 503
        assert client.answer(CONTEXT.format(1), question["requestId"], {"value": "y" * 2_000}) == 204
        assert held.result() == (200, {"value": "y" * 2_000})
        asking = threads.submit(client.ask, CONTEXT.format(2), "Nom ?")
        _, question = client.poll(CONTEXT.format(2))
        assert client.ask(CONTEXT.format(3), "Nom ?")[0] == 503
        client.answer(CONTEXT.format(2), question["requestId"], None)
        assert asking.result() == (200, None)
