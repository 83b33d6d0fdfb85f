"""Lessons and notebooks on plain http in a classroom's network: no service worker, no shared memory; still they ask."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import chromium
import notebook
import pytest
from conftest import LESSONS, free_port, wait_until_answers
from playwright.sync_api import Browser, Locator, Page, Request, expect

pytestmark = pytest.mark.browser

START_MS = 60_000
ENDED = re.compile("done|error")


@pytest.fixture(scope="module")
def room(built_site: Path) -> Iterator[str]:
    """Address of the site as the phones of a room see it: a host that browsers do not trust."""
    port = free_port()
    command = [LESSONS, "serve", "--lan", "--no-build", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=built_site.parent.parent, text=True, stderr=subprocess.DEVNULL) as process:
        wait_until_answers(f"http://127.0.0.1:{port}/", process)
        yield f"http://salle.test:{port}/"
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Browser]:
    arguments = [*chromium.ARGUMENTS, "--host-resolver-rules=MAP salle.test 127.0.0.1"]
    started = browser.browser_type.launch(executable_path=str(chromium.get()), args=arguments)
    yield started
    started.close()


@pytest.fixture
def lesson(phone: Browser, room: str) -> Iterator[Page]:
    context = phone.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{room}python/variables/")
    assert page.evaluate("[isSecureContext, crossOriginIsolated, 'serviceWorker' in navigator]") == [False] * 3
    yield page
    context.close()


def asked(page: Page, code: str) -> Locator:
    cell = page.get_by_role("group", name="Case 1", exact=True)
    cell.get_by_role("textbox", name="Code").fill(code)
    cell.get_by_role("button", name="Lancer", exact=True).click()
    return cell


def ended(cell: Locator) -> Locator:
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


def answer(cell: Locator, name: str, text: str) -> None:
    field = cell.get_by_role("textbox", name=name)
    field.fill(text, timeout=START_MS)
    field.press("Enter")


def test_a_program_asks_over_and_over(lesson: Page) -> None:
    cell = asked(lesson, "nom = input('Nom ?')\nage = int(input('Âge ?'))\nprint(nom, age + 1)")
    answer(cell, "Nom ?", "Aïcha 🙂")
    answer(cell, "Âge ?", "30")
    expect(ended(cell)).to_contain_text("Aïcha 🙂 31")
    cell = asked(lesson, "print(input('Encore ?'))")
    answer(cell, "Encore ?", "oui")
    expect(ended(cell)).to_have_text(re.compile(r"Encore \?oui\s+oui"))


def test_two_learners_are_asked_at_once_and_each_answers_for_themselves(phone: Browser, room: str) -> None:
    contexts = [phone.new_context() for _ in range(2)]
    cells = []
    for context in contexts:
        page = context.new_page()
        page.goto(f"{room}python/variables/")
        cells.append(asked(page, "print(input('Nom ?') * 2)"))
    for cell, name in zip(cells, ("un", "deux"), strict=True):
        answer(cell, "Nom ?", name)
    for cell, name in zip(cells, ("unun", "deuxdeux"), strict=True):
        expect(ended(cell)).to_contain_text(name)
    for context in contexts:
        context.close()


def test_stop_takes_the_question_back_and_python_starts_again(lesson: Page) -> None:
    cell = asked(lesson, "input('Nom ?')")
    expect(cell.get_by_role("textbox", name="Nom ?")).to_be_visible(timeout=START_MS)
    cell.get_by_role("button", name="Arrêter").click()
    ended(cell)
    expect(cell.locator("form")).to_have_count(0)
    cell = asked(lesson, "print(input('Encore ?'))")
    answer(cell, "Encore ?", "oui")
    expect(ended(cell)).to_have_text(re.compile(r"Encore \?oui\s+oui"))


def test_the_server_is_asked_for_questions_only_while_a_program_runs(lesson: Page) -> None:
    asked_for: list[str] = []
    lesson.on("request", lambda sent: asked_for.append(sent.url) if "api/relay?" in sent.url else None)
    with lesson.expect_event("requestfailed", lambda sent: "api/relay?" in sent.url):
        expect(ended(asked(lesson, "print('fini')"))).to_have_text("fini")
    before = len(asked_for)
    lesson.wait_for_timeout(500)
    assert len(asked_for) == before > 0


@pytest.fixture
def computer(phone: Browser, room: str) -> Iterator[Page]:
    """A screen wide enough for a notebook, in the same room."""
    context = phone.new_context(viewport={"width": 1200, "height": 800})
    yield context.new_page()
    context.close()


def test_a_notebook_asks_and_stop_takes_the_question_back(computer: Page, room: str) -> None:
    shown = notebook.opened(computer, room)
    notebook.run(computer, shown, 0, "nom = input('Nom ? ')\nprint(nom * 2)")
    notebook.answer(shown, 0, "Nom ?", "Aïcha 🙂")
    notebook.shows(shown, 0, "Aïcha 🙂Aïcha 🙂")
    notebook.run(computer, shown, 1, "import getpass\nprint(nom, getpass.getpass('Mot de passe : ')[::-1])")
    notebook.answer(shown, 1, "Mot de passe :", "secret")
    notebook.shows(shown, 1, "Aïcha 🙂 terces")
    notebook.run(computer, shown, 1, "input('Encore ?')")
    expect(notebook.cell(shown, 1).get_by_label("Encore ?")).to_be_visible(timeout=notebook.SLOW_MS)
    notebook.stop(computer)
    notebook.shows(shown, 1, "KeyboardInterrupt")
    notebook.rests(shown, 1)
    expect(computer.get_by_text("Arrêté. Les variables sont gardées.")).to_be_visible()


def test_a_notebook_reads_and_writes_the_files_beside_it(computer: Page, room: str) -> None:
    shown = notebook.opened(computer, room)
    code = "import os\nopen('liste.txt', 'w').write('pain')\nprint(sorted(os.listdir()), open('liste.txt').read())"
    notebook.run(computer, shown, 0, code)
    notebook.shows(shown, 0, "['liste.txt', 'premiers-essais.ipynb'] pain")


def test_the_server_is_asked_for_a_notebook_s_questions_only_when_there_are_any(computer: Page, room: str) -> None:
    held: set[Request] = set()
    computer.on("request", lambda sent: held.add(sent) if "api/relay?" in sent.url else None)

    def end(sent: Request) -> None:
        held.discard(sent)

    computer.on("requestfinished", end)
    computer.on("requestfailed", end)
    shown = notebook.opened(computer, room)
    notebook.run(computer, shown, 0, "print(input('Nom ?') * 2)")
    expect(notebook.cell(shown, 0).get_by_label("Nom ?")).to_be_visible(timeout=notebook.SLOW_MS)
    with computer.expect_event("request", lambda sent: sent.method == "POST" and sent.url.endswith("api/relay")):
        notebook.answer(shown, 0, "Nom ?", "un")
    notebook.shows(shown, 0, "unun")
    deadline = time.monotonic() + START_MS / 1000
    while held and time.monotonic() < deadline:
        computer.wait_for_timeout(200)
    assert not held
