from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from build_scripts import notebooks, pages
from build_scripts.errors import Fault
from build_scripts.progress import Progress

QUIET = Progress(quiet=True)
PICTURE = base64.b64decode("iVBORw0KGgo=")

LESSON = """---
title: Les boucles
---

# Les boucles { #boucles }

Voir [la leçon d'avant](variables.md#noms), [le site](https://example.org/) et ![un chat](chat.png){ width=100 }.

!!! tip "Essayez"
    Changez `3`.

    ```python name="dedans"
    1
    ```

```python name="un"
for i in range(3):
    print(i)
```

```text
0
```

```python
2
```
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    lesson = tmp_path / "content/fr/python/boucles.md"
    lesson.parent.mkdir(parents=True)
    lesson.write_text(LESSON, "utf-8")
    (lesson.parent / "variables.md").write_text("---\ntitle: x\n---\n", "utf-8")
    (lesson.parent / "chat.png").write_bytes(PICTURE)
    practice = tmp_path / "notebooks/practice/fr/essais.md"
    practice.parent.mkdir(parents=True)
    practice.write_text("# Essais\n\n```python\n1 + 1\n```\n", "utf-8")
    data = tmp_path / "notebooks/data/prix.csv"
    data.parent.mkdir()
    data.write_text("pain,1\n", "utf-8")
    return tmp_path


def build(sources: Path, site_url: str = "") -> list[str]:
    into = sources / "drive"
    made = notebooks.build(sources / "notebooks", sources / "content", into, QUIET, site_url=site_url)
    return [path.relative_to(into).as_posix() for path in made]


def lesson(sources: Path, site_url: str = "") -> dict[str, Any]:
    path = sources / "content/fr/python/boucles.md"
    return notebooks.lesson(pages.read(path, sources / "content"), path, sources / "content", site_url)


def test_the_drive_holds_practice_lessons_and_data(sources: Path) -> None:
    assert build(sources) == ["data/prix.csv", "lessons/fr/python/boucles.ipynb", "practice/fr/essais.ipynb"]


def test_the_same_sources_give_the_same_bytes_and_unchanged_files_are_left_alone(sources: Path) -> None:
    build(sources)
    written = sources / "drive/practice/fr/essais.ipynb"
    before, when = written.read_bytes(), written.stat().st_mtime_ns
    build(sources)
    assert (written.read_bytes(), written.stat().st_mtime_ns) == (before, when)


def test_what_is_no_longer_a_source_leaves_the_drive(sources: Path) -> None:
    build(sources)
    (sources / "notebooks/practice/fr/essais.md").unlink()
    build(sources)
    assert not (sources / "drive/practice").exists()


def test_a_notebook_says_what_the_kernel_says_so_that_opening_changes_nothing(sources: Path) -> None:
    build(sources)
    notebook = json.loads((sources / "drive/practice/fr/essais.ipynb").read_text("utf-8"))
    assert notebook["metadata"]["kernelspec"] == notebooks.KERNELSPEC
    assert notebook["metadata"]["language_info"] == notebooks.LANGUAGE_INFO
    assert "jupytext" not in notebook["metadata"]
    assert len({cell["id"] for cell in notebook["cells"]}) == 2


def test_a_lesson_s_python_becomes_cells_and_its_text_plain_markdown(sources: Path) -> None:
    cells = lesson(sources)["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "markdown", "code"]
    assert cells[1]["source"] == "for i in range(3):\n    print(i)"
    assert cells[1]["metadata"] == {"passerelle": {"name": "un"}}
    assert cells[0]["source"].splitlines()[0] == "# Les boucles"
    assert "> **Essayez**\n>\n> Changez `3`." in cells[0]["source"]
    assert "> ```python" in cells[0]["source"]
    assert "title:" not in cells[0]["source"]
    assert cells[2]["source"] == "```text\n0\n```"


def test_pictures_travel_inside_and_links_lead_to_the_site(sources: Path) -> None:
    first = lesson(sources, "https://ecole.example/p/")["cells"][0]
    assert "[la leçon d'avant](https://ecole.example/p/python/variables/#noms)" in first["source"]
    assert "[le site](https://example.org/)" in first["source"]
    assert "![un chat](attachment:chat.png)." in first["source"]
    assert first["attachments"] == {"chat.png": {"image/png": base64.b64encode(PICTURE).decode()}}


def test_links_of_a_site_without_address_become_text(sources: Path) -> None:
    assert "Voir la leçon d'avant, [le site]" in lesson(sources)["cells"][0]["source"]


def test_a_released_notebook_keeps_its_cell_ids_and_loses_outputs(sources: Path) -> None:
    path = sources / "notebooks/released/ete/achats/fr/achats.ipynb"
    path.parent.mkdir(parents=True)
    cell = {**notebooks.code_cell("1"), "id": "prix", "execution_count": 3}
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    assert "assignments/ete/achats/fr/achats.ipynb" in build(sources)
    made = notebooks.released(path)["cells"][0]
    assert (made["id"], made["outputs"], made["execution_count"]) == ("prix", [], None)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("practice/fr/a.md", "# A\n\n```python\n1 + 1\n", "a.md:3: this code block is not closed"),
        ("practice/fr/a.md", "\n", "a.md: the notebook is empty"),
        ("released/c/a/fr/a.ipynb", "{", "a.ipynb: not a notebook"),
        (
            "released/c/a/fr/a.ipynb",
            '{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "a.ipynb: not a",
        ),
    ],
)
def test_a_bad_source_is_told_with_its_place(sources: Path, name: str, text: str, sentence: str) -> None:
    path = sources / "notebooks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    with pytest.raises(Fault, match=sentence.replace(".", r"\.")):
        build(sources)


def test_a_file_that_is_not_utf_8_is_told(sources: Path) -> None:
    (sources / "notebooks/practice/fr/essais.md").write_bytes("# Été".encode("latin-1"))
    with pytest.raises(Fault, match=r"essais\.md: not UTF-8 text, byte 2"):
        build(sources)


def test_a_missing_picture_is_told(sources: Path) -> None:
    (sources / "content/fr/python/chat.png").unlink()
    with pytest.raises(Fault, match=r"chat\.png is missing"):
        build(sources)
