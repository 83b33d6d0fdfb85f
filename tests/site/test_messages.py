"""The catalogue of sentences: every sentence that is asked for is there, and every one that is there is asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path

SOURCES = ("site/browser/*.ts", "site/theme/**/*.html", "grading/*.py", "grading/*.jinja", "build_scripts/**/*.py")
ASKED = re.compile(r'\b(?:t|say)\((?:language, )?"([a-z_]+\.[a-z_.]+)"|text\[["\']([a-z_]+\.[a-z_.]+)["\']\]')
BEGUN = re.compile(r'["`]([a-z_]+\.[a-z_.]*)(?:\$?\{|"\s*[~+])')
"""A key whose end is put in later: `cell.${…}`, f"problem.{…}", "site.level." ~ …"""


def test_every_sentence_that_is_asked_for_is_there_and_none_is_left_over(repository: Path) -> None:
    keys = set(json.loads((repository / "site/theme/messages/fr.json").read_text("utf-8")))
    sources = "\n".join(path.read_text("utf-8") for names in SOURCES for path in sorted(repository.glob(names)))
    asked = {one or other for one, other in ASKED.findall(sources)}
    begun = tuple(beginning for beginning in BEGUN.findall(sources) if any(key.startswith(beginning) for key in keys))
    assert len(asked) > 50
    assert asked <= keys
    quoted = {key for key in keys if f'"{key}"' in sources or f"'{key}'" in sources}
    assert {key for key in keys - quoted if not key.startswith(begun)} == set()
