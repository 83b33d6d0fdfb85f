"""The results for people: two tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.results import Goal, Results, Series

UNKNOWN = "not measured"
COLUMNS = {
    "output_s": ("first output", "s"),
    "wire": ("over the wire", "bytes"),
    "later": ("later", "bytes"),
    "raw": ("decoded", "bytes"),
    "requests": ("requests", ""),
    "memory": ("peak memory", "bytes"),
}
"""Quantity → its heading and unit."""


def told(value: float | None, unit: str) -> str:
    """Return a number with its unit.

    >>> told(0.1251, "ratio"), told(7_900_000, "bytes"), told(1.5, "s"), told(4_462, "bytes"), told(None, "s")
    ('0.125', '7.90 MB', '1.50 s', '4.5 kB', 'not measured')
    """
    if value is None:
        return UNKNOWN
    if unit == "bytes":
        return f"{value / 1e6:.2f} MB" if value >= 1e5 else f"{value / 1e3:.1f} kB"
    return {"ratio": f"{value:.3f}", "s": f"{value:.2f} s", "ms": f"{value:.1f} ms"}.get(unit, f"{value:.0f}")


def contenders(results: Results, kind: str, titles: dict[str, str]) -> Table:
    """Return medians of one kind of visit, with lowest and highest value, and the ratio to stock JupyterLite."""
    table = Table(title=f"{kind.capitalize()}: medians (lowest to highest), × what stock JupyterLite takes")
    table.add_column("")
    for heading, _ in COLUMNS.values():
        table.add_column(heading, justify="right")
    for name, title in titles.items():
        cells = []
        for quantity, (_, unit) in COLUMNS.items():
            stock = results.get("stock", kind, "" if quantity == "later" else quantity)
            cells.append(_cell(results.get(name, kind, quantity), stock, unit))
        table.add_row(title, *cells, end_section=True)
    return table


def _cell(series: Series, stock: Series, unit: str) -> str:
    if series.median is None:
        return UNKNOWN
    lowest, highest = told(min(series.values), unit), told(max(series.values), unit)
    spread = f"\n({lowest} to {highest})" if lowest != highest else ""
    share = series.over(stock)
    ratio = "" if series is stock or share is None else f"\n× {share:.3f}"
    return f"{told(series.median, unit)}{spread}{ratio}"


def moments(results: Results, name: str, titles: dict[str, str]) -> Table:
    """Return when a page came to each moment, in seconds from the start of the navigation, by medians."""
    table = Table(title="The way to the first output of a lesson page, in seconds")
    table.add_column("")
    for kind in ("cold", "warm"):
        table.add_column(kind, justify="right")
    for moment, title in titles.items():
        table.add_row(title, *(told(results.get(name, kind, moment).median, "s") for kind in ("cold", "warm")))
    return table


def goals(results: Results) -> Table:
    """Return what had to be reached, and whether it is."""
    table = Table(title="What must be reached")
    for title in ("", "measured", "at most", ""):
        table.add_column(title, justify="left" if not title else "right")
    for row in _goals(results.goals):
        table.add_row(*row)
    return table


def _goals(found: list[Goal]) -> Iterator[tuple[str, str, str, str]]:
    signs = {True: "[green]✓[/]", False: "[red]✗[/]", None: "?"}
    for goal in found:
        yield goal.what, told(goal.value, goal.unit), told(goal.limit, goal.unit), signs[goal.met]
