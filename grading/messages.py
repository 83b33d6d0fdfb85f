"""Sentences for learners, in their language, from `site/theme/messages/<lang>.json`."""

from __future__ import annotations

import functools
import json
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
FALLBACK = "fr"
RIGHT_TO_LEFT = {"ar", "fa", "he", "ps", "ur"}


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """Return every sentence of a language; those of French for a language that has none."""
    folder = CHECKOUT / "site" / "theme" / "messages"
    path = folder / f"{language}.json"
    if not language.isalnum() or not path.exists():
        path = folder / f"{FALLBACK}.json"
    read: dict[str, str] = json.loads(path.read_text("utf-8"))
    return read


def say(language: str, key: str, **values: object) -> str:
    """Return one sentence with its `{placeholders}` filled."""
    return catalogue(language)[key].format(**values)


def number(value: float) -> str:
    """Return points as people write them.

    >>> number(2.0), number(1.5), number(0.333333)
    ('2', '1.5', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
