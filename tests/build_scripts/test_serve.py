"""`lessons serve`: refusals in plain words, and rebuilding what changed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from build_scripts import serve
from build_scripts.errors import Fault
from build_scripts.progress import Progress
from build_scripts.tree import Tree


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    lessons = Path(sys.executable).with_name("lessons")
    return subprocess.run([lessons, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def taken() -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


async def sends_at_once() -> bool:
    """Whether a connection to our listening socket may send a small piece while another is under way."""
    answered = asyncio.get_running_loop().create_future()

    def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answered.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = serve.listen("127.0.0.1", 0)
    async with await asyncio.start_server(answer, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        writer.close()
        return bool(await answered)


def test_body_of_an_answer_does_not_wait_for_its_head_to_arrive() -> None:
    assert asyncio.run(sends_at_once())


def test_port_in_use_is_told_with_another_to_try(taken: socket.socket, tmp_path: Path) -> None:
    port = taken.getsockname()[1]
    (tmp_path / "content").mkdir()
    done = run("serve", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 1
    assert f"ERROR  Port {port} of 127.0.0.1 is in use by another program" in done.stderr
    assert f"TIP    lessons serve --port {port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(serve.PortInUse, match=r"Cannot listen on port 0 of 192\.0\.2\.1"):
        serve.listen("192.0.2.1", 0)


def test_nothing_built_is_told(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    done = run("serve", "--no-build", "--port", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert "ERROR  There is no built site in _build/site." in done.stderr
    assert "TIP    lessons build" in done.stderr


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("content/fr/python/boucles.md", {"pages", "notebooks"}),
        ("notebooks/released/x/release.json", {"pages", "notebooks"}),
        ("site/theme/assets/css/cells.css", {"pages"}),
        ("site/browser/cell.ts", {"bundle", "pages", "notebooks"}),
        ("site/lite/overrides.json", {"notebooks"}),
        ("mkdocs.yml", {"pages"}),
        ("README.md", set()),
        ("content/fr/.boucles.md.swp", set()),
        ("content/fr/boucles.md~", set()),
    ],
)
def test_change_of_a_source_rebuilds_what_depends_on_it(name: str, parts: set[str]) -> None:
    assert set(serve.parts(name)) == parts


def test_broken_page_is_told_and_the_last_good_site_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "content/fr/index.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\ntitle: x\n---\n\n```python\n1\n", "utf-8")
    site = tmp_path / "_build/site/index.html"
    site.parent.mkdir(parents=True)
    site.write_text("good", "utf-8")
    serve.Rebuilder(Tree(tmp_path), Progress()).rebuild({"content/fr/index.md"})
    told = capsys.readouterr().err
    assert "content/fr/index.md:5: unclosed-fence" in told
    assert "The site stays as it was before this change." in told
    assert site.read_text("utf-8") == "good"


def test_faults_of_the_server_are_known_faults() -> None:
    assert issubclass(serve.PortInUse, Fault)
    assert issubclass(serve.NothingBuilt, Fault)


@pytest.mark.slow
def test_page_that_is_written_while_it_is_served_appears(tmp_path: Path, repository: Path) -> None:
    for name in ("content", "notebooks", "site"):
        shutil.copytree(repository / name, tmp_path / name)
    shutil.copy(repository / "mkdocs.yml", tmp_path)
    rebuilder = serve.Rebuilder(Tree(tmp_path), Progress(quiet=True))
    rebuilder.start()
    try:
        page = tmp_path / "content/fr/aide.md"
        page.write_text(page.read_text("utf-8") + "\nUne phrase toute neuve.\n", "utf-8")
        shown = tmp_path / "_build/site/aide/index.html"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if shown.exists() and "Une phrase toute neuve." in shown.read_text("utf-8"):
                break
            time.sleep(0.1)
        assert "Une phrase toute neuve." in shown.read_text("utf-8")
    finally:
        rebuilder.stop()
