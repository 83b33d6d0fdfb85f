"""What can go wrong with a course, told to people: one sentence, and one thing to do.

Fault
├── WrongCall          asked for something that cannot be done so
│   ├── InsideGit      the course folder lies in a Git work tree
│   └── NotACourse     the folder is no course
├── BadSource          an assignment's source has something to mend
│   └── UnclosedRegion a solution, hidden test or mark scheme region has no end
├── Refused            a hand-in cannot be taken in
└── SandboxUnavailable learners' code cannot be run safely here: no engine, no Deno
"""

from __future__ import annotations


class Fault(Exception):
    """A known fault. The command line prints `what` after a red ERROR and `fix` after a TIP, without a traceback.

    Attributes:
        what: one or more sentences: where, what, found beside expected.
        fix: one thing to do, ready to copy; empty when there is nothing sensible to say.
        status: exit status; 1 something to mend was found, 2 wrong call.
    """

    status = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class WrongCall(Fault):
    """Something was asked for that cannot be done so."""

    status = 2


class InsideGit(WrongCall):
    """A course folder lies in a Git work tree, where personal data could be published by mistake."""


class NotACourse(WrongCall):
    """A folder is no course that `grading init` has made or taken over."""


class BadSource(Fault):
    """An assignment's source has something to mend; `what` has one line a fault."""


class UnclosedRegion(BadSource):
    """A solution, hidden test or mark scheme region begins and does not end in its cell."""


class Refused(Fault):
    """A hand-in cannot be taken in; `what` is the reason, a sentence for the trainer."""


class SandboxUnavailable(Fault):
    """Learners' code cannot be run safely here: the engine is not built, or Deno is missing or does not start."""
