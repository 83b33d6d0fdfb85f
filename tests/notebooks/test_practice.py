"""Practice notebooks: each runs in the engine from top to bottom, in every language."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import jupytext
import pytest

from grading.sandbox import Sandbox

PRACTICE = Path(__file__).resolve().parents[2] / "notebooks" / "practice"
NAMES = sorted(path.stem for path in (PRACTICE / "fr").glob("*.md"))
LANGUAGES = ("fr", "en", "ar")


def without_strings(code: str) -> list[str]:
    """Return the words of a program, its texts left out: those may be translated."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in tokens if token.type not in (tokenize.STRING, tokenize.NL, tokenize.COMMENT)]


@pytest.mark.engine
@pytest.mark.parametrize("name", NAMES)
def test_a_practice_notebook_runs_without_an_error(name: str, engine: Path) -> None:
    with Sandbox(engine) as sandbox:
        for language in LANGUAGES:
            run = sandbox.run(jupytext.read(PRACTICE / language / f"{name}.md"))
            assert not run.problems
            for cell in run.notebook["cells"]:
                for output in cell.get("outputs", []):
                    assert output["output_type"] != "error", f"{language}: {cell['source']}: {output}"


@pytest.mark.parametrize("name", NAMES)
def test_practice_has_the_same_cells_in_every_language(name: str) -> None:
    def shape(language: str) -> list[tuple[str, list[str]]]:
        cells = jupytext.read(PRACTICE / language / f"{name}.md").cells
        return [(c.cell_type, without_strings(c.source) if c.cell_type == "code" else []) for c in cells]

    assert shape("en") == shape("fr")
    assert shape("ar") == shape("fr")
