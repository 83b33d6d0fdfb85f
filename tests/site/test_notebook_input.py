"""`input()` and files in a notebook: they work in every way that a browser offers; where there is none, it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from notebook import SLOW_MS, answer, cell, opened, rests, run, shows, stop
from playwright.sync_api import Browser, Page, expect
from served import served

pytestmark = pytest.mark.browser

WAYS = {
    "service worker": (False, "allow"),
    "service worker of an isolated page": (True, "allow"),
    "shared memory": (True, "block"),
}


@pytest.fixture(scope="module")
def sites(built_site: Path) -> Iterator[dict[bool, str]]:
    """Addresses of the site: isolated, and not."""
    with served(built_site, isolated=True) as isolated, served(built_site, isolated=False) as plain:
        yield {True: isolated, False: plain}


@pytest.fixture(params=WAYS)
def asking(request: pytest.FixtureRequest, browser: Browser, sites: dict[bool, str]) -> Iterator[tuple[Page, str]]:
    """A page in a browser that has one way to ask, and the address of the site."""
    isolated, workers = WAYS[request.param]
    context = browser.new_context(viewport={"width": 1200, "height": 800}, service_workers=workers)
    yield context.new_page(), sites[isolated]
    context.close()


def test_the_person_is_asked_by_name_and_stop_takes_the_question_back(asking: tuple[Page, str]) -> None:
    page, site = asking
    notebook = opened(page, site)
    run(page, notebook, 0, "nom = input('Votre nom ? ')\nâge = input()\nprint(nom.upper(), âge)")
    field = cell(notebook, 0).get_by_role("textbox", name="Votre nom ?", exact=True)
    expect(field).to_be_focused(timeout=SLOW_MS)
    expect(field).to_have_attribute("placeholder", "")
    expect(page.get_by_role("status").filter(has_text="Le programme attend votre réponse.")).to_be_visible()
    page.keyboard.type("Aïcha 🙂")
    page.keyboard.press("Enter")
    answer(notebook, 0, "Votre réponse", "30")
    shows(notebook, 0, "AÏCHA 🙂 30")
    run(page, notebook, 1, "import getpass\nprint(len(getpass.getpass('Mot de passe : ')))")
    secret = cell(notebook, 1).get_by_label("Mot de passe :", exact=True)
    expect(secret).to_have_attribute("type", "password", timeout=SLOW_MS)
    secret.fill("secret")
    secret.press("Enter")
    shows(notebook, 1, "6")
    expect(page.get_by_role("status").filter(has_text="Python est prêt")).to_be_visible()
    run(page, notebook, 1, "input('Encore ? ')")
    expect(cell(notebook, 1).get_by_label("Encore ?")).to_be_visible(timeout=SLOW_MS)
    stop(page)
    shows(notebook, 1, "KeyboardInterrupt")
    rests(notebook, 1)
    expect(cell(notebook, 1).get_by_label("Encore ?")).to_have_count(0)
    run(page, notebook, 1, "print(nom, input('Encore ? '))")
    answer(notebook, 1, "Encore ?", "oui")
    shows(notebook, 1, "Aïcha 🙂 oui")


def test_python_reads_and_writes_the_files_beside_the_notebook(asking: tuple[Page, str]) -> None:
    page, site = asking
    notebook = opened(page, site)
    code = "import os\nopen('long.txt', 'w').write('été' * 100_000)\nprint(sorted(os.listdir()))"
    run(page, notebook, 0, code)
    shows(notebook, 0, "['long.txt', 'premiers-essais.ipynb']")
    page.reload()
    notebook = opened(page, site)
    run(page, notebook, 1, "print(len(open('long.txt').read()))")
    shows(notebook, 1, "300000")


def test_who_thinks_about_an_answer_is_not_told_that_the_program_takes_long(page: Page, sites: dict[bool, str]) -> None:
    page.clock.install()
    notebook = opened(page, sites[True])
    run(page, notebook, 0, "input('Nom ? ')")
    expect(cell(notebook, 0).get_by_label("Nom ?")).to_be_visible(timeout=SLOW_MS)
    page.clock.fast_forward("01:00")
    expect(page.get_by_text("plus de dix secondes")).to_be_hidden()


def test_a_restart_takes_the_question_back(page: Page, sites: dict[bool, str]) -> None:
    notebook = opened(page, sites[True])
    run(page, notebook, 0, "input('Nom ? ')")
    expect(cell(notebook, 0).get_by_label("Nom ?")).to_be_visible(timeout=SLOW_MS)
    notebook.get_by_role("button", name=re.compile("Redémarrer le noyau$")).click()
    expect(notebook.get_by_role("dialog")).to_contain_text("Toutes les variables seront perdues.")
    page.keyboard.press("Enter")
    expect(cell(notebook, 0).get_by_label("Nom ?")).to_have_count(0, timeout=SLOW_MS)


def test_where_nobody_can_be_asked_a_sentence_says_so(browser: Browser, sites: dict[bool, str]) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 800}, service_workers="block")
    page = context.new_page()
    notebook = opened(page, sites[False])
    run(page, notebook, 0, "input('Nom ? ')")
    shows(notebook, 0, "EOFError: input() ne peut pas poser de question ici. Écrivez la valeur dans le code.")
    run(page, notebook, 1, "import getpass; getpass.getpass('Mot de passe ? ')")
    shows(notebook, 1, "EOFError: input() ne peut pas poser de question ici.")
    context.close()
