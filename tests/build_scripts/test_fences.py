"""Fenced blocks: found as CommonMark finds them, and turned into cells."""

from __future__ import annotations

import pytest
from markdown import Markdown

from build_scripts import fences


def render(text: str) -> str:
    fence = {"name": "python", "class": "cell", "format": fences.cell, "validator": fences.accept}
    options = {"pymdownx.superfences": {"custom_fences": [fence]}}
    return Markdown(extensions=["pymdownx.superfences", "attr_list"], extension_configs=options).convert(text)


def test_cell_is_static_html_with_its_number_and_options() -> None:
    html = render('```python name="salut" error="NameError"\nprint("é < ü")\n```\n\nSuite\n\n```python\n1\n```\n')
    assert html.startswith('<py-cell data-state="idle" data-cell="1" data-name="salut" data-error="NameError">')
    assert '<div class="highlight" dir="ltr"><pre translate="no"><code>' in html
    assert "é &lt; ü" in html
    assert '<output dir="ltr"></output></py-cell>\n<p>Suite</p>\n<py-cell data-state="idle" data-cell="2">' in html


def test_cell_is_never_inside_a_paragraph_which_its_block_would_split() -> None:
    assert "<p><py-cell" not in render("Avant\n\n```python\n1\n```\n\nAprès\n")


def test_cell_keeps_its_code_to_the_letter() -> None:
    html = render("```python\n\ndef f():\n    return 1\n\n\nf()\n```\n")
    code = html.partition("<code>")[2].partition("</code>")[0]
    plain = "".join(part.partition(">")[2] for part in f">{code}".split("<"))
    assert plain.strip("\n") == "def f():\n    return 1\n\n\nf()"


def test_each_page_counts_its_own_cells() -> None:
    assert render("```python\n1\n```") == render("```python\n1\n```")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```python\n1\n", [("python", "1\n", False)]),
        ("````text\n```python\n````\n", [("text", "```python\n", True)]),
        ("~~~python\n```\n~~~\n", [("python", "```\n", True)]),
        ("    ```python\n    1\n    ```\n", [("python", "1\n", True)]),
        ("`` ```python `` is code\n", []),
        ("``` a`b\n", []),
    ],
)
def test_fences_are_found_as_commonmark_finds_them(text: str, found: list[tuple[str, str, bool]]) -> None:
    assert [(fence.language, fence.code, fence.closed) for fence in fences.scan(text)] == found


def test_lines_are_counted_from_the_first_line_of_the_file() -> None:
    assert [fence.line for fence in fences.scan("a\n```\n```\n", first_line=6)] == [7]


def test_options_are_refused_by_name_and_by_form() -> None:
    assert fences.unknown_option({"name": "Mon Nom"}) == (
        "`name` is `Mon Nom`; expected small letters, digits and hyphens, such as `salut-1`"
    )
    refused = fences.unknown_option({"run": "auto"})
    assert refused is not None
    assert refused.startswith("a cell has no option `run`; it has: name, exercise,")
