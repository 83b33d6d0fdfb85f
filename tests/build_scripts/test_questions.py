"""Questions in Markdown: every kind is read, faults are told, and no answer is readable in the page."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict

import pytest

from build_scripts import questions

TEXTS: dict[str, str] = defaultdict(lambda: "…")
ONE = """Avant.

!!! question "Que montre `print("a < b")` ?"
    - [ ] `True` — Non.
    - [x] `a < b` — C'est un **texte**.

Après."""
KINDS = {
    "one": ONE,
    "several": '!!! question "Lesquelles ?"\n    - [x] a\n    - [x] b — Oui.\n    - [ ] c',
    "order": '!!! question "Dans l\'ordre"\n    1. `x = 1`\n    2. `    print(x)`\n\n    > Voilà.',
    "match": '!!! question "Qui ?"\n    | a | b |\n    |---|:--|\n    | `==` | égal |\n    | `<` | petit |',
    "fill": '!!! question "Quoi"\n    ```\n    print(1 < [[2|deux]])\n    ```\n    Et [[True]].\n    > Bien sûr.',
}


def packed(html: str) -> dict[str, object]:
    match = re.search(r'data-packed="([^"]+)"', html)
    assert match is not None
    found: dict[str, object] = json.loads(base64.b64decode(match[1]))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_and_has_no_fault(kind: str) -> None:
    [question] = questions.find(KINDS[kind])
    assert question.kind == kind
    assert list(questions.faults(KINDS[kind], 1)) == []
    assert f'data-kind="{kind}"' in questions.fold(KINDS[kind], TEXTS)


def test_nothing_in_the_page_tells_which_answer_is_right() -> None:
    html = questions.fold(ONE, TEXTS)
    shown = re.sub(r' data-packed="[^"]*"', "", html)
    assert "Non." not in shown
    assert "texte" not in shown
    assert "checked" not in shown
    assert '<code dir="ltr" translate="no">print("a &lt; b")</code> ?</legend>' in shown
    assert html.startswith("Avant.\n")
    assert html.endswith("\nAprès.")
    assert packed(html)["answer"] in (
        [{"right": False, "why": "Non."}, {"right": True, "why": "C'est un **texte**."}],
        [{"right": True, "why": "C'est un **texte**."}, {"right": False, "why": "Non."}],
    )


def test_lines_and_pairs_are_never_shown_in_their_order() -> None:
    lines = re.findall(r"<li><span><code[^>]*>([^<]*)</code>", questions.fold(KINDS["order"], TEXTS))
    assert lines == ["    print(x)", "x = 1"]
    pairs = questions.fold(KINDS["match"], TEXTS)
    assert re.findall(r"<option>([^<]*)</option>", pairs)[:2] == ["petit", "égal"]
    assert packed(pairs)["answer"] == ["égal", "petit"]


def test_gaps_become_fields_and_keep_what_fits() -> None:
    html = questions.fold(KINDS["fill"], TEXTS)
    assert html.count('<input type="text"') == 2
    assert "print(1 &lt; <input" in html
    assert "[[" not in html
    assert packed(html) == {"answer": [["2", "deux"], ["True"]], "because": "Bien sûr."}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('!!! question "Vide"\n', "question-unreadable"),
        ('!!! question "Texte"\n    Rien à répondre.', "question-unreadable"),
        ('!!! question "Aucune"\n    - [ ] a\n    - [ ] b', "question-without-answer"),
        ('!!! question "Une seule"\n    - [x] a', "question-too-short"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, rule: str) -> None:
    assert [(line, found) for line, found, _, _ in questions.faults(f"Titre\n\n{text}", 10)] == [(12, rule)]


def test_a_question_in_a_block_of_code_is_text() -> None:
    text = f"````\n{ONE}\n````"
    assert questions.find(text) == []
    assert questions.fold(text, TEXTS) == text


def test_notebooks_have_none() -> None:
    assert questions.drop(ONE) == "Avant.\n\n\nAprès."
