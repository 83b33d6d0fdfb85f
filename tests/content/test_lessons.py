"""The pages that people read: they run, they say what really happens, and they are typeset as French is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from build_scripts import exercises, fences
from grading.sandbox import Sandbox

CONTENT = Path(__file__).resolve().parents[2] / "content"
LANGUAGES = ("fr", "en", "ar")
PAGES = sorted(path.relative_to(CONTENT / "fr").as_posix() for path in (CONTENT / "fr").rglob("*.md"))
WITH_CELLS = [
    page for page in PAGES if any(fence.is_cell for fence in fences.scan((CONTENT / "fr" / page).read_text("utf-8")))
]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NOT_PROSE = re.compile(r"`[^`]*`|\]\([^)]*\)|\{[^}]*\}|<[^>]*>")


def blocks(language: str, page: str) -> list[fences.Fence]:
    return fences.scan((CONTENT / language / page).read_text("utf-8"))


def notebook(cells: list[str]) -> dict[str, Any]:
    return {
        "cells": [
            {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": code, "outputs": [], "execution_count": None}
            for i, code in enumerate(cells)
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def shown(cell: dict[str, Any]) -> str:
    """Return the text a learner reads below a cell; of an error, the last line."""
    texts: list[str] = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            texts.append("".join(output["text"]))
        elif output["output_type"] == "error":
            texts.append(COLOUR.sub("", "\n".join(output["traceback"])).strip().splitlines()[-1])
        else:
            texts.append("".join(output["data"].get("text/plain", "")))
    return "".join(texts).strip()


@pytest.mark.engine
def test_every_cell_runs_in_order_and_shows_what_the_page_says(engine: Path) -> None:
    with Sandbox(engine) as sandbox:
        for page in WITH_CELLS:
            found = blocks("fr", page)
            solved = exercises.find(found)
            found = [fence for fence in found if not fence.part_kinds]
            codes = [_solved(fence, solved).rstrip("\n") for fence in found if fence.is_cell]
            run = sandbox.run(notebook(codes))
            assert not run.problems, page
            ran = iter(run.notebook["cells"])
            cell: dict[str, Any] = {}
            for fence in found:
                if fence.is_cell:
                    cell = next(ran)
                    raised = [output["ename"] for output in cell["outputs"] if output["output_type"] == "error"]
                    expected = [fence.options["error"]] if "error" in fence.options else []
                    assert raised == expected, f"{page}:{fence.line}"
                    named = "name" in fence.options or "exercise" in fence.options
                    assert cell["outputs"] or named, f"{page}:{fence.line} shows nothing"
                elif fence.language == "text" and cell:
                    assert shown(cell) == fence.code.strip(), f"{page}:{fence.line}"


def _solved(fence: fences.Fence, solved: dict[str, exercises.Exercise]) -> str:
    name = fence.options.get("exercise")
    return solved[name].parts["solution"] if name else fence.code


CHECK = """
import contextlib, io, json
from passerelle_runtime.checks import check
names, out = {{}}, io.StringIO()
with contextlib.redirect_stdout(out):
    exec({setup!r}, names)
    try: exec({program!r}, names)
    except NameError as error: print(error)
print(json.dumps([each["ok"] for each in check({checks!r}, names, {program!r}, out.getvalue(), repr)]))
"""


@pytest.mark.engine
def test_the_solution_of_each_exercise_passes_its_checks_and_the_beginning_does_not(engine: Path) -> None:
    found = [(page, each) for page in WITH_CELLS for each in exercises.find(blocks("fr", page)).values()]
    assert len(found) >= 4
    cells = []
    for _, each in found:
        given = {"setup": each.parts.get("setup", ""), "checks": each.parts["check"]}
        cells += [CHECK.format(program=program, **given) for program in (each.parts["solution"], each.cell.code)]
    with Sandbox(engine) as sandbox:
        run = sandbox.run(notebook(cells))
    said = [shown(cell).splitlines()[-1] for cell in run.notebook["cells"]]
    for (page, each), right, beginning in zip(found, said[::2], said[1::2], strict=True):
        assert set(json.loads(right)) == {True}, (page, each.cell.options)
        assert "false" in beginning or "Error" in beginning, (page, each.cell.options, beginning)


@pytest.mark.engine
def test_the_drawing_lesson_draws(engine: Path) -> None:
    cells = [
        fence.code for fence in blocks("fr", "python/dessiner.md") if fence.is_cell and "error" not in fence.options
    ]
    with Sandbox(engine) as sandbox:
        run = sandbox.run(notebook(cells))
    for cell in run.notebook["cells"]:
        kinds = [kind for output in cell["outputs"] for kind in output.get("data", {})]
        assert "image/svg+xml" in kinds, cell["source"]


@pytest.mark.parametrize("page", PAGES)
def test_code_and_outputs_are_the_same_in_every_language(page: str) -> None:
    french = [
        (fence.language, fence.options, fence.code)
        for fence in blocks("fr", page)
        if fence.language in ("python", "text")
    ]
    for language in LANGUAGES[1:]:
        other = [(f.language, f.options, f.code) for f in blocks(language, page) if f.language in ("python", "text")]
        assert other == french, language


@pytest.mark.parametrize("page", PAGES)
def test_sections_links_and_tries_match_across_languages(page: str) -> None:
    def shape(language: str) -> tuple[list[str], list[str], int]:
        text = (CONTENT / language / page).read_text("utf-8")
        headings = re.findall(r"^(#+) ", text, re.MULTILINE)
        links = [link for link in re.findall(r"(?<!!)\]\(([^)]*)\)", text) if link.endswith(".md") or ".md#" in link]
        return headings, links, text.count("\n!!! ")

    assert shape("en") == shape("fr")
    assert shape("ar") == shape("fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_front_matter_says_what_the_catalogue_needs(language: str, page: str) -> None:
    def meta(of: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((CONTENT / of / page).read_text("utf-8").split("---\n")[1])
        return found

    own, source = meta(language), meta("fr")
    assert own["title"].strip()
    assert own["description"].strip()
    for key in ("minutes", "level", "competences", "practice", "assignment"):
        assert own.get(key) == source.get(key), key
    if page.startswith("python/") and not page.endswith("index.md"):
        assert own["minutes"] > 0
        assert own["level"] == "debutant"
        assert own["competences"]


def test_the_track_lists_every_lesson_with_its_minutes() -> None:
    for language in LANGUAGES:
        text = (CONTENT / language / "python/index.md").read_text("utf-8")
        for page in PAGES:
            name = Path(page).name
            if page.startswith("python/") and name != "index.md":
                minutes = yaml.safe_load((CONTENT / language / page).read_text("utf-8").split("---\n")[1])["minutes"]
                line = next((line for line in text.splitlines() if f"({name})" in line and line.startswith("|")), "")
                assert re.search(rf"\b{minutes}\b", line), f"{language}: {name}"


@pytest.mark.parametrize("page", PAGES)
def test_french_typography(page: str) -> None:
    """No plain space before : ; ! ? nor inside « »: they would fall to the start of a line."""
    inside = False
    for number, line in enumerate((CONTENT / "fr" / page).read_text("utf-8").splitlines(), start=1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            prose = NOT_PROSE.sub("x", re.sub(r"^\s*!!! \w+", "", line))
            assert not re.search(r"[^\s|:-] [:;!?](\s|$|\*)|« | »|\w[;!?](\s|$)", prose), f"{page}:{number}: {line}"
