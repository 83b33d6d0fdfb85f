"""Guards the tests that run inside a learner's program: what all Python shares is put back before each of them.

It keeps nobody out who means to get in: only tests that run apart do that. It undoes what is cheap to do and hard to
see, such as a `sorted` or a `random.random` of one's own, and tells which names that were.
"""

import sys

SHARED = (
    "builtins", "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq", "inspect",
    "io", "itertools", "json", "math", "numbers", "operator", "os", "os.path", "random", "re", "statistics", "string",
    "time", "traceback", "types", "typing", "unittest", "unittest.case", "unittest.mock", "warnings",
)  # fmt: skip
"""Modules that tests rely on."""
CALLBACKS = ("pre_execute", "post_execute", "pre_run_cell", "post_run_cell")
SHELL_LISTS = ("ast_transformers", "input_transformers_post")
_MISSING = object()
_UNTOLD = frozenset(("_", "__builtins__", "__warningregistry__"))
"""Names that IPython and Python write themselves."""


class Guard:
    """Remembers what nobody but the author changes.

    Args:
        shell: IPython's.
    """

    def __init__(self, shell):
        self.shell = shell
        self.remember()

    def remember(self):
        """Take what is there now for right: it is the beginning, or a cell of the author's has run."""
        self._modules = {name: (module, dict(vars(module))) for name in SHARED if (module := sys.modules.get(name))}
        self._own = dict(vars(self.shell))
        self._events = {name: list(self.shell.events.callbacks.get(name, ())) for name in CALLBACKS}
        self._lists = {name: list(getattr(self.shell, name)) for name in SHELL_LISTS}

    def put_back(self):
        """Put everything back and return the names of what was changed, sorted."""
        sys.settrace(None)
        sys.setprofile(None)
        found = set()
        for name, (module, before) in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                found.add(name)
            found |= {f"{name}.{each}" for each in _restored(vars(module), before)}
        for name in set(vars(self.shell)) - set(self._own):
            if callable(vars(self.shell)[name]):  # a method of one's own, in place of the class's
                del vars(self.shell)[name]
                found.add(f"get_ipython().{name}")
        for name, before in self._events.items():
            if self.shell.events.callbacks.get(name) != before:
                self.shell.events.callbacks[name] = list(before)
                found.add(f"get_ipython().events.{name}")
        for name, before in self._lists.items():
            if getattr(self.shell, name) != before:
                setattr(self.shell, name, list(before))
                found.add(f"get_ipython().{name}")
        return sorted(found)


def _restored(names, before):
    """Put the names of a module back; yield those that were others. New ones stay: importing makes some."""
    for name, value in before.items():
        if names.get(name, _MISSING) is not value:
            names[name] = value
            if name not in _UNTOLD:
                yield name
