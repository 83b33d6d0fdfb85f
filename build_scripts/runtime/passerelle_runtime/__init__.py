"""Runs notebook cells in a lesson page and in the grader's sandbox as JupyterLite's kernel does.

    shell = Shell(publish)
    answer = await shell.run("1 + 1")

`publish` gets one JSON text for each output, as it happens; `answer` is a JSON text too.
"""

from .packages import install
from .shell import InputNotAvailable, Shell

__all__ = ["InputNotAvailable", "Shell", "install"]
__version__ = "0.1.0"
