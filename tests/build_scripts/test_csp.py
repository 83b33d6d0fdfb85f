"""The content policy: hashes of what is inside a page, and a reason for every door."""

from __future__ import annotations

import base64
import hashlib

import pytest

from build_scripts import csp


def source_of(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def test_every_inline_script_that_runs_is_hashed_and_no_other() -> None:
    page = (
        '<script>a = "é"</script><script type="module">b</script><script src="c.js"></script>'
        '<script id="x" type="application/json">{"d": 1}</script><script>a = "é"</script>'
    )
    assert csp.inline_hashes(page) == [source_of('a = "é"'), source_of("b")]


def test_policy_stands_after_the_encoding_and_before_anything_that_loads() -> None:
    page = '<head>\n <meta charset="utf-8">\n <link rel="stylesheet" href="x.css"><script>1</script></head>'
    protected = csp.protect(page)
    assert protected.index("charset") < protected.index("Content-Security-Policy") < protected.index("x.css")
    assert source_of("1") in protected


def test_protecting_twice_changes_nothing() -> None:
    once = csp.protect("<head><script>1</script></head>")
    assert csp.protect(once) == once


def test_header_says_the_same_as_the_page_and_who_may_embed_it() -> None:
    page = csp.protect("<head></head>")
    assert csp.header(page) == f"{csp.text(csp.PAGE)}; frame-ancestors 'self'"


@pytest.mark.parametrize("policy", [csp.PAGE, csp.LITE, csp.WORKER], ids=["page", "lite", "worker"])
def test_every_exception_has_a_reason(policy: csp.Policy) -> None:
    without = [
        f"{directive} {source}"
        for directive, sources in policy.items()
        for source, reason in sources.items()
        if source != "'none'" and not reason
    ]
    assert without == []


def test_lesson_pages_allow_neither_eval_nor_inline_nor_another_origin() -> None:
    sources = {source for sources in csp.PAGE.values() for source in sources}
    assert sources <= {"'none'", "'self'", "'wasm-unsafe-eval'", "data:", "blob:"}


def test_assignment_page_may_post_to_the_origins_of_its_release_and_nothing_else_changes() -> None:
    policy = csp.posting_to(["https://drop.example/course?key=1", "http://127.0.0.1:9000/x", "javascript:alert(1)"])
    assert list(policy["connect-src"]) == ["'self'", "https://drop.example", "http://127.0.0.1:9000"]
    assert {name: policy[name] for name in policy if name != "connect-src"} == {
        name: csp.PAGE[name] for name in csp.PAGE if name != "connect-src"
    }
