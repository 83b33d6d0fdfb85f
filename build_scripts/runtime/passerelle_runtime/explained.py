"""What an error means: a key in the catalogues of explanations, and the values that its sentences name.

The sentences are in `site/theme/errors/<lang>.json`; here is what can be known of the error. Nothing here raises.
"""

import ast
import contextlib
import keyword
import linecache
import re
import sys
import traceback

LONGEST = 60
_NAMES = {"true": "True", "false": "False", "none": "None", "null": "None", "nil": "None"}
_LOGIC = {"&&": "and", "||": "or"}
_ORDER = {"=<": "<=", "=>": ">=", "=!": "!=", "<>": "!="}
_KIND = r"'(?P<kind>[\w.]+)'"
_SYNTAX = (
    ("expected ':'", "syntax.colon"),
    (r"'(?P<sign>[\[({])' was never closed", "syntax.bracket_open"),
    (r"unmatched '(?P<sign>.)'", "syntax.bracket_close"),
    (r"closing parenthesis '(?P<sign>.)' does not match opening parenthesis '(?P<other>.)'", "syntax.bracket_other"),
    ("unterminated triple-quoted", "syntax.triple"),
    ("unterminated (f-|t-)?string literal", "syntax.quote"),
    ("f-string", "syntax.fstring"),
    ("Perhaps you forgot a comma", "syntax.comma"),
    (r"Missing parentheses in call to '(?P<name>\w+)'", "syntax.parentheses"),
    (r"invalid character '(?P<sign>.)'", "syntax.character"),
    ("invalid non-printable character", "syntax.space"),
    ("invalid (decimal|hexadecimal|octal|binary|imaginary) literal", "syntax.digit"),
    ("leading zeros in decimal integer", "syntax.zeros"),
    ("'return' outside function", "syntax.return"),
    (r"'(?P<name>break|continue)' (outside loop|not properly in loop)", "syntax.loop"),
    ("positional argument follows keyword argument", "syntax.order"),
    ("expected 'except' or 'finally' block", "syntax.try"),
)
_INDENT = (
    (r"expected an indented block after '?(?P<after>\w+)'?.* on line (?P<above>\d+)", "indent.expected"),
    ("unexpected indent", "indent.unexpected"),
    ("unindent does not match", "indent.unindent"),
)
_MANY = "type.too_many"
_TYPE = (
    (rf"unsupported operand type\(s\) for (?P<sign>\S+).*: {_KIND} and '(?P<kind2>[\w.]+)'", "type.operands"),
    (r'can only concatenate (?P<kind>\w+) \(not "(?P<kind2>[\w.]+)"\) to \w+', "type.operands"),
    (rf"'(?P<sign>[<>]=?)' not supported between instances of {_KIND} and '(?P<kind2>[\w.]+)'", "type.compare"),
    (r"(?P<name>[\w.]+)\(\) missing (?P<count>\d+) required .*arguments?: (?P<names>.+)", "type.missing"),
    (r"(?P<name>[\w.]+)(\(\))? (takes|expected) .*(but|\(|got) ?(?P<given>\d+)( (was|were) given| given\))?$", _MANY),
    (r"(?P<name>[\w.]+)\(\) got an unexpected keyword argument '(?P<word>\w+)'", "type.keyword"),
    (r"(?P<name>[\w.]+)\(\) got multiple values for argument '(?P<word>\w+)'", "type.twice"),
    (rf"{_KIND} object is not callable", "type.not_callable"),
    (rf"{_KIND} object is not subscriptable", "type.not_subscriptable"),
    (rf"{_KIND} object is not iterable|cannot unpack non-iterable (?P<kind2>\w+) object", "type.not_iterable"),
    (r"(?P<kind>list|tuple|string|range|bytes?) ind(ices|ex) must be .*, not '?(?P<kind2>[\w.]+)'?", "type.index"),
    (rf"{_KIND} object does not support item (assignment|deletion)", "type.fixed"),
    (r"unhashable type: '(?P<kind>\w+)'", "type.unhashable"),
    (rf"object of type {_KIND} has no len\(\)", "type.len"),
    (rf"(?P<name>int|float)\(\) argument must be .*not {_KIND}", "type.convert"),
    (rf"can't multiply sequence by non-int of type {_KIND}", "type.multiply"),
    (rf"argument of type {_KIND} is not (iterable|a container)", "type.container"),
    (r"sequence item (?P<place>\d+): expected str instance, (?P<kind>\w+) found", "type.join"),
)
_VALUE = (
    (r"invalid literal for int\(\) with base 10: (?P<value>.*)", "value.int"),
    (r"could not convert string to float: (?P<value>.*)", "value.float"),
    (r"not enough values to unpack \(expected (at least )?(?P<count>\d+), got (?P<given>\d+)\)", "value.few"),
    (r"too many values to unpack \(expected (?P<count>\d+)", "value.many"),
    (r"list\.remove\(x\): x not in list|is not in (list|deque|range)|tuple\.index\(x\)", "value.absent"),
    ("substring not found", "value.substring"),
    ("math domain error|expected a (non-?negative|positive|number)", "value.math"),
    ("iterable argument is empty|empty (sequence|range)", "value.nothing"),
)


class _Case:
    """An error and where it came.

    Attributes:
        error: the exception.
        message: its text.
        code: the cell's text.
        line: of the cell, counted from 1, or None.
        text: of that line, without a comment.
    """

    def __init__(self, error, code, is_cell):
        self.error = _whole(error, code) if type(error).__name__ == "_IncompleteInputError" else error
        self.message = str(self.error)
        self.code = code
        self.line = _line(self.error, is_cell)
        lines = code.splitlines()
        self.written = lines[self.line - 1].strip() if self.line and self.line <= len(lines) else None
        self.text = (self.written or "").split("#")[0].strip()

    def by(self, rules, other):
        """Return key and values by the first rule whose pattern the message has."""
        for pattern, key in rules:
            if match := re.search(pattern, self.message):
                return key, match.groupdict()
        return other, {}

    def near(self, name):
        """Return the name that somebody may have meant; Python's own guess."""
        with contextlib.suppress(Exception):
            return traceback._compute_suggestion_error(self.error, self.error.__traceback__, name)
        return None


def explain(error, code, is_cell=lambda name: name.startswith("<")):
    """Return what an error means.

    Args:
        error: the exception, with its traceback.
        code: the cell's text.
        is_cell: returns whether a file's name is that of a cell.

    Returns:
        `key` of the explanation; `values` (text by name) that its sentences may put in, those whose name begins with
        `kind` being names of types; `line` of the cell, counted from 1, and its `text`; None where there is none.
    """
    try:
        case = _Case(error, code, is_cell)
        key, values = next(find(case) for kind, find in _EXPLAINERS if isinstance(case.error, kind))
        shown = {name: _short(value) for name, value in values.items() if value is not None}
        return {"key": key, "values": shown, "line": case.line, "text": case.written}
    except Exception:
        return {"key": "other", "values": {"error": type(error).__name__}, "line": None, "text": None}


def _whole(error, code):
    """Return the error that Python itself has for a program whose end is missing; IPython asks for another one."""
    try:
        compile(code, "<cell>", "exec")
    except SyntaxError as found:
        return found
    return error


def _line(error, is_cell):
    if isinstance(error, SyntaxError):
        return error.lineno
    found, first = None, None
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if first is None and is_cell(name):
            first = name
        if name == first:
            found = line
    return found


def _short(value):
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _of_syntax(case):
    message, text = case.message, case.text
    first = re.match(r"\w*", text)[0]
    if "==" in message and "=" in text and first in ("if", "elif", "while"):
        return "syntax.equals", {}
    if "cannot assign to" in message or 'perhaps you meant "=="' in message:
        return "syntax.assign", {}
    key, values = case.by(_SYNTAX, "syntax.other")
    if key != "syntax.other":
        return key, values
    return _by_signs(text, first) or _by_guess(case.error) or (key, values)


def _by_guess(error):
    """Return the word of Python's that somebody may have meant, as Python 3.14 tells it below a traceback, or None."""
    told = "".join(traceback.TracebackException(type(error), error, None).format_exception_only())
    near = re.search(r"Did you mean '(?P<near>\w+)'", told)
    return near and ("syntax.near", near.groupdict())


def _by_signs(text, first):
    """Return what a line that Python cannot read has in it, or None."""
    for signs, key in ((_LOGIC, "syntax.logic"), (_ORDER, "syntax.sign")):
        for sign, right in signs.items():
            if sign in text:
                return key, {"sign": sign, "right": right}
    if counting := re.search(r"(\w+)\s*(\+\+|--)\s*$", text):
        return "syntax.increment", {"name": counting[1], "sign": text[-1]}
    if first in ("else", "elif", "except", "finally"):
        return "syntax.else", {"name": first}
    for form in (r"(\w+)\s*=[^=]", r"(?:def|class)\s+(\w+)", r"for\s+(\w+)\s+in\b"):
        if (named := re.match(form, text)) and keyword.iskeyword(named[1]):
            return "syntax.keyword", {"name": named[1]}
    return None


def _of_indent(case):
    if isinstance(case.error, TabError):
        return "indent.tab", {}
    key, values = case.by(_INDENT, "indent.unindent")
    if values.get("after") == "function":
        values["after"] = "def"
    return key, values


def _of_name(case):
    name = case.error.name or (re.findall(r"'(\w+)'", case.message) or [""])[0]
    values = {"name": name}
    if isinstance(case.error, UnboundLocalError):
        return "name.unbound", values
    if near := _NAMES.get(name) or case.near(name):
        return "name.near", values | {"near": near}
    if re.search(rf"^{re.escape(name)}\s*=[^=]", case.code, re.MULTILINE):
        return "name.later", values
    return "name.module" if name in sys.stdlib_module_names else "name.unknown", values


def _of_attribute(case):
    name, thing = case.error.name, case.error.obj
    if name is None:
        return _of_other(case)
    if thing is None:
        return "type.none", {}
    is_module = isinstance(thing, type(sys))
    values = {"name": name, "module": thing.__name__} if is_module else {"name": name, "kind": type(thing).__name__}
    if near := case.near(name):
        return "attribute.near", values | {"near": near}
    return "attribute.module" if is_module else "attribute.unknown", values


def _of_type(case):
    key, values = case.by(_TYPE, "type.other")
    kinds = [values[name] for name in ("kind", "kind2") if values.get(name)]
    if "NoneType" in kinds or (key == "type.other" and "NoneType" in case.message):
        return "type.none", {}
    if kinds and not values.get("kind"):
        values["kind"] = kinds[0]
    if key == "type.operands":
        values["sign"] = values.get("sign") or "+"
        if "str" in kinds and set(kinds) != {"str"}:
            return "type.text_number", {"kind": next(each for each in kinds if each != "str"), "sign": values["sign"]}
    return key, values


def _of_index(case):
    found = _subscript(case.error)
    if "empty" in case.message or (found and hasattr(found[1], "__len__") and not len(found[1])):
        return "index.empty", {}
    if not found or not isinstance(found[2], int) or not hasattr(found[1], "__len__"):
        return "index.other", {}
    words, thing, place = found
    return "index.range", {"name": words, "index": place, "length": len(thing), "last": len(thing) - 1}


def _of_key(case):
    missing = case.error.args[0] if case.error.args else ""
    values = {"key": repr(missing)}
    found = _subscript(case.error)
    near = _near_key(missing, found[1]) if found and isinstance(found[1], dict) else None
    return ("key.unknown", values) if near is None else ("key.near", values | {"near": repr(near)})


def _near_key(missing, there):
    if not isinstance(missing, str):
        return str(missing) if str(missing) in there else None
    if missing.isdecimal() and int(missing) in there:
        return int(missing)
    texts = [each for each in there if isinstance(each, str)]
    same = [each for each in texts if each.strip().casefold() == missing.strip().casefold()]
    if same:
        return same[0]
    import difflib  # noqa: PLC0415 (seldom needed)

    return next(iter(difflib.get_close_matches(missing, texts, 1)), None)


def _of_value(case):
    key, values = case.by(_VALUE, "value.other")
    value = (values.get("value") or "").strip("'\"")
    if key in ("value.int", "value.float") and not value.strip():
        return "value.empty", {}
    if key == "value.int" and re.fullmatch(r"\s*-?\d+[.,]\d*\s*", value):
        return "value.decimal", values
    if key == "value.float" and re.fullmatch(r"\s*-?\d+,\d+\s*", value):
        return "value.comma", values | {"right": repr(value.strip().replace(",", "."))}
    return key, values | {"message": case.message}


def _of_import(case):
    if isinstance(case.error, ModuleNotFoundError):
        return "import.module", {"module": case.error.name}
    return "import.name", {"module": case.error.name, "name": case.error.name_from}


def _of_file(case):
    return "file.missing", {"file": case.error.filename}


def _only(key):
    return lambda _: (key, {})


def _of_other(case):
    return "other", {"error": type(case.error).__name__}


_EXPLAINERS = (
    (IndentationError, _of_indent),
    (SyntaxError, _of_syntax),
    (NameError, _of_name),
    (AttributeError, _of_attribute),
    (TypeError, _of_type),
    (IndexError, _of_index),
    (KeyError, _of_key),
    (UnicodeError, _only("text.bytes")),
    (ValueError, _of_value),
    (ZeroDivisionError, _only("zero")),
    (OverflowError, _only("overflow")),
    (ImportError, _of_import),
    (FileNotFoundError, _of_file),
    (IsADirectoryError, _only("file.folder")),
    (RecursionError, _only("recursion")),
    (MemoryError, _only("memory")),
    (AssertionError, _only("assertion")),
    (BaseException, _of_other),
)


def _subscript(error):
    """Return the words, the object and the index of the `object[index]` that failed, as far as looking does no harm."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return None
    frame = trace.tb_frame
    spans = list(frame.f_code.co_positions())
    line, end_line, start, end = spans[trace.tb_lasti // 2]
    if line is None or line != end_line:
        return None
    written = linecache.getline(frame.f_code.co_filename, line, frame.f_globals).encode()[start:end].decode()
    with contextlib.suppress(SyntaxError, LookupError):
        tree = ast.parse(written.strip(), mode="eval").body
        if isinstance(tree, ast.Subscript):
            return ast.unparse(tree.value), _look(tree.value, frame), _look(tree.slice, frame)
    return None


def _look(tree, frame):
    """Return the value of a name, a number or a text, or of one minus something; LookupError for all else."""
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub) and isinstance(tree.operand, ast.Constant):
        return -tree.operand.value
    if isinstance(tree, ast.Name):
        return (frame.f_globals | frame.f_locals)[tree.id]
    raise LookupError
