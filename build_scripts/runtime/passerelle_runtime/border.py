"""A border between two interpreters: the learner's program on one side, the tests on the other.

The tests' side sees names of the learner's as stand-ins. What is done to a stand-in is asked across the border, as one
JSON text, and answered by another. Plain values come over as themselves, by their exact type; all else stays where it
is, and a stand-in goes over. What the learner's side says is believed only as far as it is such an answer.

    request   {"op": name of an operation, "a": arguments, "k": arguments by name, "m": contents of what can change, …}
    answer    {"v": value, "m": what has changed, …} or {"x": exception}

A value is null, true, false, a number or a text, or an array whose first item tells what it is: see `_READERS`.
"""

import builtins
import collections
import contextlib
import dataclasses
import datetime
import decimal
import fractions
import json
import operator
import random
import sys

BUFFERED = 8_192
DEEPEST = 60
EXAMINED = 8
LARGEST = 32 * 1024 * 1024
SMALL = 1 << 53
_TYPES = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
_TYPE_NAMES = {value: name for name, value in _TYPES.items()}

_UNARY = ("abs", "neg", "pos", "invert")
_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul")
_BITS = ("and", "or", "xor", "lshift", "rshift")
_ORDER = ("lt", "le", "gt", "ge")
_CONVERTING = ("bool", "int", "float", "complex", "index", "str", "repr", "len", "iter", "next", "round", "hash")
_FUNCTIONS = {
    **{name: getattr(operator, name) for name in _UNARY + _ORDER},
    **{name: getattr(operator, name) for name in _BINARY if name != "divmod"},
    **{name: getattr(operator, f"__{name}__") for name in _BITS},
    **{name: getattr(builtins, name) for name in _CONVERTING if name != "index"},
    "call": lambda function, *given, **named: function(*given, **named),
    "index": operator.index,
    "divmod": divmod,
    "eq": operator.eq,
    "format": format,
    "contains": operator.contains,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "enter": lambda manager: _bound(manager, "__enter__")(),
    "exit": lambda manager, *error: _bound(manager, "__exit__")(*error),
    "isinstance": isinstance,
    "issubclass": issubclass,
}
_REFLECTED = {f"r{name}": name for name in _BINARY + _BITS}
_JUDGING = {"eq", "contains", "isinstance", "issubclass", *_ORDER, *_BINARY, *_BITS, *_REFLECTED}
"""Operations that get to know a value of the test's and give a verdict, or what one is made of."""
_SPECIAL = {
    **{f"__{name}__": name for name in _FUNCTIONS if name not in ("eq", "getattr", "setattr", "delattr", "issubclass")},
    **{f"__{name}__": name for name in _REFLECTED},
}
_STRICT = ("lt", "gt")
_ALWAYS = {"__str__", "__repr__", "__format__", "__bool__", "__hash__"}
_CLOSED = ("_", "gi_", "cr_", "ag_", "tb_", "f_", "co_", "func_", "mro")
"""How names begin that lead from an object of the tests to the tests themselves."""


class Broken(Exception):
    """What came over the border is no request and no answer."""


class _Far:
    """Stands for an object on the other side."""

    __slots__ = ("_border", "_class", "_number", "_shown")

    def __init__(self, border, number, shown, named=None):
        object.__setattr__(self, "_border", border)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_shown", shown)
        object.__setattr__(self, "_class", named)

    def __getattr__(self, name):
        return self._border.do("getattr", self, name)

    def __setattr__(self, name, value):
        self._border.do("setattr", self, name, value)

    def __delattr__(self, name):
        self._border.do("delattr", self, name)

    def __eq__(self, other):
        if self is other:
            return True
        if isinstance(other, _Far) and self._border.may("eq"):
            return self._border.equal(self, other)
        return NotImplemented

    def __hash__(self):
        return hash((_Far, self._number))

    def __bool__(self):
        return self._border.do("bool", self) is True

    def __str__(self):
        return self._border.text("str", self)

    def __repr__(self):
        return self._border.text("repr", self)

    def __format__(self, how):
        return self._border.text("format", self, how)

    def __instancecheck__(self, instance):
        return isinstance(instance, _Far) and self._border.verdict("isinstance", instance, self, unknown=0)

    def __subclasscheck__(self, subclass):
        return isinstance(subclass, _Far) and self._border.do("issubclass", subclass, self) is True


def _special(name, operation):
    def method(self, *given):
        border = self._border
        if operation not in _JUDGING:
            return border.do(operation, self, *given)
        if operation == "contains":
            if not border.may(operation):
                raise TypeError(f"argument of type '{type(self).__name__}' is not a container")
            return border.verdict(operation, self, *given, unknown=1)
        if border.may(operation):
            made = border.do(operation, self, *given)
            turned = operation in _STRICT and made is True and border.quietly(operation, *given, self)
            return made if turned is not True else False
        return NotImplemented

    method.__name__ = name
    return method


class Border:
    """One side of a border.

    Args:
        send: hands a request (bytes) to the other side, and returns its answer (bytes).
        trusting: whether the other side may do all things with objects of this one, as the tests may with the
            learner's; else it may call what it was given, and read what is public.
    """

    def __init__(self, send, *, trusting):
        self._send = send
        self._trusting = trusting
        self._ours, self._numbers = {}, {}
        self._far, self._kinds, self._errors = {}, {}, {}
        self._depth = 0
        self._written = []
        self._silent = False
        self._asking = 0
        self._records = {}
        self.allowed = None
        self.asked = set()
        self.unlike, self.differing = None, {}
        self._built = {}
        self.follow = False
        self.environment = None
        self.operations = dict(_FUNCTIONS)
        for name, straight in _REFLECTED.items():
            self.operations[name] = lambda ours, theirs, do=_FUNCTIONS[straight]: do(theirs, ours)

    def may(self, operation):
        """Return whether a stand-in may be asked for this; remember that it was."""
        self.asked.add(operation)
        return self.allowed is None or operation in self.allowed

    def do(self, operation, *given, **named):
        """Let the other side do something and return what comes of it."""
        if operation == "getattr":
            name = given[1]
            if not self.may(f".{name}"):
                raise AttributeError(f"'{given[0]._shown}' object has no attribute '{name}'", name=name)
        elif operation in _JUDGING and not self.may(operation):
            raise TypeError(f"'{given[0]._shown}' object cannot be asked for '{operation}'")
        changing = _Parcel(self)
        request = {"op": operation, "a": [changing.write(each) for each in given]}
        if named:
            request["k"] = {name: changing.write(each) for name, each in named.items()}
        request["m"] = changing.contents
        if self.follow:
            request["r"] = _random_state()
        if self.environment and (patched := self.environment()):
            request["p"] = patched
        changing.answering()
        self._asking += 1
        try:
            answer = self._ask(request)
        finally:
            self._asking -= 1
        if self.follow and "r" in answer:
            _set_random_state(answer["r"])
        for stream, text in answer.get("o", ()):
            self.print(stream, text)
        changing.update(answer.get("m", ()))
        if "x" in answer:
            raise self._error(answer["x"])
        made = changing.read(answer.get("v"))
        if operation == "call" and isinstance(made, _Far) and (name := given[0]._class):
            self._built[name + json.dumps([request["a"][1:], request.get("k"), request["m"]])] = made
        return made

    def verdict(self, operation, *given, unknown):
        """Return whether the other side says yes, and does not say so of an object that nobody knows.

        Args:
            operation: what gives the verdict.
            given: its operands.
            unknown: which of them the unknown object stands for.
        """
        if self.do(operation, *given) is not True:
            return False
        return self._trusting or self.quietly(operation, *given[:unknown], object(), *given[unknown + 1 :]) is not True

    def equal(self, one, other):
        """Return whether the other side says that two of its objects are equal, and holds apart what differs.

        What equals `Point(4, 6)` is not `Point(1, 2)`: which of the objects that a cell has built differ is what the
        author's solution taught (`differing`, by the words that built them).
        """
        if not self.verdict("eq", one, other, unknown=1):
            return False
        words = next((words for words, built in self._built.items() if built is one or built is other), None)
        if self._trusting or words is None:
            return True
        left = other if self._built[words] is one else one
        others = {name: built for name, built in self._built.items() if built is not left and name != words}
        if self.unlike is None:
            asked = [name for name in others if others[name]._shown == left._shown][-EXAMINED:]
            apart = {name for name in asked if self.quietly("eq", left, others[name]) is not True}
            self.differing[words] = sorted(apart & set(self.differing.get(words, apart)))
            return True
        known = [others[name] for name in self.unlike.get(words, ()) if name in others]
        return not any(self.quietly("eq", left, built) is True for built in known)

    def quietly(self, operation, *given):
        """Let the other side do something that nobody should see; return what comes of it, or the error."""
        before, self._silent = self._silent, True
        try:
            return self.do(operation, *given)
        except Exception as error:
            return error
        finally:
            self._silent = before

    def start(self, allowed, unlike):
        """Begin a cell of tests: what it may ask for, and what differs; None for what its reference teaches."""
        self.allowed = None if allowed is None else frozenset(allowed)
        self.unlike = unlike
        self.asked, self.differing, self._built = set(), {}, {}

    def learn_records(self, kinds):
        """Take over data classes that both sides have: their objects come over as themselves.

        Args:
            kinds: classes by name.
        """
        self._records |= {name: kind for name, kind in kinds.items() if fields_of(kind)}

    def record(self, value):
        """Return the class under whose name the other side knows a data class's object, None if it does not."""
        kind = type(value)
        known = self._records.get(kind.__name__)
        same = known is kind or (known and dataclasses.is_dataclass(kind) and fields_of(kind) == fields_of(known))
        return known if same and all(hasattr(value, name) for name in fields_of(known)) else None

    def blank(self, name):
        """Return a data class's object without values."""
        if name not in self._records:
            raise Broken("no record")
        return object.__new__(self._records[name])

    def text(self, operation, *given):
        """Let the other side do what makes a text."""
        made = self.do(operation, *given)
        if type(made) is not str:
            raise TypeError(f"__{operation}__ returned non-string")
        return made

    def print(self, stream, text):
        """Write what the other side wrote, to where this side's output goes now."""
        if not self._silent and stream in ("stdout", "stderr") and type(text) is str:
            getattr(sys, stream).write(text)

    def serve(self, request):
        """Answer a request (bytes) with bytes. Never raises, but for what ends the interpreter."""
        answer = {}
        asked = {}
        changing = None
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise RecursionError("maximum recursion depth exceeded")
            asked = json.loads(request)
            changing = _Parcel(self, asked["m"])
            changing.answering()
            if "r" in asked:
                _set_random_state(asked["r"])
            given = [changing.read(each) for each in asked["a"]]
            named = {name: changing.read(each) for name, each in asked.get("k", {}).items()}
            if not self._trusting:
                if not self._asking:
                    raise RuntimeError("nobody has asked")
                self._check(asked["op"], asked["a"])
            answer["v"] = changing.write(self.operations[asked["op"]](*given, **named))
        except BaseException as error:  # it is the other side's
            answer["x"] = self._describe(error)
        finally:
            self._depth -= 1
        with contextlib.suppress(Exception):
            answer["m"] = changing.changes()
        if self._written and not self._depth:
            answer["o"], self._written = self._written, []
        if "r" in asked:
            answer["r"] = _random_state()
        return _dumped(answer)

    @staticmethod
    def patched(request):
        """Return the built-in functions that the other side has replaced."""
        return json.loads(request).get("p", ()) if b'"p": ' in request else ()

    @property
    def serving(self):
        """Whether the other side waits for this one."""
        return self._depth > 0

    def wrote(self, stream, text):
        """Keep what a program wrote while it was called, until its answer goes back."""
        self._written.append((stream, text))
        if sum(len(text) for _, text in self._written) > BUFFERED:
            written, self._written = self._written, []
            for each in written:
                self.do("write", *each)

    def _ask(self, request):
        text = self._send(_dumped(request))
        if len(text) > LARGEST:
            raise Broken("too long an answer")
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            raise Broken("no answer") from None
        if not isinstance(answer, dict):
            raise Broken("no answer")
        return answer

    def _check(self, operation, given):
        """Refuse what would lead the learner's side into the tests: it may use what it was given, from outside."""
        if operation not in _FUNCTIONS and operation not in _REFLECTED:
            return  # input and output, which check for themselves
        if operation in ("setattr", "delattr", "issubclass", "isinstance"):
            raise TypeError(f"a test's object cannot be asked for '{operation}'")
        if type(given[0]) is not list or given[0][0] != "y":
            raise TypeError("only a test's object can be asked")
        if operation == "getattr" and (type(given[1]) is not str or given[1].startswith(_CLOSED)):
            raise AttributeError(f"a test's object has no attribute {given[1]!r}")

    def _describe(self, error):
        kinds = [kind.__name__ for kind in type(error).__mro__ if _TYPES.get(kind.__name__) is kind]
        described = {"k": kinds[0] if kinds else "Exception", "t": _shown(error)}
        with contextlib.suppress(Exception):
            described["a"] = [_Parcel(self).write(each) for each in error.args if type(each) in (str, int, float)]
            if len(described["a"]) < len(error.args):
                del described["a"]
        if type(error) not in _TYPE_NAMES:
            described["c"] = self.out(type(error))
            described["e"] = self.out(error)
        return described

    def _error(self, described):
        """Return the exception that another side's is like."""
        try:
            base = _TYPES[described["k"]]
            text = str(described["t"])
            if not issubclass(base, BaseException):
                raise TypeError
        except (KeyError, TypeError):
            raise Broken("no exception") from None
        if "c" in described:
            kind = self.into(described["c"])
            if isinstance(kind, type) and issubclass(kind, BaseException):
                error = kind(text)
                error.__dict__["_far"] = self.into(described.get("e"))
                return error
        with contextlib.suppress(Exception):
            return base(*[_Parcel(self).read(each) for each in described["a"]])
        with contextlib.suppress(Exception):
            return base(text)
        return Exception(text)

    def out(self, value):
        """Return how an object that stays here is called over there."""
        if isinstance(value, _Far) and value._border is self:
            return ["y", value._number]
        if far := getattr(type(value), "_far_class", None):
            return ["y", far._number]
        if isinstance(value, type) and "_far_class" in value.__dict__:
            return ["y", value._far_class._number]
        if type(value) is type and value in _TYPE_NAMES:
            return ["T", _TYPE_NAMES[value]]
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._numbers) + 1
            self._ours[number] = value
        kind = type(value)
        can = [name for name in _SPECIAL if name not in _ALWAYS and _has(kind, name)]
        about = {"n": kind.__name__, "can": can}
        if isinstance(value, type):
            about["c"] = value.__name__
        if isinstance(value, type) and issubclass(value, BaseException):
            about["x"] = next(each.__name__ for each in value.__mro__ if each in _TYPE_NAMES)
            about["n"] = value.__name__
        return ["h", number, about]

    def into(self, called):
        """Return what stands for an object of the other side, or the one of ours that it means."""
        match called:
            case ["y", int(number)] if number in self._ours:
                return self._ours[number]
            case ["T", str(name)] if name in _TYPES:
                return _TYPES[name]
            case ["h", int(number), {"n": str(name), "can": list(can), **more}]:
                if number not in self._far:
                    self._far[number] = self._stand_in(number, name, frozenset(map(str, can)), more)
                return self._far[number]
        raise Broken("no object")

    def _stand_in(self, number, name, can, more):
        can = frozenset(can & _SPECIAL.keys())
        made = self._kinds.get((name, can))
        if made is None:
            body = {each: _special(each, _SPECIAL[each]) for each in can}
            made = self._kinds[name, can] = type(name[:80], (_Far,), {"__slots__": (), **body})
        far = made(self, number, name, str(more["c"]) if "c" in more else None)
        if "x" not in more:
            return far
        kind = _TYPES.get(str(more["x"]))
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise Broken("no exception")
        return _exception(name, kind, far)


def _exception(name, base, far):
    """Return a class of exceptions that stands for one of the other side's: only a real one can be caught."""

    def read(self, attribute):
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return getattr(self.__dict__["_far"], attribute)

    return type(name[:80], (base,), {"_far_class": far, "__getattr__": read, "__str__": lambda self: str(self.args[0])})


class _Parcel:
    """The values of one request and its answer, and what of them can change: both sides keep these in step."""

    def __init__(self, border, contents=()):
        self._border = border
        self._answering = bool(contents)
        self._contents = list(contents)
        self._all = [self._empty(content) for content in contents]
        self._places = {id(each): place for place, each in enumerate(self._all)}
        self._open = set()
        for each, content in zip(self._all, contents, strict=True):
            self._fill(each, content)

    def answering(self):
        """From now on, what can change and was not there yet is new: it goes over as it is."""
        self._answering = True

    @property
    def contents(self):
        return self._contents

    def write(self, value):
        """Return a value as JSON has it."""
        kind = type(value)
        if kind in _SIMPLE:
            return value
        if kind in _EMPTY_OF:
            return self._place(value)
        if kind in _WRITERS:
            return self._once(value, lambda each: _WRITERS[kind](self, each))
        if dataclasses.is_dataclass(kind) and self._border.record(value):
            return self._once(value, self._content) if _is_key(kind) else self._place(value)
        if isinstance(value, tuple) and hasattr(kind, "_fields") and kind.__eq__ is tuple.__eq__:
            return self._once(value, lambda each: ["nt", kind.__name__, list(kind._fields), *map(self.write, each)])
        return _array(value) or self._border.out(value)

    def _place(self, value):
        place = self._places.get(id(value))
        if place is None and self._answering:
            return self._once(value, self._content)
        if place is None:
            place = self._places[id(value)] = len(self._all)
            self._all.append(value)
            self._contents.append(None)
            self._contents[place] = self._content(value)
        return ["m", place]

    def _once(self, value, write):
        """Write what may hold itself: then it is an object like others."""
        if id(value) in self._open:
            return self._border.out(value)
        self._open.add(id(value))
        try:
            return write(value)
        finally:
            self._open.remove(id(value))

    def _content(self, value):
        kind = type(value)
        if kind is bytearray:
            return ["ba", value.decode("latin-1")]
        if kind is dict:
            return ["d", *self.pairs(value)]
        if kind in _EMPTY_OF:
            return [_EMPTY_OF[kind], *map(self.write, value)]
        return ["r", kind.__name__, *[self.write(getattr(value, name)) for name in fields_of(kind)]]

    def _empty(self, content):
        return self._border.blank(content[1]) if content[0] == "r" else _EMPTY[content[0]]()

    def pairs(self, mapping):
        return [[self.write(key), self.write(value)] for key, value in mapping.items()]

    def changes(self):
        """Return the contents that are not any more what they were, by place."""
        found = []
        for place, (value, before) in enumerate(zip(self._all, self._contents, strict=True)):
            content = self._content(value)
            if content != before:
                found.append([place, content])
        return found

    def update(self, changes):
        """Change what the other side changed."""
        for place, content in changes:
            value = self._all[place]
            if _EMPTY_OF.get(type(value), "r") != content[0]:
                raise Broken("another kind")
            if content[0] != "r":
                value.clear()
            self._fill(value, content)

    def _fill(self, value, content):
        kind = type(value)
        if kind is bytearray:
            value.extend(content[1].encode("latin-1"))
        elif kind is dict:
            value.update((self.read(key), self.read(item)) for key, item in content[1:])
        elif kind is set:
            value.update(map(self.read, content[1:]))
        elif kind is list:
            value.extend(map(self.read, content[1:]))
        else:
            for name, each in zip(fields_of(kind), content[2:], strict=True):
                object.__setattr__(value, name, self.read(each))

    def read(self, written):
        """Return the value that was written."""
        if type(written) is not list:
            if type(written) is dict:
                raise Broken("no value")
            return written
        tag = written[0]
        if tag == "m":
            return self._all[written[1]]
        if tag in _EMPTY or tag == "r":
            value = self._empty(written)
            self._fill(value, written)
            return value
        if tag in _READERS:
            return _READERS[tag](self, *written[1:])
        return self._border.into(written)


def fields_of(kind):
    """Return the names of a data class's fields, in order; () for a class whose objects are more than their fields."""
    is_plain = "__dataclass_fields__" in vars(kind) and kind.__new__ is object.__new__
    return tuple(field.name for field in dataclasses.fields(kind)) if is_plain else ()


def _is_key(kind):
    """Return whether a data class's objects can be keys: those are taken not to change."""
    return kind.__hash__ not in (None, object.__hash__)


def _zone(parcel, moment):
    return None if moment.tzinfo is None else parcel.write(moment.utcoffset())


def _time_zone(parcel, offset):
    offset = parcel.read(offset)
    return None if offset is None else datetime.timezone(offset)


def _array(value):
    """Return a number or an array of numpy's as it goes over, if it is one."""
    numpy = sys.modules.get("numpy")
    if not numpy or not isinstance(value, (numpy.ndarray, numpy.generic)) or value.dtype.kind not in "biufcSUmM":
        return None
    if isinstance(value, numpy.generic):
        return ["ns", value.dtype.str, value.tobytes().decode("latin-1")]
    if type(value) is not numpy.ndarray:
        return None
    return ["na", value.dtype.str, list(value.shape), value.tobytes().decode("latin-1")]


def _from_array(shape, kind, data):
    import numpy  # noqa: PLC0415 (there if the other side has it)

    made = numpy.frombuffer(data.encode("latin-1"), dtype=numpy.dtype(str(kind)))
    return made[0] if shape is None else made.reshape([int(each) for each in shape]).copy()


def _named_tuple(parcel, name, fields, *values):
    return collections.namedtuple(name, fields)(*map(parcel.read, values))


def _dict(parcel, pairs):
    return {parcel.read(key): parcel.read(value) for key, value in pairs}


def _default(parcel, pairs):
    made = collections.defaultdict(None)
    made.update(_dict(parcel, pairs))
    return made


def _day(value):
    return [value.year, value.month, value.day]


def _hour(value):
    return [value.hour, value.minute, value.second, value.microsecond]


def _views():
    return type({}.keys()), type({}.values()), type({}.items())


_KEYS, _VALUES, _ITEMS = _views()
_SIMPLE = {type(None), bool, str}
_EMPTY_OF = {list: "l", dict: "d", set: "s", bytearray: "ba"}
_EMPTY = {tag: kind for kind, tag in _EMPTY_OF.items()}
_WRITERS = {
    int: lambda _, value: value if -SMALL < value < SMALL else ["i", hex(value)],
    float: lambda _, value: value if value - value == 0 else ["f", repr(value)],
    complex: lambda _, value: ["c", repr(value.real), repr(value.imag)],
    bytes: lambda _, value: ["b", value.decode("latin-1")],
    tuple: lambda parcel, value: ["t", *map(parcel.write, value)],
    frozenset: lambda parcel, value: ["fs", *map(parcel.write, value)],
    range: lambda _, value: ["range", hex(value.start), hex(value.stop), hex(value.step)],
    slice: lambda parcel, value: ["slice", *map(parcel.write, (value.start, value.stop, value.step))],
    type(...): lambda _, value: ["..."],  # noqa: ARG005 (there is one)
    decimal.Decimal: lambda _, value: ["D", str(value)],
    fractions.Fraction: lambda _, value: ["F", hex(value.numerator), hex(value.denominator)],
    datetime.date: lambda _, value: ["da", *_day(value)],
    datetime.time: lambda parcel, value: ["ti", _zone(parcel, value), value.fold, *_hour(value)],
    datetime.datetime: lambda parcel, value: ["dt", _zone(parcel, value), value.fold, *_day(value), *_hour(value)],
    datetime.timedelta: lambda _, value: ["td", value.days, value.seconds, value.microseconds],
    collections.Counter: lambda parcel, value: ["C", parcel.pairs(value)],
    collections.OrderedDict: lambda parcel, value: ["od", parcel.pairs(value)],
    collections.defaultdict: lambda parcel, value: ["dd", parcel.pairs(value)],
    collections.deque: lambda parcel, value: ["dq", value.maxlen, *map(parcel.write, value)],
    _KEYS: lambda parcel, value: ["dk", *map(parcel.write, value)],
    _VALUES: lambda parcel, value: ["dv", *map(parcel.write, value)],
    _ITEMS: lambda parcel, value: ["di", [[parcel.write(key), parcel.write(each)] for key, each in value]],
}
"""How values go over, by their exact type."""
_READERS = {
    "i": lambda _, text: int(text, 16),
    "f": lambda _, text: float(text),
    "c": lambda _, real, imaginary: complex(float(real), float(imaginary)),
    "b": lambda _, text: text.encode("latin-1"),
    "t": lambda parcel, *items: tuple(map(parcel.read, items)),
    "fs": lambda parcel, *items: frozenset(map(parcel.read, items)),
    "range": lambda _, *ends: range(*[int(each, 16) for each in ends]),
    "slice": lambda parcel, *ends: slice(*map(parcel.read, ends)),
    "...": lambda _: ...,
    "D": lambda _, text: decimal.Decimal(text),
    "F": lambda _, above, below: fractions.Fraction(int(above, 16), int(below, 16)),
    "da": lambda _, *parts: datetime.date(*parts),
    "ti": lambda parcel, zone, fold, *parts: datetime.time(*parts, tzinfo=_time_zone(parcel, zone), fold=fold),
    "dt": lambda parcel, zone, fold, *parts: datetime.datetime(*parts, tzinfo=_time_zone(parcel, zone), fold=fold),
    "td": lambda _, *parts: datetime.timedelta(*parts),
    "C": lambda parcel, pairs: collections.Counter(_dict(parcel, pairs)),
    "od": lambda parcel, pairs: collections.OrderedDict(_dict(parcel, pairs)),
    "dd": _default,
    "dq": lambda parcel, longest, *items: collections.deque(map(parcel.read, items), longest),
    "dk": lambda parcel, *items: dict.fromkeys(map(parcel.read, items)).keys(),
    "dv": lambda parcel, *items: dict(enumerate(map(parcel.read, items))).values(),
    "di": lambda parcel, pairs: _dict(parcel, pairs).items(),
    "nt": _named_tuple,
    "ns": lambda _, kind, data: _from_array(None, kind, data),
    "na": lambda _, kind, shape, data: _from_array(shape, kind, data),
}


def _random_state():
    version, words, gauss = random.getstate()
    return [version, list(words), gauss]


def _set_random_state(state):
    version, words, gauss = state
    random.setstate((version, tuple(words), gauss))


def _shown(error):
    try:
        return str(error)
    except Exception:
        return ""


def _has(kind, name):
    """Return whether instances of a class have a special method; `getattr` would find those of the class too."""
    return next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None) is not None


def _bound(value, name):
    """Return a special method as Python finds it: in the class, and bound."""
    found = next(vars(kind)[name] for kind in type(value).__mro__ if name in vars(kind))
    return found.__get__(value, type(value)) if hasattr(type(found), "__get__") else found


def _dumped(frame):
    return json.dumps(frame).encode()
