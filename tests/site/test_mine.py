"""My work: away in one file, and back in another browser; what is no such file changes nothing."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser

NOTEBOOK: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "code", "id": "a", "source": "1 + 1", "metadata": {"trusted": True}, "outputs": []},
    ],
}
PATH = "practice/fr/essai.ipynb"
MODEL = {
    "path": PATH,
    "name": "essai.ipynb",
    "type": "notebook",
    "last_modified": "2026-11-20T10:00:00Z",
    "created": "2026-11-20T10:00:00Z",
    "format": "json",
    "mimetype": "application/json",
    "writable": True,
    "content": NOTEBOOK,
}
HANDIN = {
    "file": "devoir-ana-1.handin",
    "assignment": "devoir",
    "course": "demo",
    "learner": "ana-7",
    "created": "2026-11-20T10:00:00Z",
    "code": "ABCD-EFGH",
    "sent": "",
    "bytes": base64.b64encode(b"PK\x03\x04 made for the test").decode(),
}
CELL = "passerelle/cell/python/variables#calcul"
TRIED = "passerelle/cell/python/fonctions#triple/tried"


def work(**parts: object) -> dict[str, Any]:
    cells = {
        CELL: json.dumps({"text": "print('à moi')", "original": "print(2 + 3)"}),
        TRIED: json.dumps({"tries": 2, "passed": True}),
    }
    whole = {"format": "passerelle-work", "version": 1, "made": "2026-11-20T10:00:00Z", "cells": cells}
    return whole | {"notebooks": {PATH: MODEL}, "handins": {HANDIN["file"]: HANDIN}} | parts


def file_of(tmp_path: Path, content: object, name: str = "a.passerelle") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else gzip.compress(json.dumps(content).encode()))
    return path


def open_page(context: BrowserContext, site_url: str) -> Page:
    page = context.new_page()
    page.goto(f"{site_url}travail/")
    page.evaluate("who => localStorage.setItem('passerelle.who', who)", '{"course": "demo", "learner": "ana-7"}')
    page.reload()
    expect(page.get_by_role("button", name="Emporter mon travail")).to_be_visible()
    return page


def bring(page: Page, path: Path) -> None:
    page.set_input_files("#ps-work-file", path)


def add(page: Page, path: Path) -> None:
    bring(page, path)
    page.locator("dialog.nb-dialog").get_by_role("button", name="Ajouter à ce navigateur").click()
    expect(page.locator(".ps-work-said")).to_contain_text("C'est fait.")


def take(page: Page, tmp_path: Path, name: str) -> dict[str, Any]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Emporter mon travail").click()
    path = tmp_path / name
    download.value.save_as(path)
    assert download.value.suggested_filename.endswith(".passerelle")
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def test_an_empty_browser_says_so_and_can_be_taken_away(context: BrowserContext, site_url: str, tmp_path: Path) -> None:
    page = open_page(context, site_url)
    expect(page.locator("my-work")).to_contain_text("Il n'y a encore rien ici.")
    found = take(page, tmp_path, "empty.passerelle")
    assert (found["cells"], found["notebooks"], found["handins"]) == ({}, {}, {})


def test_work_made_in_one_browser_is_the_same_in_another(browser: Browser, site_url: str, tmp_path: Path) -> None:
    one = browser.new_context(accept_downloads=True)
    lesson = one.new_page()
    lesson.goto(f"{site_url}python/variables/")
    lesson.get_by_role("group", name="Case 1", exact=True).get_by_role("textbox").fill("print('chez moi')")
    lesson.wait_for_timeout(1500)
    page = open_page(one, site_url)
    add(page, file_of(tmp_path, work(cells={TRIED: work()["cells"][TRIED]})))
    first = take(page, tmp_path, "one.passerelle")
    assert set(first["cells"]) == {CELL, TRIED}
    one.close()

    other = browser.new_context(accept_downloads=True)
    page = open_page(other, site_url)
    add(page, tmp_path / "one.passerelle")
    second = take(page, tmp_path, "two.passerelle")
    assert {**second, "made": ""} == {**first, "made": ""}
    expect(page.locator("my-work")).to_contain_text("essai.ipynb")
    expect(page.locator("my-work")).to_contain_text("ABCD-EFGH")
    page.goto(f"{site_url}python/variables/")
    first_cell = page.get_by_role("group", name="Case 1", exact=True)
    expect(first_cell.get_by_role("textbox")).to_have_text("print('chez moi')")
    page.goto(f"{site_url}python/fonctions/")
    expect(page.locator("py-cell[data-exercise]")).to_contain_text("Vous avez déjà réussi cet exercice.")
    other.close()


@pytest.mark.parametrize(("choice", "text"), [("Garder ce qui est ici", "ici"), ("Prendre le fichier", "fichier")])
def test_where_both_differ_the_person_chooses_and_what_is_here_is_saved_first(
    context: BrowserContext, site_url: str, tmp_path: Path, choice: str, text: str
) -> None:
    page = open_page(context, site_url)
    here = work(cells={CELL: json.dumps({"text": "ici", "original": "x"}), TRIED: '{"tries": 1, "passed": true}'})
    add(page, file_of(tmp_path, here, "here.passerelle"))
    other = {CELL: json.dumps({"text": "fichier", "original": "x"}), TRIED: '{"tries": 4, "passed": false}'}
    bring(page, file_of(tmp_path, work(cells=other), "other.passerelle"))
    dialog = page.locator("dialog.nb-dialog")
    expect(dialog).to_contain_text("1 différents")
    expect(dialog).to_contain_text("python/variables#calcul")
    with page.expect_download() as safety:
        dialog.get_by_role("button", name=choice).click()
    before = json.loads(gzip.decompress(Path(safety.value.path()).read_bytes()))
    assert json.loads(before["cells"][CELL])["text"] == "ici"
    expect(page.locator(".ps-work-said")).to_contain_text("C'est fait.")
    after = take(page, tmp_path, "after.passerelle")
    assert json.loads(after["cells"][CELL])["text"] == text
    assert json.loads(after["cells"][TRIED]) == {"tries": 4, "passed": True}


def test_who_comes_after_at_the_same_computer_neither_sees_nor_takes_what_others_handed_in(
    context: BrowserContext, site_url: str, tmp_path: Path
) -> None:
    page = open_page(context, site_url)
    add(page, file_of(tmp_path, work()))
    expect(page.locator("my-work")).to_contain_text("ABCD-EFGH")
    page.evaluate('localStorage.setItem(\'passerelle.who\', \'{"course": "demo", "learner": "omar-2"}\')')
    page.reload()
    expect(page.locator("my-work")).to_contain_text("essai.ipynb")
    expect(page.locator("my-work")).not_to_contain_text("ABCD-EFGH")
    assert take(page, tmp_path, "omar.passerelle")["handins"] == {}
    other = {**HANDIN, "learner": "omar-2", "code": "WXYZ-WXYZ"}
    add(page, file_of(tmp_path, work(handins={HANDIN["file"]: other}, cells={}), "over.passerelle"))
    expect(page.locator("my-work")).not_to_contain_text("WXYZ-WXYZ")  # Ana's copy is still the one of this name


def test_who_gives_up_changes_nothing(context: BrowserContext, site_url: str, tmp_path: Path) -> None:
    page = open_page(context, site_url)
    bring(page, file_of(tmp_path, work()))
    expect(page.locator("dialog.nb-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".ps-work-said")).to_contain_text("Rien n'a changé.")
    assert take(page, tmp_path, "nothing.passerelle")["cells"] == {}


def with_model(**fields: object) -> dict[str, Any]:
    model = {**MODEL, **fields}
    return work(notebooks={str(model["path"]): model})


HOSTILE: dict[str, tuple[Callable[[], object], str]] = {
    "not ours": (lambda: b"hello", "pas un fichier de travail"),
    "another format": (lambda: {"format": "zip"}, "pas un fichier de travail"),
    "a list": (lambda: [1], "pas un fichier de travail"),
    "cut": (lambda: gzip.compress(json.dumps(work()).encode())[:-20], "abîmé"),
    "no JSON": (lambda: gzip.compress(b"{"), "abîmé"),
    "no UTF-8": (lambda: gzip.compress(b"\xff\xfe{}"), "abîmé"),
    "newer": (lambda: work(version=2), "plus récente"),
    "older than any": (lambda: work(version=0), "abîmé"),
    "a bomb": (lambda: gzip.compress(b" " * (220 * 1024 * 1024)), "trop grand"),
    "a key of another": (lambda: work(cells={"passerelle.who": "{}"}), "abîmé"),
    "a key that climbs": (lambda: work(cells={"passerelle/cell/../x#1": '{"text": "", "original": ""}'}), "abîmé"),
    "a cell that is no text": (lambda: work(cells={CELL: {"text": 1}}), "abîmé"),
    "a path that climbs": (lambda: with_model(path="../x.ipynb", name="x.ipynb"), "abîmé"),
    "an absolute path": (lambda: with_model(path="/etc/x.ipynb", name="x.ipynb"), "abîmé"),
    "a hidden file": (lambda: with_model(path=".x/x.ipynb", name="x.ipynb"), "abîmé"),
    "a backslash": (lambda: with_model(path="a\\x.ipynb", name="a\\x.ipynb"), "abîmé"),
    "another name": (lambda: with_model(name="y.ipynb"), "abîmé"),
    "no notebook": (lambda: with_model(content={"cells": 1}), "abîmé"),
    "a strange type": (lambda: with_model(type="script"), "abîmé"),
    "a hand-in of another name": (lambda: work(handins={"x.handin": HANDIN}), "abîmé"),
    "a hand-in that is a path": (lambda: work(handins={"../x.handin": {**HANDIN, "file": "../x.handin"}}), "abîmé"),
    "a hand-in without bytes": (lambda: work(handins={HANDIN["file"]: {**HANDIN, "bytes": "*"}}), "abîmé"),
    "empty": (lambda: b"", "pas un fichier de travail"),
    "a prototype": (lambda: gzip.compress(json.dumps(work()).replace(f'"{CELL}"', '"__proto__"').encode()), "abîmé"),
}


def test_damaged_foreign_and_hostile_files_are_refused_and_change_nothing(
    context: BrowserContext, site_url: str, tmp_path: Path
) -> None:
    page = open_page(context, site_url)
    for name, (make, sentence) in HOSTILE.items():
        bring(page, file_of(tmp_path, make(), f"{name.replace(' ', '-')}.passerelle"))
        expect(page.locator(".ps-work-said"), name).to_contain_text(sentence)
        expect(page.locator("dialog.nb-dialog"), name).to_have_count(0)
        page.locator(".ps-work-said").evaluate("said => said.textContent = ''")
    found = take(page, tmp_path, "still.passerelle")
    assert (found["cells"], found["notebooks"], found["handins"]) == ({}, {}, {})


def test_no_notebook_from_a_file_is_trusted_to_run_scripts(
    context: BrowserContext, site_url: str, tmp_path: Path
) -> None:
    page = open_page(context, site_url)
    add(page, file_of(tmp_path, work()))
    found = take(page, tmp_path, "trust.passerelle")
    assert found["notebooks"][PATH]["content"]["cells"][0]["metadata"] == {}


@pytest.mark.parametrize("path", ["", "en/", "ar/"])
def test_the_page_fits_a_phone_in_every_language(
    context: BrowserContext, site_url: str, tmp_path: Path, path: str
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    open_page(context, site_url)
    page.goto(f"{site_url}{path}travail/")
    bring(page, file_of(tmp_path, work()))
    page.locator("dialog.nb-dialog button").first.click()
    expect(page.locator("my-work")).to_contain_text("ABCD-EFGH")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    Path("_build/screens").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=f"_build/screens/work-{path.strip('/') or 'fr'}.png", full_page=True)


def test_a_notebook_brought_into_a_fresh_browser_opens_in_jupyterlite(
    context: BrowserContext, site_url: str, tmp_path: Path
) -> None:
    page = open_page(context, site_url)
    add(page, file_of(tmp_path, work()))
    page.goto(f"{site_url}lite/notebooks-fr/index.html?path={PATH}")
    expect(page.locator(".jp-CodeCell .cm-content").first).to_have_text("1 + 1")
