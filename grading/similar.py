"""Hand-ins of one course that resemble each other: advice to look at both, and no verdict.

Answers are compared as tokens of Python, without comments and layout, once as written and once with all names alike,
so that renaming variables hides nothing. What was in the learners' version does not count, and short answers neither:
there is one way to write them.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz.distance import Indel

from grading.notebook import Notebook

LEAST_TOKENS = 50
ALIKE = 0.9
RENAMED = 0.95
MOST = 10
SKIPPED = frozenset(
    (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
)


@dataclass(frozen=True)
class Pair:
    """Two learners whose answers resemble each other.

    Attributes:
        similarity: from 0 to 1, of the answers as written.
        renamed: the same with all names alike.
    """

    one: str
    other: str
    similarity: float
    renamed: float


def tokens(code: str) -> list[str]:
    """Return the tokens of a program, as far as it can be read as one.

    >>> tokens("x = 1  # one")
    ['x', '=', '1']
    """
    found: list[str] = []
    try:
        read = tokenize.generate_tokens(io.StringIO(code).readline)
        found.extend(token.string for token in read if token.type not in SKIPPED)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # what came until here is compared
    return found


def answers(notebooks: Iterable[Notebook], released: Mapping[str, str]) -> list[str]:
    """Return the tokens of all code that a learner wrote into answers.

    Args:
        released: text of each cell as it was released, by grade id.
    """
    found: list[str] = []
    for notebook in notebooks:
        for cell in notebook.cells:
            meta = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and meta.get("solution") and cell.source != released.get(meta["grade_id"]):
                found += tokens(cell.source)
    return found


def pairs(by_learner: Mapping[str, list[str]]) -> list[Pair]:
    """Return the pairs of learners to look at, the most similar first.

    Args:
        by_learner: tokens of each learner's answers.
    """
    long = {learner: given for learner, given in sorted(by_learner.items()) if len(given) >= LEAST_TOKENS}
    shapes = {learner: [_shape(token) for token in given] for learner, given in long.items()}
    found = []
    for one, other in combinations(long, 2):
        renamed = Indel.normalized_similarity(shapes[one], shapes[other], score_cutoff=ALIKE)
        if not renamed:
            continue
        similarity = Indel.normalized_similarity(long[one], long[other])
        if similarity >= ALIKE or renamed >= RENAMED:
            found.append(Pair(one, other, round(similarity, 2), round(renamed, 2)))
    return sorted(found, key=lambda each: (-each.similarity, -each.renamed))[:MOST]


def _shape(token: str) -> str:
    if token.isidentifier() and not keyword.iskeyword(token):
        return "name"
    if token[:1].isdigit():
        return "0"
    return "text" if token[:1] in "'\"" else token
