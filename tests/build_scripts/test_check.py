"""How `lessons check` tells what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build_scripts import check
from build_scripts.rules import Finding

FOUND = [
    Finding(Path("content/fr/a.md"), 3, "unclosed-fence", "never closed, 100 %", "Add a line"),
    Finding(Path("content/fr/b.md"), 1, "missing-twin", "no twin"),
]


def test_text_says_where_which_rule_what_to_do_and_how_many() -> None:
    assert check.report(FOUND, "text") == (
        "content/fr/a.md:3: unclosed-fence: never closed, 100 %\n"
        "  Fix:  Add a line\n"
        "  Help: /contribuer/#unclosed-fence\n"
        "content/fr/b.md:1: missing-twin: no twin\n"
        "  Help: /contribuer/#missing-twin\n"
        "2 faults in 2 files."
    )


def test_github_annotations_escape_what_would_end_them() -> None:
    assert check.report(FOUND, "github").splitlines() == [
        "::error file=content/fr/a.md,line=3,title=unclosed-fence::never closed, 100 %25%0AAdd a line",
        "::error file=content/fr/b.md,line=1,title=missing-twin::no twin",
    ]


def test_json_has_every_field() -> None:
    assert json.loads(check.report(FOUND, "json"))[0] == {
        "path": "content/fr/a.md",
        "line": 3,
        "rule": "unclosed-fence",
        "what": "never closed, 100 %",
        "fix": "Add a line",
    }


@pytest.mark.parametrize(("form", "told"), [("text", "Every page is sound."), ("github", ""), ("json", "[]")])
def test_sound_pages_are_told_in_each_form(form: str, told: str) -> None:
    assert check.report([], form) == told


def test_only_the_named_paths_are_told_about(tmp_path: Path) -> None:
    for name in ("a", "b"):
        path = tmp_path / f"content/fr/{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# Sans en-tête\n", "utf-8")
    found = check.check(tmp_path, [Path("content/fr/b.md")])
    assert {finding.path.name for finding in found} == {"b.md"}


def test_path_that_does_not_exist_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(check.NothingToCheck, match="no such file or folder") as raised:
        check.check(tmp_path, [Path("content/fr/absent.md")])
    assert raised.value.status == 2
