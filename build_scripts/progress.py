"""What the build tells while it runs: one line a step, and a moving bar where a person watches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import ProgressColumn


class Progress:
    """Reports steps to a console; a console that is no terminal gets one plain line a step.

    Args:
        console: where to write; standard error when not given, so that tables on standard output stay clean.
        quiet: say nothing at all.
    """

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.quiet = quiet

    def line(self, text: str) -> None:
        """Write one line about a step that is done or needs no waiting."""
        if not self.quiet:
            self.console.print(f"  {text}", markup=False, soft_wrap=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that a step of unknown length is running; leave one line when it is done."""
        with self._bars(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as bars:
            bars.add_task(text, total=None)
            yield
        self.line(text)

    @contextmanager
    def count(self, text: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a bar over `total` things; the function handed out advances it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with self._bars(*columns) as bars:
            task = bars.add_task(text, total=total)
            yield lambda number: bars.advance(task, number)
        self.line(text)

    @contextmanager
    def download(self, text: str, size_bytes: int | None) -> Iterator[Callable[[int], None]]:
        """Show a bar over bytes; `size_bytes` is None when the server does not tell."""
        with self._bars(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn()) as bars:
            task = bars.add_task(text, total=size_bytes)
            yield lambda number: bars.advance(task, number)
        self.line(text)

    def _bars(self, *columns: ProgressColumn) -> Bars:
        hidden = self.quiet or not self.console.is_terminal
        return Bars(*columns, console=self.console, transient=True, disable=hidden)
