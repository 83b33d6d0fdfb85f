"""Each rule on a page that keeps it and on one that breaks it, and the rules that compare languages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from build_scripts import check, pages, rules

DATA = Path(__file__).parent.parent / "data"

BROKEN = {
    "unclosed-fence": (16, "the code block that begins with ```python is never closed"),
    "missing-front-matter": (1, "the block at the top lacks `level`"),
    "missing-alt-text": (9, "the picture `carre.svg` has no text for who cannot see it"),
    "broken-link": (9, "`absent.md` leads nowhere: there is no such file beside this page"),
    "unknown-cell-option": (
        16,
        "a cell has no option `nom`; it has: name, exercise,",
    ),
    "bad-minutes": (1, "`minutes` is `vingt`; expected a whole number such as 20"),
}


def site(tmp_path: Path, source: Path, name: str = "repeter") -> Path:
    """A repository whose only lesson is a page of tests/data, in three languages."""
    for language in pages.LANGUAGES:
        folder = tmp_path / "content" / language / "python"
        folder.mkdir(parents=True)
        shutil.copy(source, folder / f"{name}.md")
        shutil.copy(source.parent / "carre.svg", folder)
        shutil.copy(source.parent / "good.md", folder / "good.md")
    messages = tmp_path / "site" / "theme" / "messages"
    messages.mkdir(parents=True)
    for language in pages.LANGUAGES:
        (messages / f"{language}.json").write_text('{"cell.run": "Run {count}"}\n', "utf-8")
    return tmp_path


@pytest.mark.parametrize("rule", BROKEN)
def test_page_that_breaks_a_rule_is_told_with_its_line(rule: str, tmp_path: Path) -> None:
    root = site(tmp_path, DATA / rule / "bad.md")
    found = [finding for finding in check.check(root) if finding.path.parts[1] == "fr" and finding.rule == rule]
    line, what = BROKEN[rule]
    assert [(str(finding.path), finding.line) for finding in found] == [("content/fr/python/repeter.md", line)]
    assert what in found[0].what


@pytest.mark.parametrize("rule", BROKEN)
def test_page_that_keeps_every_rule_is_passed(rule: str, tmp_path: Path) -> None:
    assert check.check(site(tmp_path, DATA / rule / "good.md")) == []


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    for rule in BROKEN:
        shutil.copy(DATA / rule / "bad.md", root / f"content/fr/python/{rule}.md")
    assert {finding.rule for finding in check.check(root)} >= {*BROKEN, "missing-twin"}


def test_missing_twin_is_told_for_each_language(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    (root / "content/ar/python/repeter.md").unlink()
    assert [(finding.rule, str(finding.path), finding.what) for finding in check.check(root)] == [
        (
            "missing-twin",
            "content/fr/python/repeter.md",
            "there is no content/ar/python/repeter.md: the same page in العربية",
        )
    ]


def test_page_without_french_source_is_told(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    (root / "content/fr/python/repeter.md").unlink()
    told = [finding.what for finding in check.check(root)]
    assert told == ["there is no content/fr/python/repeter.md: the same page in Français"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "range(5)",
            "range(10)",
            "block 1 says `for i in range(10):`, content/fr/python/repeter.md says `for i in range(5):`",
        ),
        ("    print(i)\n", "", "block 1 ends earlier, content/fr/python/repeter.md says `print(i)`"),
        ('```python name="compter"', "```text", "block 1 of content/fr/python/repeter.md, line 16, is missing here"),
        ('name="compter"', 'name="count"', "block 1 has the options {'name': 'count', 'error': 'NameError'}"),
        (
            "Le code",
            "```python\n2\n```\n\nLe code",
            "block 2 has no counterpart in content/fr/python/repeter.md, which has 1",
        ),
    ],
)
def test_code_that_differs_between_languages_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    page = root / "content/en/python/repeter.md"
    page.write_text(page.read_text("utf-8").replace(old, new), "utf-8")
    found = check.check(root)
    assert [(finding.rule, str(finding.path)) for finding in found] == [
        ("code-differs", "content/en/python/repeter.md")
    ]
    assert told in found[0].what


def test_messages_need_the_same_keys_and_placeholders(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    messages = root / "site/theme/messages"
    (messages / "fr.json").write_text(json.dumps({"a.b": "{x}", "a.c": "c"}, indent=2), "utf-8")
    (messages / "en.json").write_text(json.dumps({"a.b": "{y}", "a.c": "c"}, indent=2), "utf-8")
    (messages / "ar.json").write_text(json.dumps({"a.b": "{x}"}, indent=2), "utf-8")
    assert [(finding.path.name, finding.line, finding.rule, finding.what) for finding in check.check(root)] == [
        ("ar.json", 1, "message-missing", "`a.c` is missing; fr.json says 'c'"),
        ("en.json", 2, "message-placeholders", "`a.b` has the placeholders {y}, fr.json has {x}"),
    ]


def test_messages_left_in_the_source_language_or_written_twice_are_told(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    said = {"fr": "Rien n'a changé.", "en": "Rien n'a changé.", "ar": "لم يتغيّر شيء."}
    for language, text in said.items():
        lines = ["{", '"a.p": "Points",', f'"a.b": "{text}",', f'"a.b": "{text}"', "}"]
        (root / f"site/theme/messages/{language}.json").write_text("\n".join(lines), "utf-8")
    found = [(finding.path.name, finding.line, finding.rule) for finding in check.check(root)]
    assert set(found) == {
        ("fr.json", 4, "message-twice"),
        ("en.json", 4, "message-twice"),
        ("ar.json", 4, "message-twice"),
        ("en.json", 3, "message-untranslated"),
        ("en.json", 4, "message-untranslated"),
    }


def test_practice_page_without_its_notebook_is_told(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    for language in pages.LANGUAGES:
        page = root / f"content/{language}/python/repeter.md"
        page.write_text(page.read_text("utf-8").replace("---\n", "---\npractice: essais\n", 1), "utf-8")
    assert {finding.rule for finding in check.check(root)} == {"missing-notebook"}


def test_notebook_text_with_an_unclosed_fence_is_told(tmp_path: Path) -> None:
    root = site(tmp_path, DATA / "unclosed-fence" / "good.md")
    for language in pages.LANGUAGES:
        path = root / f"notebooks/practice/{language}/essais.md"
        path.parent.mkdir(parents=True)
        path.write_text("# Essais\n\n```python\nprint(1)\n", "utf-8")
    found = [finding for finding in rules.check_notebooks(root / "notebooks", []) if "fr" in finding.path.parts]
    assert [(finding.rule, finding.line) for finding in found] == [("unclosed-fence", 3)]


def test_published_pages_keep_every_rule(repository: Path) -> None:
    assert check.report(check.check(repository), "text") == "Every page is sound."
