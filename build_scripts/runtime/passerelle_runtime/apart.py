"""Tests apart from the program that they test: each side's names, streams and rules, on top of `border`."""

import ast
import builtins
import contextlib
import importlib
import inspect
import io
import sys

from .border import Border, fields_of

_ORIGINAL = {name: getattr(builtins, name) for name in ("print", "open")}
_BUILTINS = frozenset(vars(builtins))
_BINDING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_HOMES = ("/home/", "/tmp/")  # noqa: S108 (where learners' modules are)


class _Paper(io.TextIOBase):
    """A stream whose text goes to the tests' one, with the answer."""

    def __init__(self, border, name):
        self._border, self.name = border, name

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._border.wrote(self.name, text)
        return len(text)


class Learner:
    """The learner's side: what tests may ask of its names.

    Args:
        send: see `Border`.
        names: the variables of the notebook.
    """

    def __init__(self, send, names):
        self.border = Border(send, trusting=True)
        self.border.operations |= {
            "name": names.__getitem__,
            "names": self._describe,
            "records": self._learn_records,
            "bind": self._bind,
            "unbind": self._unbind,
        }
        self._names = names
        self._given, self._taken = frozenset(names), set()
        self._streams = _Paper(self.border, "stdout"), _Paper(self.border, "stderr")

    def serve(self, request):
        """Answer a request (bytes), with input and output where the tests have theirs."""
        if self.border.serving:
            return self.border.serve(request)
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self._streams
        forwarded = {name: self._forward(name) for name in self.border.patched(request)} | {"input": self._input}
        before = []  # IPython has an `open` of its own among the notebook's names
        for space in (vars(builtins), self._names):
            before += [(space, name, space[name]) for name in forwarded if name in space and name in self._own(space)]
        for space, name, _ in before:
            space[name] = forwarded[name]
        try:
            return self.border.serve(request)
        finally:
            sys.stdout, sys.stderr = streams
            for space, name, value in before:
                if space.get(name) is forwarded[name]:
                    space[name] = value

    def _own(self, space):
        """Return the names of a space that are Python's or IPython's, and nobody's else."""
        return self._given if space is self._names else _BUILTINS

    def _input(self, prompt=""):
        return self.border.do("input", str(prompt))

    def _forward(self, name):
        return lambda *given, **named: self.border.do(name, *given, **named)

    def _bind(self, name, value):
        """Let the program have what a test puts in the place of one of its names."""
        if (name in self._names or name in self._taken) and name not in self._given:
            self._names[name] = value

    def _unbind(self, name):
        del self._names[name]
        self._taken.add(name)

    def _learn_records(self, fields):
        """Take over data classes that the author has defined, if the notebook has them; return which."""
        found = {name: self._names.get(name) for name in fields}
        found = {
            name: kind for name, kind in found.items() if isinstance(kind, type) and fields_of(kind) == fields[name]
        }
        self.border.learn_records(found)
        return list(found)

    def _describe(self):
        """Return the notebook's names; for what was imported, from where."""
        return {
            name: _origin(value)
            for name, value in list(self._names.items())
            if name not in self._given and not name.startswith("_")
        }


def _origin(value):
    """Return module and name of something that any Python with the same packages can import, else None."""
    if inspect.ismodule(value):
        return (value.__name__, "") if _is_common(value) else None
    module = sys.modules.get(str(getattr(value, "__module__", "")))
    name = getattr(value, "__name__", "")
    common = module and isinstance(name, str) and getattr(module, name, None) is value and _is_common(module)
    return (module.__name__, name) if common else None


def _is_common(module):
    return module.__name__ != "__main__" and not str(getattr(module, "__file__", None) or "").startswith(_HOMES)


class Names(dict):
    """The names of test cells: their own, then those that they take from the notebook, then Python's.

    What a test binds or deletes is so in the notebook too, if it has that name: programs may read it.
    """

    def __init__(self, own, border):
        super().__init__(own)
        self._border = border
        self.known = None
        self.running = False

    def __missing__(self, name):
        if not self._takes(name):
            raise KeyError(name)
        try:
            value = self._border.do("name", name)
        except KeyError:
            raise KeyError(name) from None
        origin = (self.known or {}).get(name)
        return _imported(*origin) if origin else value

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        if self._takes(name) and not _origin(value):
            self._border.do("bind", name, value)

    def __delitem__(self, name):
        own = super().__contains__(name)
        if own:
            super().__delitem__(name)
        if self._takes(name):
            try:
                self._border.do("unbind", name)
            except KeyError:
                if not own:
                    raise KeyError(name) from None
        elif not own:
            raise KeyError(name)

    def __contains__(self, name):
        if super().__contains__(name):
            return True
        with contextlib.suppress(KeyError):
            self[name]
            return True
        return False

    def _takes(self, name):
        if not self.running or not isinstance(name, str) or name.startswith("_"):
            return False
        return name not in _BUILTINS if self.known is None else name in self.known


def _imported(module, name):
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


class Tests:
    """The tests' side.

    Args:
        send: see `Border`.
        shell: what runs the test cells.
    """

    def __init__(self, send, shell):
        self.border = Border(send, trusting=False)
        self.border.operations |= {
            "write": self.border.print,
            "input": _late("input"),
            **{name: self._patched(name) for name in _ORIGINAL},
        }
        self.border.environment = self._environment
        self.names = shell.share(Names, self.border)
        self._defined = {}
        self.serve = self.border.serve

    def bind(self, code):
        """Take over what the author's cell imports and defines; what it does, it does in the notebook."""
        with contextlib.suppress(Exception):
            tree = ast.parse(code)
            tree.body = [each for each in tree.body if isinstance(each, _BINDING)]
            self.names.running = True
            exec(compile(tree, "<author>", "exec"), self.names)  # noqa: S102 (the author's)
            classes = {each.name for each in tree.body if isinstance(each, ast.ClassDef)}
            self._defined |= {name: self.names[name] for name in classes if isinstance(self.names[name], type)}
        self.names.running = False

    @contextlib.contextmanager
    def cell(self, code, known=None, allowed=None, unlike=None):
        """Let a test cell take names while the block lasts; yields what to say of it if it is the reference's.

        Args:
            code: the cell's text.
            known: names that the reference had at this place, and where imported ones come from; None for any.
            allowed: operations that the reference was asked for; None for any.
            unlike: which of the objects that the cell builds the reference holds apart; see `Border.equal`.
        """
        self.names.known = known and {name: origin and tuple(origin) for name, origin in known.items()}
        self.border.start(allowed, None if known is None else unlike or {})
        self._share_records()
        self.border.follow = "random" in code or "seed" in code
        self.names.running = True
        names = self.border.do("names") if known is None else {}
        try:
            yield lambda: {
                "known": names,
                "allowed": sorted(self.border.asked),
                "unlike": {words: others for words, others in self.border.differing.items() if others},
            }
        finally:
            self.names.running = False

    def _share_records(self):
        fields = {name: fields_of(kind) for name, kind in self._defined.items()}
        if any(fields.values()):
            shared = self.border.do("records", {name: each for name, each in fields.items() if each})
            self.border.learn_records({name: self._defined[name] for name in shared if name in self._defined})

    def _environment(self):
        return [name for name, original in _ORIGINAL.items() if getattr(builtins, name) is not original]

    def _patched(self, name):
        call = _late(name)

        def checked(*given, **named):
            if name not in self._environment():
                raise PermissionError(f"{name}() is not for sharing")
            return call(*given, **named)

        return checked


def _late(name):
    """Return a function that calls a built-in one as it is then: a test may have put another in its place."""

    def call(*given, **named):
        return getattr(builtins, name)(*given, **named)

    return call
