"""What learners wrote can be shown to anybody."""

from __future__ import annotations

import pytest

from grading import notebook as nb
from grading import sanitise

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="https://example.org">x</a>',
    '<iframe src="https://example.org"></iframe>',
    '<p style="background:url(https://example.org/x)">x</p>',
    "<style>@import 'https://example.org'</style>",
    '<form action="https://example.org"><input></form>',
    '<svg><script>alert(1)</script><image href="https://example.org/x.png"/></svg>',
    '<svg><a href="javascript:alert(1)"><text>x</text></a></svg>',
    '<svg><rect fill="url(https://example.org/x)" onclick="alert(1)"/></svg>',
    "![x](https://example.org/x.png)",
    "[x](javascript:alert(1))",
]


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "text/markdown"])
def test_nothing_that_runs_or_fetches_passes(source: str, mime: str) -> None:
    shown = sanitise.text(source)
    if source.startswith("<") or mime == "text/markdown":
        shown += sanitise.output(nb.node({"output_type": "display_data", "data": {mime: source}, "metadata": {}}))
    for word in ("<script", "onerror", "onclick", "javascript:", "https://", "<iframe", "<style", "<form", "style="):
        assert word not in shown.lower()


def test_a_drawing_keeps_its_shapes() -> None:
    drawing = '<svg viewBox="0 0 9 9"><path d="M0 0L9 9" stroke="red"></path></svg>'
    shown = sanitise.output(
        nb.node({"output_type": "display_data", "data": {"image/svg+xml": drawing}, "metadata": {}})
    )
    assert '<path d="M0 0L9 9" stroke="red">' in shown


def test_a_picture_must_be_one() -> None:
    def shown(data: str) -> str:
        return sanitise.output(nb.node({"output_type": "display_data", "data": {"image/png": data}, "metadata": {}}))

    assert shown("iVBORw0KGgo=").startswith('<img alt="" src="data:image/png;base64,iVBORw0KGgo="')
    assert "<img" not in shown('x" onerror="alert(1)')


def test_text_output_is_escaped() -> None:
    assert sanitise.output(nb.node({"output_type": "stream", "name": "stdout", "text": "<b>\x1b[31m1"})) == (
        "<pre>&lt;b&gt;1</pre>"
    )
