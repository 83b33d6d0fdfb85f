"""The glossary: words of lessons are found as people write them, and every word speaks three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from build_scripts import glossary, pages, rules
from build_scripts.glossary import Word

VARIABLE = Word("variable", "Variable", ("variables",), "Un nom.", 1)
WORDS = [
    VARIABLE,
    Word("ordinateur", "Ordinateur", (), "Une machine.", 2),
    Word("erreur", "Erreur", (), "Un faux pas.", 3),
    Word("message", "Message d'erreur", (), "Une phrase.", 4),
]
ARABIC = [Word("variable", "متغير", ("متغيرات",), "اسم.", 1), Word("list", "قائمة", (), "قيم.", 2)]


def marked(html: str, words: list[Word] = WORDS, language: str = "fr") -> list[tuple[str, str]]:
    result = glossary.mark(html, words, "../lexique/", language)
    assert re.sub(r'<a class="ps-word"[^>]*>([^<]*)</a>', r"\1", result) == html, "only links are added"
    return re.findall(r'data-word="([^"]*)" href="\.\./lexique/#[^"]*">([^<]*)', result)


def test_the_first_place_of_a_whole_word_is_marked_whatever_its_form() -> None:
    html = "<p>L'ordinateur lit deux <strong>variables</strong>. Une variable, invariable et variables_a. </p>"
    assert marked(html) == [("ordinateur", "ordinateur"), ("variable", "variables")]
    assert marked("<p>Un message d’erreur, puis une ERREUR</p>") == [
        ("message", "message d’erreur"),
        ("erreur", "ERREUR"),
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Une variable</h2>",
        "<p><code>variable</code></p>",
        "<p><a href='x'>une <em>variable</em></a></p>",
        "<pre><span>variable</span></pre>",
        "<table><tr><td>variable</td></tr></table>",
        "<py-cell data-name='variable'><div>variable</div></py-cell>",
        "<fieldset><label>variable</label> variable</fieldset>",
        "<!-- variable -->",
        "<p title='variable'>&variable;</p>",
        "",
    ],
)
def test_code_headings_links_and_questions_stay_as_they_are(html: str) -> None:
    assert marked(html) == []


def test_after_what_stays_as_it_is_marking_goes_on() -> None:
    assert marked("<h2>a <code>b</code></h2></code><p>variable</p>") == [("variable", "variable")]


def test_arabic_is_found_with_its_article_its_small_words_and_its_vowel_signs() -> None:
    assert marked("<p>والمتغيّرُ هنا</p>", ARABIC, "ar") == [("variable", "والمتغيّرُ")]
    assert marked("<p>للقائمة بقائمةٍ</p>", ARABIC[1:], "ar") == [("list", "للقائمة")]
    assert marked("<p>قائمتان</p>", ARABIC, "ar") == []


def test_no_words_change_nothing() -> None:
    assert glossary.mark("<p>variable</p>", [], "x", "fr") == "<p>variable</p>"


def test_the_glossary_page_names_each_word_in_the_other_languages() -> None:
    made = glossary.page('### Variable { #variable forms="variables" }\n\nUn nom.', "fr", {"fr": WORDS, "ar": ARABIC})
    assert "### Variable { #variable }\n" in made
    assert '<span lang="ar" dir="rtl">متغير</span>' in made
    assert "forms" not in made


def page(language: str, body: str) -> pages.Page:
    return pages.Page(Path(f"content/{language}/lexique.md"), language, "lexique", {"title": "x"}, body, 4)


GOOD = "### Variable { #variable }\n\nUn nom.\n"


@pytest.mark.parametrize(
    ("french", "rule", "line", "says"),
    [
        (GOOD + "\n### Boucle { #boucle }\n\nEncore.\n", "glossary-incomplete", 8, "no counterpart `#boucle` in en/"),
        (
            "### Variable { #variable }\n\n### Autre { #variable }\n\nUn nom.\n",
            "glossary-incomplete",
            4,
            "no explanation",
        ),
        (GOOD + "\n### Nom { #variable }\n\nUn nom.\n", "glossary-twice", 4, "explained twice"),
        (GOOD + "\n### variable { #nom }\n\nUn nom.\n", "glossary-twice", 8, "stands for `#variable` and for `#nom`"),
        (GOOD + "\n### Boucle\n\nEncore.\n", "glossary-incomplete", 8, "is not written as"),
    ],
)
def test_a_word_that_lacks_a_language_or_an_explanation_is_named(french: str, rule: str, line: int, says: str) -> None:
    found = list(rules.check_pages([page("fr", french), page("en", GOOD), page("ar", GOOD)]))
    assert [fault for fault in found if (fault.rule, fault.line) == (rule, line) and says in fault.what], found


def test_at_least_thirty_words_of_the_lessons_are_explained_in_each_language(
    repository: Path, built_site: Path
) -> None:
    glossaries = glossary.find(repository / "content")
    assert {len(words) for words in glossaries.values()} == {len(glossaries["fr"])}
    for language in pages.LANGUAGES:
        home = built_site / ("" if language == "fr" else language)
        lessons = [path.read_text("utf-8") for path in (home / "python").glob("*/index.html")]
        ids = {word for lesson in lessons for word in glossary.MARKED.findall(lesson)}
        assert len(ids) >= 30, language
        assert ids <= {word.id for word in glossaries[language]}
        shown = (home / "lexique" / "index.html").read_text("utf-8")
        assert all(f'id="{word}"' in shown for word in ids)
        index = (home / "search" / "search_index.json").read_text("utf-8")
        assert glossary.CLASS not in index
        text = next(word.text for word in glossaries[language] if word.id == "boucle").split("`")[0]
        assert index.count(text) == 1, "an explanation is found on the glossary's page alone"
