"""Exercises in Markdown: their parts are found, checked, and put out of sight."""

from __future__ import annotations

import base64
import json
import re

import pytest

from build_scripts import exercises, fences

PAGE = """# Un titre

```python exercise="double" tries="3"
def double(n):
    ___
```

```python setup="double"
prix = 3
```

Entre les deux.

```python check="double"
assert double(4) == 8
```

```python solution="double"
def double(n):
    return n * 2
```
"""


def rules(text: str) -> list[tuple[int, str]]:
    return [(line, rule) for line, rule, _, _ in exercises.faults(fences.scan(text))]


def test_a_sound_exercise_has_no_fault() -> None:
    assert rules(PAGE) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('check="double"', 'check="triple"', [(3, "exercise-without-check"), (14, "part-without-exercise")]),
        ("assert double(4) == 8", "assert double(4) = 8", [(14, "part-unreadable")]),
        ('solution="double"', 'solution="autre"', [(18, "part-without-exercise")]),
        ("Entre les deux.", '```python exercise="double"\n2\n```', [(12, "exercise-twice")]),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, expected: list[tuple[int, str]]) -> None:
    assert rules(PAGE.replace(old, new, 1)) == expected


def test_parts_go_out_of_sight_into_the_cell_and_lines_stay_where_they_are() -> None:
    folded = exercises.fold(PAGE)
    assert folded.count("\n") == PAGE.count("\n")
    for hidden in ("prix = 3", "assert", "return n * 2", "solution"):
        assert hidden not in folded
    assert "Entre les deux." in folded.split("\n")[11]
    packed = re.search(r'exercise="double" tries="3" packed="([^"]+)"', folded)
    assert packed is not None
    assert json.loads(base64.b64decode(packed[1])) == {
        "setup": "prix = 3\n",
        "check": "assert double(4) == 8\n",
        "solution": "def double(n):\n    return n * 2\n",
        "tries": 3,
    }


def test_a_page_without_exercises_stays_as_it_is() -> None:
    text = "# Titre\n\n```python\nprint(1)\n```\n"
    assert exercises.fold(text) == text
    assert exercises.find(fences.scan(text)) == {}
