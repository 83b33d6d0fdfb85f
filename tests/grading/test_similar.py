"""Similar answers: copies and renamed copies are listed, short and own ones are not."""

from __future__ import annotations

from grading import notebook as nb
from grading.similar import answers, pairs, tokens

OWN = """
def moyenne(notes):
    # la somme d'abord
    total = 0
    for note in notes:
        total = total + note
    if len(notes) == 0:
        return 0
    return total / len(notes)

def mention(note):
    if note >= 16:
        return "très bien"
    elif note >= 14:
        return "bien"
    return "passable"
"""
OTHER = """
def moyenne(notes):
    if not notes:
        return 0
    return sum(notes) / len(notes)

def mention(note):
    mentions = [(16, "très bien"), (14, "bien"), (0, "passable")]
    for limite, texte in mentions:
        if note >= limite:
            return texte
    return mentions[-1][1]
"""
RENAMED = OWN.replace("total", "somme").replace("notes", "valeurs").replace("# la somme d'abord", "# autre")


def test_copies_are_listed_also_with_other_names_and_own_answers_are_not() -> None:
    given = {"a": OWN, "b": OTHER, "c": OWN + "\n\n# merci", "d": RENAMED}

    found = pairs({learner: tokens(code) for learner, code in given.items()})

    assert [(each.one, each.other) for each in found] == [("a", "c"), ("a", "d"), ("c", "d")]
    assert (found[0].similarity, found[0].renamed) == (1, 1)
    assert found[1].similarity < 0.9
    assert found[1].renamed == 1


def test_short_answers_are_not_compared() -> None:
    short = tokens("def double(n):\n    return 2 * n")

    assert pairs({"a": short, "b": short}) == []


def test_what_cannot_be_read_as_python_is_compared_as_far_as_it_can() -> None:
    assert tokens("x = (1, 'é\n") == ["x", "=", "(", "1", ","]


def test_only_answers_that_were_written_count() -> None:
    def cell(grade_id: str, source: str, **role: bool) -> nb.Notebook:
        return nb.cell("code", source, {"nbgrader": {"grade_id": grade_id, **role}})

    cells = [
        cell("one", "x = 1", solution=True),
        cell("two", "pass", solution=True),
        cell("test", "assert x", grade=True),
    ]
    notebook = nb.node({"cells": [*cells, nb.cell("code", "y = 2", {})]})

    assert answers([notebook], {"one": "", "two": "pass"}) == ["x", "=", "1"]
