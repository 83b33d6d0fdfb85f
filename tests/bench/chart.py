"""The results as a picture: one bar for each contender, cold and warm."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.results import Results, Series

WIDTH, LABEL, BAR, GAP, TOP = 760, 220, 22, 8, 64
COLOURS = {"cold": "#1a5fb4", "warm": "#c64600"}


def svg(results: Results, titles: dict[str, str], subtitle: str) -> str:
    """Return a bar chart of the times to first output; a thin line spans lowest to highest value.

    Args:
        results: with the series `output_s`.
        titles: contenders by name, from top to bottom.
        subtitle: one line about machine and rounds.
    """
    found = {(name, kind): results.get(name, kind, "output_s") for name in titles for kind in COLOURS}
    most = max((value for series in found.values() for value in series.values), default=1.0)
    scale = (WIDTH - LABEL - 110) / most
    parts, y = [], TOP
    for name, title in titles.items():
        parts.append(f'<text x="{LABEL - 12}" y="{y + BAR}" text-anchor="end">{escape(title)}</text>')
        for kind in COLOURS:
            parts += _bar(found[name, kind], y, scale, kind)
            y += BAR
        y += GAP * 2
    head = "Seconds from navigation to first output"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" aria-labelledby="t d"'
            ' font-family="system-ui, sans-serif" font-size="14">',
            f'<title id="t">{head}</title><desc id="d">{escape(subtitle)}</desc>',
            f'<rect width="{WIDTH}" height="{y}" fill="#fff"/>',
            f'<text x="16" y="26" font-size="18" font-weight="600">{head}</text>',
            f'<text x="16" y="46" fill="#444">{escape(subtitle)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _bar(series: Series, y: int, scale: float, kind: str) -> list[str]:
    values, median = series.values, series.median
    if median is None:
        return [f'<text x="{LABEL}" y="{y + 16}" fill="#444">{kind}: not measured</text>']
    end, middle = LABEL + median * scale, y + BAR / 2
    low, high = (LABEL + limit * scale for limit in (min(values), max(values)))
    return [
        f'<rect x="{LABEL}" y="{y + 2}" width="{median * scale:.1f}" height="{BAR - 4}" fill="{COLOURS[kind]}"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#000"/>',
        f'<text x="{max(end, high) + 6:.1f}" y="{y + 16}">{median:.2f} {kind}</text>',
    ]
