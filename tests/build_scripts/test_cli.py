"""The command `lessons`: exit status, and what a person reads when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def lessons(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lessons")
    return subprocess.run([command, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def unclosed(tmp_path: Path) -> Path:
    """A repository with a page whose code never ends."""
    page = tmp_path / "content/fr/index.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\ntitle: Accueil\n---\n\n```python\nprint(1)\n", "utf-8")
    return tmp_path


def test_check_tells_the_file_and_line_of_an_unclosed_fence(unclosed: Path) -> None:
    done = lessons("check", cwd=unclosed)
    assert done.returncode == 1
    assert (
        "content/fr/index.md:5: unclosed-fence: the code block that begins with ```python is never closed"
        in done.stdout
    )


def test_check_as_json_is_json(unclosed: Path) -> None:
    done = lessons("check", "content/fr/index.md", "--format", "json", cwd=unclosed)
    assert done.returncode == 1
    assert {"unclosed-fence", "missing-twin"} == {finding["rule"] for finding in json.loads(done.stdout)}


def test_build_refuses_pages_that_are_not_sound_and_builds_nothing(unclosed: Path) -> None:
    done = lessons("build", cwd=unclosed)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR  The pages are not sound:")
    assert "unclosed-fence" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (unclosed / "_build").exists()


def test_path_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    done = lessons("check", "content/absent.md", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no such file or folder" in done.stderr


def test_unknown_option_is_a_wrong_call(tmp_path: Path) -> None:
    assert lessons("check", "--form", "xml", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("command", ["build", "serve", "check"])
def test_every_command_tells_what_it_does(command: str, tmp_path: Path) -> None:
    assert command in lessons("--help", cwd=tmp_path).stdout
    assert lessons(command, "--help", cwd=tmp_path).returncode == 0


def test_page_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "content/fr").mkdir(parents=True)
    (tmp_path / "content/fr/a.md").write_bytes("---\ntitle: été\n---\n".encode("latin-1"))
    done = lessons("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "content/fr/a.md:2: missing-front-matter: the text is not UTF-8" in done.stdout


def test_fault_of_ours_says_so_and_what_to_send(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    messages = tmp_path / "site/theme/messages"
    messages.mkdir(parents=True)
    for language in ("fr", "en", "ar"):
        (messages / f"{language}.json").write_text("[]", "utf-8")  # no rule foresees a list
    done = lessons("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "ERROR  This is a fault of Passerelle itself, not yours." in done.stderr
    assert "AttributeError" in done.stderr


@pytest.mark.parametrize("command", ["check", "build", "serve"])
def test_command_typed_elsewhere_says_where_it_looked(tmp_path: Path, command: str) -> None:
    done = lessons(command, cwd=tmp_path)
    assert done.returncode == 2
    assert f"There are no lessons (folder `content`) in {tmp_path}, nor above it." in done.stderr


def test_command_typed_in_a_folder_of_the_repository_finds_it(unclosed: Path) -> None:
    done = lessons("check", "index.md", cwd=unclosed / "content/fr")
    assert done.returncode == 1
    assert "content/fr/index.md:5: unclosed-fence" in done.stdout
