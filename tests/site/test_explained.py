"""What an error means: a program for each kind of error, in a real page, and what the page says in each language."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from build_scripts import pages

ENDED = re.compile("done|error")
START_MS = 60_000
PAGES = {"fr": ("", "Case", "Lancer"), "en": ("en/", "Cell", "Run"), "ar": ("ar/", "الخلية", "تشغيل")}


def corpus(repository: Path) -> dict[str, str]:
    """Return programs by name; a name begins with the key of what explains the program's error."""
    text = (repository / "tests/explained/programs.txt").read_text("utf-8")
    _, *parts = re.split(r"^# %% (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def key_of(name: str) -> str:
    return re.split("[ ,]", name)[0]


def catalogues(repository: Path) -> dict[str, dict[str, list[str]]]:
    folder = repository / "site/theme/errors"
    return {language: json.loads((folder / f"{language}.json").read_text("utf-8")) for language in pages.LANGUAGES}


def test_every_language_has_the_same_explanations_with_the_same_values(repository: Path) -> None:
    texts = catalogues(repository)
    source = texts.pop(pages.SOURCE)
    assert len(source) > 40
    for language, others in texts.items():
        assert list(others) == list(source), language
        assert list(others["kinds"]) == list(source["kinds"]), language
        for key, sentences in source.items():
            if key != "kinds":
                values = [pages.placeholders(sentence) for sentence in sentences]
                assert [pages.placeholders(sentence) for sentence in others[key]] == values, (language, key)


def test_every_explanation_has_a_program_and_every_key_of_the_program_is_explained(repository: Path) -> None:
    keys = set(catalogues(repository)["fr"]) - {"kinds"}
    source = (repository / "build_scripts/runtime/passerelle_runtime/explained.py").read_text("utf-8")
    named = {key for key in re.findall(r'"([a-z]+(?:\.[a-z_]+)?)"', source) if "." in key or key in keys}
    assert {key_of(name) for name in corpus(repository)} == keys
    assert named == keys


def run(page: Page, cell: Locator, code: str, button: str) -> Locator:
    cell.get_by_role("textbox").fill(code)
    cell.get_by_role("button", name=button, exact=True).click()
    expect(cell).to_have_attribute("data-state", ENDED, timeout=START_MS)
    return cell.locator("output")


@pytest.mark.browser
@pytest.mark.parametrize("language", PAGES)
def test_what_the_page_says_of_each_error(
    context: BrowserContext, site_url: str, repository: Path, language: str
) -> None:
    """Compare with `tests/explained/<lang>.txt`; what came is written to `_build/explained.<lang>.txt`."""
    path, word, button = PAGES[language]
    page = context.new_page()
    page.goto(f"{site_url}{path}python/variables/")
    cell = page.get_by_role("group", name=f"{word} 1", exact=True)
    run(page, cell, "%reset -f", button)
    said: list[str] = []
    told: set[str] = set()
    for name, code in corpus(repository).items():
        if language != pages.SOURCE and key_of(name) in told:
            continue
        told.add(key_of(name))
        output = run(page, cell, code, button)
        expect(output.locator(".py-explained + .py-error"), f"{name}\n{code}").to_be_visible()
        said.append(f"# %% {name}\n{output.locator('.py-explained').inner_text()}\n")
    text = "".join(re.sub(r"\n\n+", "\n", each) for each in said)
    (repository / f"_build/explained.{language}.txt").write_text(text, "utf-8")
    assert text == (repository / f"tests/explained/{language}.txt").read_text("utf-8")
