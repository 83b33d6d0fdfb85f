"""What learners make cannot run script in our origin: outputs, kept texts, files, links, notebooks, addresses."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

pytestmark = pytest.mark.browser

MARK = "top.owned=[...(top.owned||[]),{number}]"
VECTORS = (
    "<script>{js}</script>",
    "<img src=x onerror='{js}'>",
    "<IMG SRC=x OnErRoR={js}>",
    "<img/src=x/onerror={js}>",
    '<img src="x` `" onerror={js}>',
    "<svg onload='{js}'></svg>",
    "<svg><script>{js}</script></svg>",
    "<svg><animate onbegin='{js}' attributeName=x dur=1s></svg>",
    "<svg><set onbegin='{js}' attributeName=x to=1></svg>",
    "<svg><a xlink:href='javascript:{js}'><text y=20>x</text></a></svg>",
    "<svg><image href=x onerror='{js}'></image></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>{js}</script>'></iframe></foreignObject></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>{js}</script></svg>#x\">",
    "<iframe srcdoc='<script>{js}</script>'></iframe>",
    "<iframe src='javascript:{js}'></iframe>",
    "<iframe src='data:text/html,<script>{js}</script>'></iframe>",
    "<iframe onload='{js}'></iframe>",
    "<a href='javascript:{js}'>x</a>",
    "<a href='jav&#x09;ascript:{js}'>x</a>",
    "<a href=' &#14; javascript:{js}'>x</a>",
    "<a href='JaVaScRiPt:{js}'>x</a>",
    "<a href='data:text/html,<script>{js}</script>'>x</a>",
    "<a href='#' onclick='{js}'>x</a>",
    "<area href='javascript:{js}' shape=default>",
    "<form action='javascript:{js}'><button>x</button></form>",
    "<form id=f></form><button form=f formaction='javascript:{js}'>x</button>",
    "<input autofocus onfocus='{js}'>",
    "<select autofocus onfocus='{js}'></select>",
    "<textarea autofocus onfocus='{js}'></textarea>",
    "<b tabindex=0 autofocus onfocus='{js}'>x</b>",
    "<details open ontoggle='{js}'>x</details>",
    "<video><source onerror='{js}'></video>",
    "<video src=x onerror='{js}'></video>",
    "<audio src=x onerror='{js}'></audio>",
    "<body onload='{js}'>",
    "<object data='javascript:{js}'></object>",
    "<object data='data:text/html,<script>{js}</script>'></object>",
    "<embed src='javascript:{js}'>",
    '<embed src=\'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="{js}"/>\'>',
    "<meta http-equiv=refresh content='0;url=javascript:{js}'>",
    "<base href='javascript:{js}//'><a href=x>x</a>",
    "<link rel=stylesheet href=x onerror='{js}'>",
    "<style onload='{js}'>b {{}}</style>",
    "<style>@keyframes x {{}}</style><b style='animation:x 1s' onanimationstart='{js}'>x</b>",
    "<b style='transition:all 1s' ontransitionend='{js}'>x</b>",
    "<marquee onstart='{js}'>x</marquee>",
    "<script src='data:text/javascript,{js}'></script>",
    "<script type=module>{js}</script>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={js}&gt;'>",
    "<math><a xlink:href='javascript:{js}'>x</a></math>",
    "<svg></p><style><a id='</style><img src=1 onerror={js}>'>",
    "<noscript><p title='</noscript><img src=x onerror={js}>'></noscript>",
    "<template><img src=x onerror='{js}'></template>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={js}>",
    "<!--><img src=x onerror={js}>-->",
    "<title><a title='</title><img src=x onerror={js}>'></title>",
    "<xmp><p title='</xmp><img src=x onerror={js}>'></xmp>",
    "<p contenteditable autofocus onbeforeinput='{js}' onfocus='{js}'>x</p>",
    "<dialog open onclose='{js}'><form method=dialog><button>x</button></form></dialog>",
    "<button popovertarget=p onclick='{js}'>x</button><b popover id=p onbeforetoggle='{js}'>x</b>",
    "<form id=passerelle><input name=textContent value='{js}'></form>",
    "<a id=config></a><a id=config name=scripts href='data:text/javascript,{js}'></a>",
)
HTML = [vector.format(js=MARK.format(number=number)) for number, vector in enumerate(VECTORS, start=1)]
ONE = HTML[1]
"""The one that stands for all where the page has a single way for text to become HTML."""

PRESS = """(within) => document.querySelectorAll(within).forEach((place) =>
  place.querySelectorAll("a, area, button, [onclick]").forEach((each) =>
    each.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))))"""
PYTHON = f"""
import json
from IPython.display import HTML, SVG, JSON, Javascript, Latex, Markdown, display
for html in json.loads({json.dumps(json.dumps(HTML))}):
    display(HTML(html))
bad = {ONE!r}
for kind in (Markdown, Latex, Javascript):
    display(kind(bad)), display(kind({MARK.format(number=900)!r}))
display(Markdown("[x](javascript:{MARK.format(number=901)})"))
display(Latex(r"$\\href{{javascript:{MARK.format(number=902)}}}$"))
svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='{MARK.format(number=903)}'>"
display(SVG(svg + "<script>{MARK.format(number=904)}</script></svg>"))
display({{"image/png": '"><img src=x onerror="{MARK.format(number=905)}">'}}, raw=True)
display({{"application/json": {{bad: bad}}}}, raw=True)
display({{bad: bad}}, raw=True)
print(bad, "\\x1b]8;;javascript:{MARK.format(number=906)}\\x07x\\x1b]8;;\\x07", f"\\x1b[38;2;1;1;1;{{bad}}m")
raise type(bad, (Exception,), {{}})(bad)
"""


def owned(page: Page) -> list[int]:
    """Numbers of the attempts that ran."""
    return list(page.evaluate("window.owned ?? []"))


def press_everything(frame: Page | Frame, within: str) -> None:
    """Press what could be pressed inside a place."""
    frame.evaluate(PRESS, within)


@pytest.fixture
def calm(context: BrowserContext) -> Iterator[Page]:
    """A page; a dialog that some attempt opens, or another page, counts as run."""
    page = context.new_page()
    opened: list[str] = []
    page.on("dialog", lambda dialog: (opened.append(dialog.type), dialog.dismiss()))
    yield page
    assert set(opened) <= {"beforeunload"}  # JupyterLab's own, when a pressed link leads away


def test_these_attempts_do_run_where_nothing_holds_them(browser: Browser) -> None:
    page = browser.new_page()
    ran = set()
    for html in HTML:
        page.goto("about:blank")
        page.set_content(f"<!doctype html><body>{html}</body>")
        press_everything(page, "body")
        page.wait_for_timeout(20)
        ran |= set(page.evaluate("window.owned ?? []"))
    page.close()
    assert len(ran) >= 25
    assert len(HTML) >= 50


def test_outputs_of_a_program(calm: Page, site_url: str) -> None:
    calm.goto(f"{site_url}python/variables/")
    cell = calm.locator("py-cell").first
    cell.get_by_role("textbox").fill(PYTHON)
    cell.locator(".py-run").click()
    expect(cell).to_have_attribute("data-state", "error", timeout=60_000)
    expect(cell.locator("output .py-html")).to_have_count(len(HTML))
    press_everything(calm, "output .py-html")
    calm.wait_for_timeout(500)
    assert owned(calm) == []
    risky = "output :is(script, iframe, object, embed, form, input, style, link, meta, base, [href^='javascript' i])"
    assert calm.locator(risky).count() == 0
    handlers = (
        "element => [...element.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/.test(n))"
    )
    assert cell.locator("output").evaluate(handlers) == []


def test_what_is_kept_and_what_is_typed(calm: Page, site_url: str) -> None:
    calm.goto(f"{site_url}python/variables/")
    calm.evaluate(
        """bad => {
          const edit = JSON.stringify({ text: bad, original: bad });
          localStorage.setItem("passerelle/cell/python/variables#calcul", edit);
          localStorage.setItem("passerelle/cell/python/variables#1", edit);
          localStorage.setItem(`passerelle/cell/${bad}#${bad}`, edit);
          localStorage.setItem(`passerelle/cell/javascript:x#1/tried`, '{"tries": 1, "passed": true}');
          localStorage.setItem("passerelle.who", JSON.stringify({ course: bad, learner: bad }));
          localStorage.setItem("passerelle.reading", `"><img src=x onerror=${bad}>`);
        }""",
        ONE,
    )
    calm.reload()
    expect(calm.locator("py-cell").first.get_by_role("textbox")).to_contain_text("onerror")
    for field in calm.locator(".ps-question input[type=text]").all():
        field.fill(ONE)
        field.press("Enter")
    assert owned(calm) == []
    calm.goto(f"{site_url}travail/")
    expect(calm.locator("my-work li").first).to_be_visible()
    press_everything(calm, "my-work li")
    calm.wait_for_timeout(300)
    assert owned(calm) == []


def test_addresses(calm: Page, site_url: str) -> None:
    bad = quote(ONE)
    for address in (
        f"#join={bad}",
        f"#join={bad}.{bad}",
        f"?q={bad}",
        f"?h={bad}",
        f"#{bad}",
        f"{bad}/",
        f"python/variables/?q={bad}#{bad}",
        f"lite/notebooks-fr/index.html?path={bad}",
    ):
        calm.goto("about:blank")
        calm.goto(f"{site_url}{address}")
        calm.wait_for_timeout(300)
        assert owned(calm) == [], address


def notebook() -> dict[str, object]:
    """A notebook whose text and outputs, which say that they can be trusted, hold every attempt."""
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": f"m{place}", "metadata": {"trusted": True}, "source": html}
        for place, html in enumerate([*HTML, "[x](javascript:top.owned=[1])", "![x](x\" onerror='top.owned=[2]')"])
    ]
    bundles = [{"text/html": html} for html in HTML]
    bundles += [{"application/javascript": "top.owned=[3]"}, {"image/svg+xml": HTML[5]}, {"text/markdown": ONE}]
    outputs = [{"output_type": "display_data", "metadata": {}, "data": bundle} for bundle in bundles]
    cell = {"cell_type": "code", "id": "c", "execution_count": 1, "source": "1", "metadata": {"trusted": True}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*cells, {**cell, "outputs": outputs}]}


def test_files_and_notebooks_that_are_brought(calm: Page, site_url: str, tmp_path: Path) -> None:
    bad = "<img src=x onerror=top.owned=[1]>.ipynb"
    when = "2026-11-20T10:00:00Z"
    models = {}
    for path, content in ((f"practice/{bad}", {**notebook(), "cells": []}), ("practice/bad.ipynb", notebook())):
        common = {"created": when, "last_modified": when, "format": "json", "mimetype": "", "writable": True}
        models[path] = {**common, "path": path, "name": path.split("/")[1], "type": "notebook", "content": content}
    sealed = {
        "file": "devoir.handin",
        **dict.fromkeys(("assignment", "course", "code", "sent"), ONE),
        "learner": ONE,
        "created": when,
        "bytes": base64.b64encode(b"x").decode(),
    }
    cells = {"passerelle/cell/python/variables#calcul": json.dumps({"text": ONE, "original": ONE})}
    work = {"format": "passerelle-work", "version": 1, "made": ONE, "cells": cells, "notebooks": models}
    path = tmp_path / "bad.passerelle"
    path.write_bytes(gzip.compress(json.dumps({**work, "handins": {"devoir.handin": sealed}}).encode()))
    calm.goto(f"{site_url}travail/")
    calm.set_input_files("#ps-work-file", path)
    calm.locator("dialog.nb-dialog button").first.click()
    expect(calm.locator("my-work")).to_contain_text("bad.ipynb")
    assert owned(calm) == []

    calm.goto(f"{site_url}lite/notebooks-fr/index.html?path=practice/bad.ipynb")
    expect(calm.locator(".jp-MarkdownCell")).not_to_have_count(0)
    expect(calm.locator(".jp-CodeCell .jp-OutputArea-output").first).to_be_attached()
    calm.wait_for_timeout(1000)
    press_everything(calm, ".jp-Notebook .jp-RenderedHTMLCommon")
    calm.wait_for_timeout(500)
    assert owned(calm) == []
