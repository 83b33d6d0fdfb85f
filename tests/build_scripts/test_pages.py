"""Pages as their authors wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_scripts import pages


def write(root: Path, **texts: str) -> list[pages.Page]:
    for name, text in texts.items():
        path = root / "fr" / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return pages.find(root)


def test_page_knows_its_language_its_identity_and_where_its_text_begins(tmp_path: Path) -> None:
    [page] = write(tmp_path, python__boucles="---\ntitle: Boucles\nminutes: 20\n---\n\n# Boucles\n")
    assert (page.language, page.id, page.meta["minutes"], page.body_line, page.body) == (
        "fr",
        "python/boucles",
        20,
        5,
        "\n# Boucles\n",
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("# Titre\n", 1, "the page does not begin with a block between two lines `---`"),
        ("---\ntitle: x\n", 1, "the block that begins with `---` is not closed by a second `---`"),
        ("---\ntitle: x\nlevel: [\n---\n", 3, "not valid YAML"),
        ("---\n- x\n---\n", 1, "expected lines such as `title: Variables`"),
    ],
)
def test_front_matter_that_cannot_be_read_says_why(text: str, line: int, reason: str) -> None:
    fault = pages.front_matter(text)[2]
    assert fault is not None
    assert fault[0] == line
    assert reason in fault[1]


def test_pages_stand_in_the_order_in_which_index_pages_link_to_them(tmp_path: Path) -> None:
    found = write(
        tmp_path,
        index="---\ntitle: A\n---\n[Aide](aide.md) [Python](python/index.md) [Web](web/index.md)",
        aide="---\ntitle: Aide\n---\n",
        contact="---\ntitle: Contact\n---\n",
        python__index="---\ntitle: Python\n---\n[1](zebre.md) [2](abeille.md#x)",
        python__abeille="---\ntitle: Abeille\n---\n",
        python__zebre="---\ntitle: Zèbre\n---\n",
        python__oublie="---\ntitle: Oublié\n---\n",
        bureau__index="---\ntitle: Bureau\n---\n",
        web__index="---\ntitle: Web\n---\n",
    )
    assert pages.order(found, "Accueil") == [
        {"Accueil": "index.md"},
        {"Python": ["python/index.md", "python/zebre.md", "python/abeille.md", "python/oublie.md"]},
        {"Web": ["web/index.md"]},
        {"Bureau": ["bureau/index.md"]},
        "aide.md",
        "contact.md",
    ]


def test_search_index_is_split_by_language() -> None:
    whole = {
        "config": {"lang": ["fr", "en", "ar"], "separator": " "},
        "docs": [{"location": "python/", "text": "a"}, {"location": "ar/python/#x", "text": "b"}, {"location": ""}],
    }
    split = pages.split_search(whole, pages.LANGUAGES)
    assert [doc["location"] for doc in split["fr"]["docs"]] == ["python/", ""]
    assert split["ar"]["docs"] == [{"location": "python/#x", "text": "b"}]
    assert split["en"]["docs"] == []
    assert split["ar"]["config"]["lang"] == ["ar", "en"]
