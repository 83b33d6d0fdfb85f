"""What can go wrong while building, told to people: one sentence, and one thing to do.

Fault
├── BadWheel        a wheel does not fit this Pyodide
├── BadDistribution a Pyodide distribution is damaged, incomplete or of another version
├── NoDistribution  what was given as a distribution is none (a wrong call)
├── NoDownload      something that has to be fetched once could not be had
└── BrokenTool      a program we run stopped with an error
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


class BadWheel(Fault):
    """A wheel's name, tags or compiled modules do not fit the Pyodide it would be loaded into."""


class BadDistribution(Fault):
    """A Pyodide distribution is damaged, incomplete or of another version than the notebooks' kernel needs."""


class NoDistribution(Fault):
    """What was given as a Pyodide distribution is neither a folder, nor a tarball, nor a URL that we fetch from."""

    status = 2


class NoDownload(Fault):
    """Something that has to be fetched once could not be had."""


class BrokenTool(Fault):
    """A program that the build runs stopped with an error; `what` ends with what it said."""
