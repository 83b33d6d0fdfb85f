"""The Content-Security-Policy of every page: what a page may load, and the reason for each exception.

Everything is forbidden first; each line below opens one door and says why. The policy stands in a `<meta>` element,
so that it holds on any static host; `lessons serve` sends it as a header too, with the parts a `<meta>` cannot carry.

Source: Content Security Policy Level 3, https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from urllib.parse import urlsplit

Policy = dict[str, dict[str, str]]
"""Directive → source → reason."""

PAGE: Policy = {
    "default-src": {"'none'": "what is not named below is not used"},
    "script-src": {
        "'self'": "our bundle, Material's bundle, Pyodide's module",
        "'wasm-unsafe-eval'": "Python is WebAssembly; this allows compiling it, and no eval() of JavaScript",
    },
    "worker-src": {"'self'": "Python and the search run in workers of this site"},
    "connect-src": {"'self'": "the engine, its wheels and the search index are files of this site"},
    "style-src": {"'self'": "the theme; CodeMirror's styles are constructed sheets, which no policy restricts"},
    "img-src": {
        "'self'": "pictures of lessons",
        "data:": "icons inside the theme's style sheet, pictures that Python draws (PNG)",
        "blob:": "drawings that Python makes (SVG), shown as pictures so that nothing in them runs",
    },
    "manifest-src": {"'self'": "what a system needs to know to install the site like an application"},
    "media-src": {"'self'": "sounds and films of lessons"},
    "font-src": {"'self'": "a font that a lesson may bring; the theme uses the device's own"},
    "frame-src": {"'self'": "the notebook of a practice or assignment page"},
    "object-src": {"'none'": ""},
    "base-uri": {"'none'": ""},
    "form-action": {"'none'": "search and hand-in are handled in the page; nothing is ever sent by a form"},
}

LITE: Policy = {
    **PAGE,
    "script-src": {
        **PAGE["script-src"],
        "'unsafe-eval'": "JupyterLab compiles its settings' JSON Schemas with ajv, which writes functions as text",
    },
    "worker-src": {**PAGE["worker-src"], "blob:": "JupyterLite's kernel worker may start from a blob"},
    "style-src": {
        **PAGE["style-src"],
        "'unsafe-inline'": "Lumino places every panel, and outputs bring colours, with inline styles",
    },
    "font-src": {**PAGE["font-src"], "data:": "fonts inside JupyterLab's style sheets"},
    "frame-src": {**PAGE["frame-src"], "blob:": "JupyterLab shows HTML files in a sandboxed blob frame"},
    "base-uri": {"'self'": "JupyterLab's pages set none today; its own only"},
}

WORKER: Policy = {
    "default-src": {"'none'": "what is not named below is not used"},
    "script-src": PAGE["script-src"],
    "connect-src": PAGE["connect-src"],
}
"""For the lesson's and the search's workers: only a header can give a worker its own policy."""

HEADER_ONLY = {
    "frame-ancestors": {"'self'": "only our own pages may embed ours (the notebook frame)"},
}

INLINE_SCRIPT = re.compile(r"<script(?P<attributes>(?:\s[^>]*)?)>(?P<code>.*?)</script>", re.DOTALL | re.IGNORECASE)
SCRIPT_TYPE = re.compile(r"""\btype\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
RUNNING_TYPES = frozenset({"module", "importmap", "speculationrules", "text/javascript", "application/javascript"})
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n?')
HEAD = re.compile(r"<head(?:\s[^>]*)?>(?:\s*<meta charset=[^>]*>)?", re.IGNORECASE)
"""The encoding comes first: browsers look for it in the first 1024 bytes only."""


def inline_hashes(page: str) -> list[str]:
    """Return a CSP hash source for each script that a page carries inside itself, in order, once each.

    Data blocks (`type="application/json"`) do not run and need none.

    >>> inline_hashes("<script>1</script><script src='x.js'></script>")
    ["'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"]
    """
    found: dict[str, None] = {}
    for script in INLINE_SCRIPT.finditer(page):
        attributes = script["attributes"]
        kind = SCRIPT_TYPE.search(attributes)
        if re.search(r"\bsrc\s*=", attributes) or (kind and kind[1].lower() not in RUNNING_TYPES):
            continue
        digest = base64.b64encode(hashlib.sha256(script["code"].encode()).digest()).decode()
        found[f"'sha256-{digest}'"] = None
    return list(found)


def text(policy: Policy, hashes: list[str] | None = None) -> str:
    """Return a policy as one line for a `<meta>` element or a header; hashes join `script-src`.

    >>> text({"img-src": {"'self'": "pictures"}, "object-src": {"'none'": ""}})
    "img-src 'self'; object-src 'none'"
    """
    parts = []
    for directive, sources in policy.items():
        extra = hashes or [] if directive == "script-src" else []
        parts.append(" ".join([directive, *sources, *extra]))
    return "; ".join(parts)


def posting_to(addresses: list[str], policy: Policy = PAGE) -> Policy:
    """Return a policy under which a page may also post to these addresses, by their origin; no other site joins.

    >>> text({"connect-src": posting_to(["https://drop.example/a/b"])["connect-src"]})
    "connect-src 'self' https://drop.example"
    """
    origins = {}
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.netloc:
            origins[f"{parts.scheme}://{parts.netloc}"] = "hand-ins of this page's assignment are posted there"
    return {**policy, "connect-src": {**policy["connect-src"], **origins}}


def protect(page: str, policy: Policy = PAGE) -> str:
    r"""Return an HTML page with its policy before anything that loads; an older one of ours is replaced.

    >>> protect("<head><title>x</title></head>", {"object-src": {"'none'": ""}})
    '<head><meta http-equiv="Content-Security-Policy" content="object-src \'none\'">\n<title>x</title></head>'
    """
    page = META.sub("", page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text(policy, inline_hashes(page))}">\n'
    return HEAD.sub(lambda head: head[0] + meta, page, count=1)


def header(page: str) -> str:
    """Return the header value for a page: the policy it carries itself, and what only a header can say."""
    own = META.search(page)
    policies = [html.unescape(own[1])] if own else []
    return "; ".join([*policies, text(HEADER_ONLY)])
