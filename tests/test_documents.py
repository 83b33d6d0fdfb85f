"""What the documents promise, held against what there is; and what must never stand in a tracked file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"]
HOSTS = re.compile(r"(py)pi\.org|python(hosted)\.org|(np)mjs\.(org|com)|deb\.(deb)ian\.org")
MOST_BYTES = 2 * 2**20


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def helped(command: str, *arguments: str) -> str:
    done = subprocess.run(
        [ROOT / ".venv/bin" / command, *arguments, "--help"], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 80


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_target_of_make_in_a_document_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)(?=[`\s])", code_of(name))) <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("command", ["lessons", "grading"])
def test_every_command_in_a_document_exists(name: str, command: str) -> None:
    known = helped(command)
    for found in set(re.findall(rf"\b{command} ([a-z]+)\b", code_of(name))):
        assert re.search(rf"^\W*{found}\s", known, re.MULTILINE), f"{name}: {command} {found}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text("utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_no_tracked_file_names_a_registry_host() -> None:
    assert [path for path in tracked() if path.is_file() and HOSTS.search(path.read_text("utf-8", "replace"))] == []


def test_no_tracked_file_is_large() -> None:
    assert [path for path in tracked() if path.is_file() and path.stat().st_size > MOST_BYTES] == []


def test_packages_do_not_import_each_other() -> None:
    for package, other in (("build_scripts", "grading"), ("grading", "build_scripts")):
        pattern = re.compile(rf"^\s*(from|import) {other}\b", re.MULTILINE)
        modules = list((ROOT / package).rglob("*.py"))
        assert modules
        assert [path for path in modules if pattern.search(path.read_text("utf-8"))] == []


def code_of(name: str) -> str:
    """Return what stands as code in a document: fenced blocks and code spans, a line each."""
    text = (ROOT / name).read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)]) + "\n"
