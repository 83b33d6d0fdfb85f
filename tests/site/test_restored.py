"""A Python that comes back from its image gives the same outputs as one that started from nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from build_scripts import exercises, fences, notebooks

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
TITLE = re.compile(r"^# %% (.*)\n", re.MULTILINE)
CONFIG = re.compile(r'<script type="application/json" id="passerelle">(.*?)</script>', re.DOTALL)
IMAGES = re.compile(r"/engine/\w+-\w+\.img(\.gz)?$")
BY_CHANCE = re.compile(r"\b(?:0x[0-9a-f]{6,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
"""Addresses in memory, and the names that pygal gives its charts."""
EMPTY = "%reset -f"
RUN = """({ script, name, engine, cells }) => new Promise((resolve, reject) => {
  const worker = new Worker(script, { type: "module", name });
  const results = cells.map(() => ({ outputs: [] }));
  worker.onerror = (event) => reject(new Error(event.message));
  worker.onmessage = ({ data }) => {
    const result = results[data.id - 1];
    if (data.type === "failed") reject(new Error(data.detail));
    if (data.type === "output") result.outputs.push(data.output);
    if (data.type !== "done") return;
    result.status = data.status;
    if (data.id === cells.length) { worker.terminate(); resolve(results); }
  };
  const interrupt = new Uint8Array(new SharedArrayBuffer(1));
  const asking = { memory: null, root: document.baseURI, context: "" };
  worker.postMessage({ type: "start", engine, saveData: false, noInput: "-", interrupt, asking, module: null });
  cells.forEach((code, place) => worker.postMessage({ type: "run", id: place + 1, code, way: "none" }));
})"""

Results = list[dict[str, Any]]
"""`outputs` and `status` of each cell."""


def programs() -> dict[str, list[str]]:
    """Return small programs over the standard library, each a list of one cell, by name."""
    found = {}
    for path in sorted((ROOT / "tests" / "corpus").glob("*.txt")):
        _, *parts = TITLE.split(path.read_text("utf-8"))
        found |= {f"{path.stem}: {title}": [code] for title, code in zip(parts[::2], parts[1::2], strict=True)}
    return found


def lessons() -> dict[str, list[fences.Fence]]:
    """Return the cells of the French lessons, exercises solved; other languages have the same but for their words."""
    found = {}
    for path in sorted((ROOT / "content" / "fr").rglob("*.md")):
        blocks = fences.scan(path.read_text("utf-8"))
        solved = {id(each.cell): each.parts["solution"] for each in exercises.find(blocks).values()}
        cells = [fence for fence in blocks if fence.is_cell and not fence.part_kinds]
        found[path.stem] = [replace(fence, code=solved.get(id(fence), fence.code)) for fence in cells]
    return {name: cells for name, cells in found.items() if cells}


def practice() -> dict[str, list[str]]:
    return {
        path.relative_to(ROOT).as_posix(): [
            cell["source"] for cell in notebooks.practice(path)["cells"] if cell["cell_type"] == "code"
        ]
        for path in sorted((ROOT / "notebooks" / "practice").glob("*/*.md"))
    }


def config(page: Path) -> dict[str, Any]:
    found = CONFIG.search(page.read_text("utf-8"))
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outputs with neighbouring pieces of one stream put together: where they part depends on time."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        if found and output["output_type"] == "stream" and found[-1].get("name") == output["name"]:
            found[-1]["text"] += output["text"]
        else:
            found.append(dict(output))
    return found


class Pythons:
    """Starts workers in a lesson's page, as this page does and as JupyterLite's pages do."""

    def __init__(self, page: Page, site: Path) -> None:
        self.page = page
        self.refused: list[str] = []
        page.on("console", lambda message: "RangeError" in message.text and self.refused.append(message.text))
        kernel = (ROOT / "tests" / "site" / "kernel.mjs").read_text("utf-8")
        self.kernel = f"{page.url}kernel.mjs"
        page.route(self.kernel, lambda route: route.fulfill(body=kernel, content_type="text/javascript"))
        self.cells = config(site / "python" / "variables" / "index.html")
        self.notebooks = config(site / "lite" / "notebooks-fr" / "index.html")["kernel"]

    def run(self, groups: dict[str, list[str]], kind: str) -> dict[str, Results]:
        """Run cells one after another in a new Python; each group of them begins without variables."""
        engine, script, name = self._address(self.cells["engine"]), self._address(self.cells["worker"]), ""
        if kind == "notebook":
            script = self._address("../../lite/notebooks-fr/" + self.notebooks["worker"])
            orders = {"script": self.kernel, "engine": engine, "options": self.notebooks["options"], "noInput": "-"}
            name = json.dumps(orders)
        cells = [cell for group in groups.values() for cell in (*group, EMPTY)]
        came = self.page.evaluate(RUN, {"script": script, "name": name, "engine": engine, "cells": cells})
        results = iter(json.loads(BY_CHANCE.sub("", json.dumps(came))))
        found = {}
        for title, group in groups.items():
            found[title] = [{**result, "outputs": joined(result["outputs"])} for result in islice(results, len(group))]
            assert next(results)["status"] == "ok"
        return found

    def run_from_nothing(self, groups: dict[str, list[str]], kind: str) -> dict[str, Results]:
        """Do the same where the images come damaged: the engine then starts anew."""
        assert self.refused == []
        self.page.route(IMAGES, lambda route: route.fulfill(body=b"not an image"))
        found = self.run(groups, kind)
        assert len(self.refused) == 1
        return found

    def _address(self, path: str) -> str:
        address: str = self.page.evaluate("path => new URL(path, document.baseURI).href", path)
        return address


@pytest.fixture
def pythons(browser: Browser, site_url: str, built_site: Path) -> Iterator[Pythons]:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{site_url}python/variables/")
    yield Pythons(page, built_site)
    context.close()


def test_the_corpus_has_a_hundred_programs() -> None:
    assert len(programs()) == 100


@pytest.mark.parametrize("kind", ["lesson", "notebook"])
def test_outputs_are_the_same_with_and_without_the_image(kind: str, pythons: Pythons) -> None:
    pages = lessons()
    codes = {name: [cell.code for cell in cells] for name, cells in pages.items()}
    groups = {**programs(), **codes, **practice()}
    restored, plain = pythons.run(groups, kind), pythons.run_from_nothing(groups, kind)
    differences = [
        f"{title}\n{code}\nrestored: {one}\nfrom nothing: {other}"
        for title, group in groups.items()
        for code, one, other in zip(group, restored[title], plain[title], strict=True)
        if one != other
    ]
    assert not differences, "\n\n".join([f"{len(differences)} cells differ", *differences])
    assert [title for title, results in restored.items() if not any(result["outputs"] for result in results)] == []
    failed = {title: sum(result["status"] != "ok" for result in results) for title, results in restored.items()}
    expected = {title: sum("error" in cell.options for cell in pages.get(title, [])) for title in groups}
    expected |= {title: 1 for title in groups if title.startswith("errors: ")}
    if kind == "notebook":
        expected["errors: group"] = 0  # JupyterLite's kernel shows a group of exceptions as text, and goes on
    assert failed == expected
