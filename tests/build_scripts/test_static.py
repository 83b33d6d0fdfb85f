"""The file server: types, caching, compression, headers, and nothing but the site."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from build_scripts import csp, serve, static


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")


@dataclass(frozen=True)
class Client:
    """Asks the server exactly what the test says: no redirect is followed, no path is tidied up."""

    port: int

    def get(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        packed = answer.headers["content-encoding"] == "gzip" and method == "GET"
        return Answer(answer.status, answer.headers, gzip.decompress(body) if packed else body)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    page = csp.protect("<!doctype html><head><title>é</title><script>1</script></head>" + "<p>texte</p>" * 200)
    for name, content in {
        "index.html": page,
        "404.html": page.replace("é", "404"),
        "ar/index.html": page,
        "engine/pyodide.mjs": "export {}",
        "engine/pyodide.asm.wasm": "\0asm" * 1000,
        "engine/a-1.0-py3-none-any.whl": "PK",
        "lite/files/x.ipynb": "{}",
        "assets/passerelle/worker-0123456789.js": "1",
        "assets/style.css": "a{}",
        ".secret": "no",
        "empty/x.txt": "é",
    }.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    (tmp_path / "outside.txt").write_text("secret", "utf-8")
    (site / "link.txt").symlink_to(tmp_path / "outside.txt")
    return site


@contextmanager
def serving(app: Starlette) -> Iterator[Client]:
    """Serve an application while the block runs."""
    listening = serve.listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    yield Client(listening.getsockname()[1])
    server.should_exit = True
    running.join()


@pytest.fixture
def client(site: Path) -> Iterator[Client]:
    with serving(static.app(site)) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/engine/pyodide.mjs", "text/javascript; charset=utf-8"),
        ("/engine/pyodide.asm.wasm", "application/wasm"),
        ("/engine/a-1.0-py3-none-any.whl", "application/zip"),
        ("/lite/files/x.ipynb", "application/json; charset=utf-8"),
        ("/assets/style.css", "text/css; charset=utf-8"),
        ("/empty/x.txt", "text/plain; charset=utf-8"),
    ],
)
def test_every_file_has_its_type(client: Client, path: str, kind: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_folder_without_its_slash_is_sent_to_its_page_with_the_query(client: Client) -> None:
    answer = client.get("/ar?h=x")
    assert (answer.status_code, answer.headers["location"]) == (307, "ar/?h=x")
    assert client.get("/ar/").status_code == 200


def test_missing_address_answers_404_with_our_page(client: Client) -> None:
    for path in ("/absent", "/empty/", "/ar/absent/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "404" in answer.text


@pytest.mark.parametrize("path", ["/../outside.txt", "/%2e%2e/outside.txt", "/link.txt", "/.secret", "/x%00y"])
def test_nothing_outside_the_site_is_served(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_page_carries_its_own_policy_as_a_header_too(client: Client, site: Path) -> None:
    assert client.get("/").headers["content-security-policy"] == csp.header((site / "index.html").read_text("utf-8"))
    assert "frame-ancestors 'self'" in client.get("/absent").headers["content-security-policy"]


def test_worker_has_the_policy_of_workers(client: Client) -> None:
    answer = client.get("/assets/passerelle/worker-0123456789.js")
    assert answer.headers["content-security-policy"] == csp.text(csp.WORKER)


def test_file_named_after_its_content_is_kept_for_ever_and_others_are_asked_about(client: Client) -> None:
    assert "immutable" in client.get("/assets/passerelle/worker-0123456789.js").headers["cache-control"]
    answer = client.get("/engine/pyodide.mjs")
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get("/engine/pyodide.mjs", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_changed_file_is_sent_again(client: Client, site: Path) -> None:
    etag = client.get("/").headers["etag"]
    (site / "index.html").write_text("<head></head>changed", "utf-8")
    assert "changed" in client.get("/", headers={"if-none-match": etag}).text


def test_large_files_are_compressed_for_who_can_read_that(client: Client) -> None:
    for path in ("/", "/engine/pyodide.asm.wasm"):
        packed = client.get(path, headers={"accept-encoding": "gzip"})
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
        assert packed.headers["etag"] != plain.headers["etag"]


def test_what_the_build_compressed_is_sent_as_it_is(client: Client, site: Path) -> None:
    (site / "engine/pyodide.asm.wasm.gz").write_bytes(gzip.compress(b"ready", 9))
    assert client.get("/engine/pyodide.asm.wasm", headers={"accept-encoding": "gzip"}).content == b"ready"


def test_head_tells_the_headers_and_sends_nothing(client: Client) -> None:
    answer = client.get("/", method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("host", "scheme", "value"),
    [
        ("127.0.0.1:8000", "http", "same-origin"),
        ("localhost", "http", "same-origin"),
        ("[::1]:8000", "http", "same-origin"),
        ("school.example", "https", "same-origin"),
        ("school.example", "http", None),
        ("192.168.1.20:8000", "http", None),
        ("127.0.0.1.school.example", "http", None),
    ],
)
def test_page_is_isolated_only_where_browsers_allow_it(
    client: Client, host: str, scheme: str, value: str | None
) -> None:
    for path in ("/", "/assets/passerelle/worker-0123456789.js"):
        headers = client.get(path, headers={"host": host, "x-forwarded-proto": scheme}).headers
        assert headers["cross-origin-opener-policy"] == value
        assert headers["cross-origin-embedder-policy"] == ("require-corp" if value else None)
        assert headers["cross-origin-resource-policy"] == value


def test_author_is_served_a_service_worker_that_keeps_nothing(site: Path) -> None:
    (site / "sw.js").write_text('self.passerelleVersion="0123";\nwork();\n', "utf-8")
    with serving(static.app(site, live=True)) as author, serving(static.app(site)) as learner:
        assert author.get("/sw.js").text == 'self.passerelleVersion="";\nwork();\n'
        assert "0123" in learner.get("/sw.js").text
