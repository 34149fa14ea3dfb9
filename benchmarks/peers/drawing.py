"""The figures as one drawing: how many times what ours took each peer took, on a scale that doubles."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from o7_warehouse.report.charts import ACCENT, BAR, FAULT, FONT, INK, LINE, MUTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.peers.side import Told

WIDTH: Final = 960
LEFT, RIGHT, HEIGHT = 400.0, 900.0, 20.0
LEAST, MOST = 0.25, 128.0
TICKS: Final = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


def draw(rows: Sequence[Told]) -> str:
    """An SVG: a panel for each family, at the largest size it was measured at."""
    parts: list[Markup] = []
    top = 8.0
    for family in dict.fromkeys(row.family for row in rows):
        pupils = max(row.pupils for row in rows if row.family == family)
        chosen = [row for row in rows if (row.family, row.pupils) == (family, pupils) and not row.is_ours]
        top = _panel(parts, f"{family}, {pupils:,} pupils", _sorted(chosen), top)
    title = "Processor time of peers, as a multiple of ours"
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {:.0f}" role="img" aria-label="{}"'
            ' font-family="{}"><title>{}</title><rect width="100%" height="100%" fill="#ffffff"/>{}</svg>\n'
        ).format(WIDTH, top, title, FONT, title, Markup("\n").join(parts))
    )


def _sorted(rows: Iterable[Told]) -> list[Told]:
    return sorted(rows, key=lambda row: statistics.median(row.ratios) if row.client else math.inf)


def _panel(parts: list[Markup], title: str, rows: Sequence[Told], top: float) -> float:
    parts.append(_text(0, top + 14, title, weight="bold", size=13))
    top += 24
    bottom = top + HEIGHT * len(rows)
    for tick in TICKS:
        parts.append(_line(_place(tick), top, bottom, LINE if tick != 1 else ACCENT))
        parts.append(_text(_place(tick), bottom + 12, f"{tick:g}", fill=MUTED, anchor="middle", size=9.5))
    parts.append(_text(RIGHT + 18, bottom + 12, "× ours", fill=MUTED, size=9.5))
    for place, row in enumerate(rows):
        parts += _bar(row, top + HEIGHT * place)
    return bottom + 30


def _bar(row: Told, top: float) -> list[Markup]:
    label = _text(LEFT - 8, top + 14, row.name, anchor="end")
    if not row.client:
        return [label, _text(_place(1) + 6, top + 14, "not run", fill=MUTED)]
    ratio = statistics.median(row.ratios)
    start, end = sorted((_place(1), _place(ratio)))
    bar = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="12" fill="{}"/>').format(
        start, top + 4, max(end - start, 1.0), BAR if ratio >= 1 else FAULT
    )
    return [label, bar, _text(end + 5, top + 14, f"{ratio:.1f}", weight="bold")]


def _place(ratio: float) -> float:
    part = math.log2(min(max(ratio, LEAST), MOST) / LEAST) / math.log2(MOST / LEAST)
    return LEFT + part * (RIGHT - LEFT)


def _line(x: float, top: float, bottom: float, stroke: str) -> Markup:
    return Markup('<line x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}" stroke="{3}"/>').format(
        x, top, bottom, stroke
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 11,
    fill: str = INK,
    weight: str = "normal",
    anchor: str = "start",
) -> Markup:
    return Markup(
        '<text x="{:.1f}" y="{:.1f}" font-size="{}" fill="{}" font-weight="{}" text-anchor="{}">{}</text>'
    ).format(x, y, size, fill, weight, anchor, escape(text))
