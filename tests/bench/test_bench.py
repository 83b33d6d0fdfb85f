"""The bench itself: it counts what comes over the wire, gives everybody the same, and does not call a loss a win."""

from __future__ import annotations

import http.client
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from rich.console import Console

from bench import chart, startup, table
from bench.pack import Packs
from bench.results import Results, Series
from bench.server import Server, serving
from build_scripts.progress import Progress

SCRIPT = "let words = 'the same again and again';\n" * 400
TITLES = {"lesson": "our lesson page", "stock": "stock"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("site")
    (folder / "script.js").write_text(SCRIPT, "utf-8")
    (folder / "small.js").write_text("1", "utf-8")
    packs = Packs(tmp_path_factory.mktemp("packs"))
    packs.prepare([folder], Progress(quiet=True))
    return Server(folder, packs, {"/more.json": b"{}"})


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    with serving(server) as url:
        address = urlsplit(url)
        connected = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        yield connected
        connected.close()


def get(connection: http.client.HTTPConnection, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer, answer.read()


def test_every_byte_of_a_compressed_answer_is_counted(server: Server, connection: http.client.HTTPConnection) -> None:
    server.answers.clear()
    answer, body = get(connection, "/script.js")
    [noted] = server.answers
    assert answer.headers["content-encoding"] == "br"
    assert len(body) < noted.wire < len(body) + 1000
    assert noted.raw == len(SCRIPT)
    assert noted.kind == "text/javascript"


def test_what_the_browser_has_costs_a_head_only(server: Server, connection: http.client.HTTPConnection) -> None:
    first, _ = get(connection, "/script.js")
    server.answers.clear()
    answer, body = get(connection, "/script.js", if_none_match=first.headers["etag"])
    [noted] = server.answers
    assert (answer.status, body, noted.raw) == (304, b"", 0)
    assert 0 < noted.wire < 1000


def test_small_and_missing_files_are_served_and_counted(server: Server, connection: http.client.HTTPConnection) -> None:
    server.answers.clear()
    assert get(connection, "/small.js")[1] == b"1"
    assert get(connection, "/more.json")[1] == b"{}"
    assert get(connection, "/missing.js")[0].status == 404
    assert [(noted.path, noted.status) for noted in server.answers] == [
        ("/small.js", 200),
        ("/more.json", 200),
        ("/missing.js", 404),
    ]


def results(lesson_s: list[float], stock_s: list[float]) -> Results:
    made = Results()
    made.add("lesson", "warm", "output_s", *lesson_s)
    made.add("stock", "warm", "output_s", *stock_s)
    made.goals = startup.goals(made)
    return made


def test_goal_is_met_by_the_ratio_of_the_medians() -> None:
    won, lost = results([0.5, 1.0, 30.0], [7.0, 8.0, 9.0]), results([1.1], [8.0])
    assert (won.goals[0].value, won.goals[0].met) == (1 / 8, True)
    assert lost.goals[0].met is False


def test_what_was_not_measured_is_told_and_never_met() -> None:
    nothing = results([], [8.0])
    assert {goal.met for goal in nothing.goals} == {None}
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(table.goals(nothing))
    console.print(table.contenders(nothing, "warm", TITLES))
    assert table.UNKNOWN in console.export_text()
    assert "not measured" in chart.svg(nothing, TITLES, "")


def test_chart_is_a_picture_with_a_bar_as_long_as_the_time() -> None:
    drawn = ET.fromstring(chart.svg(results([1.0], [8.0]), TITLES, "a < b"))  # noqa: S314
    bars = [float(bar.attrib["width"]) for bar in drawn.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert bars[0] * 8 == pytest.approx(bars[1], abs=1)


def test_series_without_values_has_no_ratio() -> None:
    assert Series([]).over(Series([1.0])) is None
    assert Series([1.0]).over(Series([])) is None
