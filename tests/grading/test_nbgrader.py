"""nbgrader's documentation course, marked by nbgrader and by us: the same points, cell by cell."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import ps1 as documented
import pytest

from grading import course as courses
from grading import gradebook

type Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def ps1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nbgrader's documentation course, with the two hand-ins that it documents."""
    learners = {"bitdiddle": documented.BITDIDDLE, "hacker": documented.HACKER}
    return documented.course(tmp_path_factory.mktemp("nbgrader") / "course101", learners)


def points(root: Path) -> dict[str, dict[tuple[str, str], tuple[float | None, float, bool]]]:
    course = courses.init(root)
    return {
        learner: {(cell.notebook, cell.id): (cell.points, cell.max_points, cell.needs_manual) for cell in marks.cells}
        for learner in ("bitdiddle", "hacker")
        if (marks := gradebook.marks(course, "ps1", learner))
    }


@pytest.mark.slow
@pytest.mark.engine
def test_the_documentation_course_gets_the_points_that_nbgrader_gives(
    ps1: Path, engine: Path, grading: Run, nbgrader: Run
) -> None:
    theirs = ps1.with_name("theirs")
    shutil.copytree(ps1, theirs)
    marked = nbgrader("autograde", "ps1", cwd=theirs)
    assert marked.returncode == 0, marked.stderr
    before = (ps1 / "nbgrader_config.py").read_bytes()

    assert grading("init", ps1).returncode == 0
    ours = grading("grade", "ps1", "--json", "--course", ps1)

    assert ours.returncode == 0, ours.stderr
    assert (ps1 / "nbgrader_config.py").read_bytes() == before
    results = {result["learner"]: result for result in map(json.loads, ours.stdout.splitlines())}
    assert {learner: (result["score"], result["max_score"]) for learner, result in results.items()} == {
        "bitdiddle": (1.5, 13.0),
        "hacker": (3.0, 13.0),
    }
    assert all(result["needs_manual"] for result in results.values())
    assert points(ps1) == points(theirs)
    assert len(points(ps1)["hacker"]) == 9


@pytest.mark.slow
@pytest.mark.engine
def test_formgrader_opens_the_same_folder_and_shows_the_same_scores(ps1: Path, engine: Path, grading: Run) -> None:
    assert grading("init", ps1).returncode == 0
    assert grading("grade", "ps1", "--course", ps1).returncode == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
            *(
                "--allow-root",
                "--IdentityProvider.token=secret",
                "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
            ),
        ],
        cwd=ps1,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        shown = {
            row["student"]: row for row in _fetched(f"http://127.0.0.1:{port}/formgrader/api/submissions/ps1", server)
        }
    finally:
        server.terminate()
        server.wait(20)

    assert (shown["bitdiddle"]["score"], shown["bitdiddle"]["max_score"]) == (1.5, 13.0)
    assert (shown["hacker"]["score"], shown["hacker"]["max_score"]) == (3.0, 13.0)
    assert shown["hacker"]["needs_manual_grade"]
    assert shown["hacker"]["autograded"]


def _fetched(url: str, server: subprocess.Popen[bytes]) -> list[dict[str, object]]:
    deadline = time.monotonic() + 60
    request = urllib.request.Request(url, headers={"Authorization": "token secret"})
    while True:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                rows: list[dict[str, object]] = json.load(answer)
                return rows
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)
