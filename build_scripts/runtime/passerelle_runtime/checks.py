"""Checks of an exercise: what an author expects of a learner's program, and what came instead.

A check is an `assert`; what else stands between them only prepares. They run in a copy of the program's variables, with

    printed                         what the cell has written to standard output
    shown(function, *given, typed=())   what a call writes there; `typed` answers its `input()`, one after another
    again(age=30)                   what the program writes when its first lines give other values
"""

import ast
import builtins
import contextlib
import io
import math
import operator

LONGEST = 200
_FORMS = {
    ast.Eq: ("equal", operator.eq, "=="),
    ast.NotEq: ("different", operator.ne, "!="),
    ast.In: ("in", lambda item, there: item in there, "in"),
    ast.Lt: ("compare", operator.lt, "<"),
    ast.LtE: ("compare", operator.le, "<="),
    ast.Gt: ("compare", operator.gt, ">"),
    ast.GtE: ("compare", operator.ge, ">="),
}
"""How a comparison is told, what it is, and how it is written."""


def check(code, names, program, printed, explain):
    """Return what comes of each check, in order.

    Args:
        code: the checks.
        names: the program's variables; left as they are, but for what its own functions do to them.
        program: its text.
        printed: what it has written.
        explain: called with an exception, returns what it means; see `explained`.

    Returns:
        A list of objects: `ok`; `source`, the check as written; `form`, and the texts that a sentence about it needs:
        `expr`, `got`, `expected`, `given`, `sign`, `name`, or `explained`.
    """
    space = dict(names) | {"printed": printed, "shown": shown}
    space["again"] = lambda **given: shown(_run_again, program, dict(names), given)
    return [_judged(each, space, explain) for each in _asserts(code, space)]


def shown(function, *given, typed=(), **named):
    """Return what a call writes to standard output."""
    answers = iter(typed)
    out = io.StringIO()

    def answer(prompt=""):
        out.write(str(prompt))
        return str(next(answers))

    before, builtins.input = builtins.input, answer
    try:
        with contextlib.redirect_stdout(out):
            function(*given, **named)
    finally:
        builtins.input = before
    return out.getvalue()


def _run_again(program, space, given):
    tree = ast.parse(program)
    tree.body = [each for each in tree.body if not (isinstance(each, ast.Assign) and _target(each) in given)]
    exec(compile(tree, "<again>", "exec"), space | given)  # noqa: S102 (the learner's)


def _target(assignment):
    target = assignment.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def _asserts(code, space):
    """Yield the checks; run what stands between them."""
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.Assert):
            yield statement.test
        else:
            exec(compile(ast.Module([statement], []), "<check>", "exec"), space)  # noqa: S102 (the author's)


def _judged(test, space, explain):
    found = {"source": ast.unparse(test)}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            kept, told = _looked(test, space)
    except NameError as error:
        if error.name in space or not isinstance(error.name, str) or error.name not in _names(test):
            return found | {"ok": False, "form": "error", "expr": _asked(test), "explained": explain(error)}
        return found | {"ok": False, "form": "missing", "name": error.name}
    except Exception as error:
        return found | {"ok": False, "form": "error", "expr": _asked(test), "explained": explain(error)}
    return found | {"ok": bool(kept), **told}


def _looked(test, space):
    """Return whether all is as a check expects it, and what to tell."""

    def value(tree):
        return eval(compile(ast.Expression(tree), "<check>", "eval"), space)  # noqa: S307 (the author's)

    match test:
        case ast.Compare(left, [sign], [right]) if type(sign) in _FORMS:
            kept, told = _compared(left, type(sign), right, value)
        case ast.Call(function, [left, right]) if ast.unparse(function) in ("isclose", "math.isclose"):
            got, wanted = value(left), value(right)
            kept = math.isclose(got, wanted)
            told = {"form": "equal", "expr": ast.unparse(left), "got": _shown(got), "expected": _shown(wanted)}
        case ast.Call(ast.Name("isinstance"), [left, right]):
            got, wanted = value(left), value(right)
            kept, kind2 = isinstance(got, wanted), getattr(wanted, "__name__", "")
            told = {"form": "kind", "expr": ast.unparse(left), "kind": type(got).__name__, "kind2": kind2}
        case ast.UnaryOp(ast.Not(), inner):
            kept, told = not value(inner), {"form": "false", "expr": ast.unparse(inner)}
        case _:
            kept, told = value(test), {"form": "true", "expr": ast.unparse(test)}
    return kept, told


def _compared(left, sign, right, value):
    """Return whether a comparison holds, and what to tell."""
    got, wanted = value(left), value(right)
    form, compare, written = _FORMS[sign]
    kept = compare(got, wanted)
    if sign is ast.In:
        left, right, got, wanted = right, left, wanted, got
    told = {"form": form, "expr": ast.unparse(left), "sign": written}
    if ast.unparse(left) == "printed" and sign in (ast.Eq, ast.In):
        return kept, {"form": "printed" if sign is ast.Eq else "prints", "got": _text(got), "expected": _text(wanted)}
    if sign is ast.Eq and isinstance(left, ast.Call) and ast.unparse(left.func) == "again":
        given = ", ".join(f"{each.arg} = {ast.unparse(each.value)}" for each in left.keywords)
        return kept, {"form": "again", "given": given, "got": _text(got), "expected": _text(wanted)}
    return kept, told | {"got": _shown(got), "expected": _shown(wanted)}


def _asked(test):
    return ast.unparse(test.left if isinstance(test, ast.Compare) else test)


def _names(test):
    return {each.id for each in ast.walk(test) if isinstance(each, ast.Name)}


def _shown(value):
    try:
        return _short(repr(value))
    except Exception:
        return type(value).__name__


def _text(value):
    return _short(str(value).rstrip("\n"))


def _short(text):
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
