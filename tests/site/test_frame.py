"""The notebook in a page, and handing in: real JupyterLite, real engine, our own bundle, on pages made for the test."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import io
import json
import re
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chromium
import jsonschema
import pytest
from deno import find_deno_bin
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from build_scripts import lite, notebooks, serving
from build_scripts.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT / "site/theme/messages"
SCHEMA = json.loads((ROOT / "grading/handin.schema.json").read_text("utf-8"))
SLOW_MS = 120_000

pytestmark = pytest.mark.browser

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".wasm": "application/wasm",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


@dataclass
class School:
    """A small site on the loopback interface: pages for the test around the real JupyterLite and the real engine."""

    folder: Path
    engine: Path
    url: str = ""
    drop_status: int = 200
    dropped: list[bytes] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        inside = self.engine / path.removeprefix("engine/") if path.startswith("engine/") else self.folder / path
        return inside.read_bytes() if inside.is_file() else None

    def page(self, name: str, lang: str, kind: str, notebook: str, releases: list[dict[str, Any]] | None = None) -> str:
        """Write a page with a notebook frame, and return its address."""
        config: dict[str, Any] = {
            "lang": lang,
            "lite": "lite/",
            "messages": json.loads((MESSAGES / f"{lang}.json").read_text("utf-8")),
        }
        if releases is not None:
            config["assignment"] = {"assignment": "achats", "releases": releases}
        (self.folder / f"{name}.html").write_text(
            f'<!doctype html><html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">'
            '<meta charset="utf-8"><title>x</title>'
            f'<link rel="icon" href="data:,">'
            f'<script type="application/json" id="passerelle">{json.dumps(config)}</script>'
            f'<h1>Page</h1><notebook-frame data-state="loading" data-kind="{kind}" data-notebook="{notebook}">'
            f'<p><a href="lite/files/{notebook}" download>statique</a></p></notebook-frame>'
            '<script type="module" src="page.js"></script></html>',
            "utf-8",
        )
        return f"{self.url}{name}.html"

    def publish(self, path: str, cells: list[dict[str, Any]]) -> None:
        """Publish another version of a notebook."""
        target = self.folder / "lite/files" / path
        target.write_bytes(notebook_file(cells))


def notebook_file(cells: list[dict[str, Any]]) -> bytes:
    notebook = {"cells": cells, "metadata": {}}
    made = notebooks._finish(json.loads(json.dumps(notebook)), Path("test.ipynb"), keep_ids=True)
    return notebooks.write(made)


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, grade_id: str = "", *, grade: bool = False) -> dict[str, Any]:
    cell = notebooks.code_cell(source)
    if grade_id:
        graded = {"points": 2} if grade else {}
        cell["metadata"]["nbgrader"] = {
            "grade": grade,
            "grade_id": grade_id,
            "locked": grade,
            "schema_version": 3,
            "solution": not grade,
            "task": False,
            **graded,
        }
    return cell


PRACTICE = [text("# Essais\n\nUn texte."), code("6 * 7"), code("print('un')")]
ACHATS = [
    text("# Achats\n\n## 1. Le prix"),
    code("def prix(n):\n    raise NotImplementedError()", "prix"),
    code("assert prix(2) == 4", "prix-test", grade=True),
    text("## 2. La monnaie"),
    code("def monnaie(n):\n    raise NotImplementedError()", "monnaie"),
    code("assert monnaie(2) == 8", "monnaie-test", grade=True),
]
NOTEBOOK = "assignments/ete/achats/fr/achats.ipynb"


def release(addresses: list[str] | None = None, course: str = "ete") -> dict[str, Any]:
    cells = [{"notebook": "achats", "id": f"{name}-test", "points": 2, "mode": "auto"} for name in ("prix", "monnaie")]
    return {
        "course": course,
        "assignment": "achats",
        "hash": hashlib.sha256(b"release").hexdigest(),
        "notebooks": ["achats"],
        "addresses": addresses or [],
        "cells": cells,
        "notebook": NOTEBOOK,
    }


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, built_site: Path) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    drive = folder.parent / "drive"
    for path, cells in {
        "practice/fr/essais.ipynb": PRACTICE,
        "practice/ar/essais.ipynb": PRACTICE,
        NOTEBOOK: ACHATS,
        "assignments/ete/achats/fr/autre.ipynb": PRACTICE,
    }.items():
        (drive / path).parent.mkdir(parents=True, exist_ok=True)
        (drive / path).write_bytes(notebook_file(cells))
    published = serving.read(built_site.parent / "published.json")
    assert published
    module = f"../engine/{published.module}"
    lite.build(drive, folder / "lite", Progress(quiet=True), module=module, cache=folder.parent / "lite-cache")
    lite.attend(folder / "lite", built_site.parent / "bundle", MESSAGES)
    entry = folder.parent / "entry.ts"
    entry.write_text(
        f'import {{ NotebookFrame }} from "{(ROOT / "site/browser/frame.ts").as_uri()}";\n'
        'customElements.define("notebook-frame", NotebookFrame);\n',
        "utf-8",
    )
    subprocess.run(
        [
            find_deno_bin(),
            "bundle",
            "--quiet",
            "--platform",
            "browser",
            "--config",
            ROOT / "site/deno.json",
            entry,
            "-o",
            folder / "page.js",
        ],
        cwd=ROOT / "site",
        check=True,
        capture_output=True,
    )
    made = School(folder, built_site / "engine")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            data = made.read(self.path.split("?")[0].strip("/"))
            self.answer(
                200 if data is not None else 404, data or b"", TYPES.get(Path(self.path.split("?")[0]).suffix, "")
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if made.drop_status == 200:
                made.dropped.append(body)
            self.answer(made.drop_status, b"", "text/plain")

        def answer(self, status: int, data: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind or "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-cache")
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a closed page waits for nothing
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()


def opened(page: Page, address: str) -> FrameLocator:
    """Open a page and wait until its notebook is there."""
    page.goto(address)
    expect(page.locator("notebook-frame")).to_have_attribute("data-state", re.compile("ready|saved"), timeout=SLOW_MS)
    return page.frame_locator("notebook-frame iframe")


def write_in(notebook: FrameLocator, page: Page, number: int, what: str) -> None:
    """Put text into the cell of this number among the code cells, counted from 0."""
    notebook.locator(".jp-CodeCell .cm-content").nth(number).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(what)


def state(page: Page, value: str) -> None:
    expect(page.locator("notebook-frame")).to_have_attribute("data-state", value, timeout=30_000)


def identify(page: Page, course: str = "Ete", learner: str = "Amina 7") -> None:
    page.get_by_label("Code du cours").fill(course)
    page.get_by_label("Votre code").fill(learner)
    page.get_by_role("button", name="Continuer", exact=True).click()


def answer_all(notebook: FrameLocator, page: Page) -> None:
    write_in(notebook, page, 0, "def prix(n): return 2 * n")
    write_in(notebook, page, 2, "def monnaie(n): return 10 - n")


def test_a_notebook_opens_runs_saves_and_comes_back_without_a_request_elsewhere(
    school: School, context: BrowserContext
) -> None:
    page = context.new_page()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    notebook = opened(page, school.page("essai", "fr", "practice", "practice/fr/essais.ipynb"))
    expect(page.get_by_role("group", name="Cahier")).to_contain_text("Rien à enregistrer")
    expect(page.get_by_text("Mes copies gardées")).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # the reader stays where the reader is
    # Pressed before Python is there: it must not vanish.
    notebook.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    expect(notebook.locator(".jp-OutputArea-output").first).to_contain_text("42", timeout=SLOW_MS)
    expect(page.get_by_text("Python est prêt")).to_be_visible()
    expect(notebook.get_by_role("menuitem", name="Fichier")).to_be_visible()
    write_in(notebook, page, 1, "print('deux')")
    state(page, "unsaved")
    state(page, "saved")
    expect(page.get_by_text("Enregistré dans ce navigateur")).to_be_visible()
    page.reload()
    state(page, "ready")
    expect(notebook.locator(".jp-CodeCell .cm-content").nth(1)).to_contain_text("deux", timeout=SLOW_MS)
    foreign = [url for url in asked if not url.startswith((school.url, "blob:", "data:"))]
    assert foreign == []


def test_reset_keeps_a_copy_and_says_where(school: School, page: Page) -> None:
    notebook = opened(page, school.page("essai", "fr", "practice", "practice/fr/essais.ipynb"))
    write_in(notebook, page, 1, "print('mon travail')")
    state(page, "saved")
    page.get_by_role("button", name="Revenir au cahier de départ").click()
    page.get_by_role("button", name="Oui, recommencer").click()
    expect(page.locator(".nb-notice")).to_contain_text(re.compile(r"essais-copy-\d{4}-\d\d-\d\d-\d\dh\d\dm\d\d\.ipynb"))
    expect(notebook.locator(".jp-CodeCell .cm-content").nth(1)).to_contain_text("un")
    page.get_by_text("Mes copies gardées (1)").click()
    with page.context.expect_page() as popup:
        page.locator(".nb-earlier a").click()
    expect(popup.value.locator(".jp-CodeCell .cm-content").nth(1)).to_contain_text("mon travail", timeout=SLOW_MS)


def test_download_gives_the_notebook_as_it_stands(school: School, page: Page) -> None:
    notebook = opened(page, school.page("essai", "fr", "practice", "practice/fr/essais.ipynb"))
    write_in(notebook, page, 1, "print('avant')")
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger mon cahier").click()
    assert download.value.suggested_filename == "essais.ipynb"
    assert "avant" in Path(download.value.path()).read_text("utf-8")


def test_a_new_version_shows_when_nothing_was_changed_and_is_offered_when_something_was(
    school: School, page: Page
) -> None:
    path = "practice/fr/essais.ipynb"
    address = school.page("essai", "fr", "practice", path)
    try:
        notebook = opened(page, address)
        notebook.locator(".jp-CodeCell .cm-content").first.click()
        page.get_by_role("button", name="Enregistrer", exact=True).focus()
        notebook.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")  # an output is no change of the learner's
        expect(notebook.locator(".jp-OutputArea-output").first).to_contain_text("42", timeout=SLOW_MS)
        state(page, "saved")
        school.publish(path, [text("# Deux"), code("6 * 7"), code("print('version deux')")])
        notebook = opened(page, address)
        expect(notebook.locator(".jp-CodeCell .cm-content").nth(1)).to_contain_text("version deux", timeout=SLOW_MS)
        expect(page.locator(".nb-notice")).to_contain_text("Voici la nouvelle version")
        write_in(notebook, page, 1, "print('à moi')")
        state(page, "saved")
        school.publish(path, [text("# Trois"), code("6 * 7"), code("print('version trois')")])
        notebook = opened(page, address)
        expect(notebook.locator(".jp-CodeCell .cm-content").nth(1)).to_contain_text("à moi", timeout=SLOW_MS)
        page.get_by_role("button", name="Voir la nouvelle version").click()
        expect(notebook.locator(".jp-CodeCell .cm-content").nth(1)).to_contain_text("version trois")
        expect(page.get_by_text("Mes copies gardées (1)")).to_be_visible()
    finally:
        school.publish(path, PRACTICE)


def test_handing_in_downloads_a_valid_file_and_shows_a_receipt(school: School, page: Page) -> None:
    notebook = opened(page, school.page("devoir", "fr", "assignment", NOTEBOOK, [release()]))
    answer_all(notebook, page)
    page.get_by_role("button", name="Rendre mon travail").click()
    with page.expect_download() as download:
        identify(page)
    name = download.value.suggested_filename
    assert re.fullmatch(r"achats-amina-7-\d{8}T\d{6}Z\.handin", name)
    packed = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert sorted(packed.namelist()) == ["achats.ipynb", "manifest.json"]
    manifest = json.loads(packed.read("manifest.json"))
    jsonschema.Draft202012Validator(SCHEMA).validate(manifest)
    work = packed.read("achats.ipynb")
    assert manifest["notebooks"][0]["sha256"] == hashlib.sha256(work).hexdigest()
    assert (manifest["course"], manifest["learner"], manifest["release"]) == ("ete", "amina-7", release()["hash"])
    assert manifest["code"] == receipt("achats", work)
    assert "return 2 * n" in work.decode()
    shown = page.get_by_role("region", name="Rendre le devoir")
    expect(shown).to_contain_text(manifest["code"])
    expect(shown).to_contain_text(name)
    expect(shown).to_contain_text("amina-7")
    # The same work again is the same hand-in, and it is still here after a reload.
    with page.expect_download() as again:
        page.get_by_role("button", name="Rendre mon travail").dblclick()
    assert again.value.suggested_filename == name
    page.reload()
    expect(page.get_by_text("Mes travaux rendus (1)")).to_be_visible(timeout=SLOW_MS)


def test_hand_in_tells_what_is_missing_doubled_or_not_answered(school: School, page: Page) -> None:
    address = school.page("devoir", "fr", "assignment", NOTEBOOK, [release()])
    notebook = opened(page, address)
    page.get_by_role("button", name="Rendre mon travail").click()
    identify(page, course="hiver")
    expect(page.get_by_role("dialog")).to_contain_text(
        "Le code « hiver » n'ouvre pas ce devoir".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    )
    identify(page)
    expect(page.get_by_role("dialog")).to_contain_text("pas encore répondu")
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_text(["1. Le prix", "2. La monnaie"])
    page.get_by_role("button", name="Continuer à travailler").click()
    write_in(notebook, page, 2, "def monnaie(n): return 10 - n")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.keyboard.press("v")
    notebook.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.get_by_role("button", name="Rendre mon travail").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Pas encore rendu")
    expect(dialog.get_by_role("listitem")).to_have_text(["1. Le prix", "2. La monnaie"])


def test_the_notebook_of_something_else_is_refused(school: School, page: Page) -> None:
    other = {**release(), "notebook": "assignments/ete/achats/fr/autre.ipynb"}
    opened(page, school.page("autre", "fr", "assignment", other["notebook"], [other]))
    page.get_by_role("button", name="Rendre mon travail").click()
    identify(page)
    expect(page.get_by_role("dialog")).to_contain_text("n'est pas celui de ce devoir")


def test_hand_in_is_posted_where_the_release_says_and_downloaded_when_that_fails(school: School, page: Page) -> None:
    address = school.page("depot", "fr", "assignment", NOTEBOOK, [release([f"{school.url}drop"])])
    notebook = opened(page, address)
    answer_all(notebook, page)
    school.drop_status = 503
    page.get_by_role("button", name="Rendre mon travail").click()
    with page.expect_download() as download:
        identify(page)
    first = Path(download.value.path()).read_bytes()
    expect(page.get_by_text("L'envoi n'a pas marché")).to_be_visible()
    school.drop_status = 200
    page.get_by_role("button", name="Rendre mon travail").click()
    expect(page.get_by_role("heading", name="Votre travail est envoyé")).to_be_visible()
    assert school.dropped == [first]


def test_who_comes_after_at_the_same_computer_sees_and_hands_in_only_their_own(school: School, page: Page) -> None:
    notebook = opened(page, school.page("devoir", "fr", "assignment", NOTEBOOK, [release()]))
    answer_all(notebook, page)
    page.get_by_role("button", name="Rendre mon travail").click()
    with page.expect_download():
        identify(page)
    hand_in = page.get_by_role("region", name="Rendre le devoir")
    expect(hand_in.get_by_role("status")).to_contain_text("amina-7")
    expect(page.get_by_text("Mes travaux rendus (1)")).to_be_visible()
    hand_in.get_by_role("button", name="Changer").click()
    identify(page, learner="bilal")
    expect(hand_in).to_contain_text("bilal")
    expect(hand_in).not_to_contain_text("amina")
    expect(hand_in.get_by_role("button", name="Changer")).to_be_focused()
    expect(page.get_by_text("Mes travaux rendus")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("button", name="Rendre mon travail").click()
    assert download.value.suggested_filename.startswith("achats-bilal-")
    expect(page.get_by_text("Mes travaux rendus (1)")).to_be_visible()


def test_work_can_be_handed_in_when_the_connection_is_gone(school: School, page: Page, context: BrowserContext) -> None:
    notebook = opened(page, school.page("devoir", "fr", "assignment", NOTEBOOK, [release([f"{school.url}drop"])]))
    answer_all(notebook, page)
    context.set_offline(True)
    page.get_by_role("button", name="Rendre mon travail").click()
    with page.expect_download() as download:
        identify(page)
    assert zipfile.is_zipfile(download.value.path())
    expect(page.get_by_text("L'envoi n'a pas marché")).to_be_visible()


def test_saves_are_not_called_out_while_somebody_writes_but_on_request(school: School, page: Page) -> None:
    notebook = opened(page, school.page("essai", "fr", "practice", "practice/fr/essais.ipynb"))
    stands = page.get_by_role("status").filter(has_text="Rien à enregistrer")
    expect(stands).to_have_attribute("aria-live", "polite")
    write_in(notebook, page, 1, "print('deux')")
    state(page, "saved")
    saved = page.get_by_role("status").filter(has_text="Enregistré dans ce navigateur")
    expect(saved).to_have_attribute("aria-live", "off")
    write_in(notebook, page, 1, "print('trois')")
    state(page, "unsaved")
    page.get_by_role("button", name="Enregistrer").click()
    state(page, "saved")
    expect(saved).to_have_attribute("aria-live", "polite")


def test_the_arabic_page_has_an_arabic_bar_and_interface(school: School, page: Page) -> None:
    notebook = opened(page, school.page("arabe", "ar", "practice", "practice/ar/essais.ipynb"))
    expect(page.get_by_role("button", name="حفظ")).to_be_visible()
    expect(page.get_by_role("group", name="الدفتر")).to_contain_text("بايثون")
    expect(notebook.locator("html")).to_have_attribute("lang", re.compile("^ar"))
    expect(notebook.locator(".jp-RenderedMarkdown").first).to_have_css("direction", "rtl")
    expect(notebook.get_by_role("paragraph").first).to_have_css("text-align", "start")
    expect(notebook.locator(".jp-CodeCell .cm-content").first).to_have_css("direction", "ltr")


def test_a_notebook_that_is_not_there_says_so_and_leaves_the_link(school: School, page: Page) -> None:
    page.goto(school.page("absent", "fr", "practice", "practice/fr/absent.ipynb"))
    expect(page.get_by_text("Le cahier n'a pas pu s'ouvrir")).to_be_visible()
    expect(page.get_by_role("link", name="statique")).to_be_visible()


def test_a_browser_that_keeps_nothing_says_so_and_can_still_hand_in(school: School, context: BrowserContext) -> None:
    context.add_init_script("Object.defineProperty(globalThis, 'indexedDB', {value: undefined})")
    page = context.new_page()
    notebook = opened(page, school.page("devoir", "fr", "assignment", NOTEBOOK, [release()]))
    expect(page.get_by_text("Ce navigateur ne garde rien")).to_be_visible()
    answer_all(notebook, page)
    page.get_by_role("button", name="Rendre mon travail").click()
    with page.expect_download() as download:
        identify(page)
    assert zipfile.is_zipfile(download.value.path())


def test_a_classroom_on_plain_http_runs_and_hands_in(school: School, browser: Browser) -> None:
    """There are no service workers and no `crypto.subtle` on `http://` addresses of a local network."""
    arguments = [*chromium.ARGUMENTS, "--host-resolver-rules=MAP ecole.test 127.0.0.1"]
    insecure = browser.browser_type.launch(executable_path=str(chromium.get()), args=arguments)
    page = insecure.new_page()
    address = school.page("devoir", "fr", "assignment", NOTEBOOK, [release()]).replace("127.0.0.1", "ecole.test")
    notebook = opened(page, address)
    assert page.evaluate("isSecureContext") is False
    answer_all(notebook, page)
    page.keyboard.press("Shift+Enter")
    expect(notebook.locator(".jp-CodeCell .jp-InputPrompt").nth(2)).to_contain_text("[1]", timeout=SLOW_MS)
    page.get_by_role("button", name="Rendre mon travail").click()
    with page.expect_download() as download:
        identify(page)
    assert zipfile.is_zipfile(download.value.path())
    insecure.close()


@pytest.mark.parametrize(("path", "name"), [("python/pratique/", "Cahier"), ("ar/python/devoir/", "الدفتر")])
def test_the_site_s_own_pages_show_their_notebook_under_their_policy(
    site_url: str, context: BrowserContext, path: str, name: str
) -> None:
    page = context.new_page()
    asked: list[str] = []
    refused: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    opened(page, site_url + path)
    expect(page.get_by_role("group", name=name)).to_be_visible()
    expect(page.locator("[data-python=ready]")).to_be_visible(timeout=SLOW_MS)
    assert refused == []
    assert [url for url in asked if not url.startswith((site_url, "blob:", "data:"))] == []


def test_a_lesson_opens_as_a_notebook_below_itself_and_keeps_what_is_written(site_url: str, page: Page) -> None:
    page.goto(f"{site_url}python/variables/")
    page.get_by_role("link", name="Ouvrir cette leçon dans un cahier").click()
    expect(page.locator("notebook-frame")).to_have_attribute("data-state", "ready", timeout=SLOW_MS)
    expect(page.get_by_role("group", name="Cahier")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Rendre mon travail")).to_have_count(0)
    notebook = page.frame_locator("notebook-frame iframe")
    expect(notebook.get_by_role("heading", name="Garder une valeur")).to_be_visible()
    write_in(notebook, page, 0, "print('mon cahier')")
    page.keyboard.press("Shift+Enter")
    expect(notebook.locator(".jp-OutputArea-output").first).to_contain_text("mon cahier", timeout=SLOW_MS)
    state(page, "saved")
    page.reload()
    page.get_by_role("link", name="Ouvrir cette leçon dans un cahier").click()
    expect(notebook.locator(".jp-CodeCell .cm-content").first).to_contain_text("mon cahier", timeout=SLOW_MS)


def receipt(name: str, data: bytes) -> str:
    """The receipt code, by another road than the browser's: RFC 4648's letters exchanged for Crockford's."""
    line = f"{name} {hashlib.sha256(data).hexdigest()}\n"
    plain = base64.b32encode(hashlib.sha256(line.encode()).digest()[:5]).decode()
    code = plain.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    return f"{code[:4]}-{code[4:]}"
