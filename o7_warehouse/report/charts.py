"""Charts as hand-made SVG: one drawing for HTML and PDF, which shows only printed figures.

Units are pixels of a drawing 640 wide. Colours keep their order in a black-and-white print.
"""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno
from markupsafe import Markup, escape

from o7_warehouse.report import formats
from o7_warehouse.report.formats import Absent
from o7_warehouse.report.row_sets import leaf_rows, target_of, unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from o7_warehouse.report.figures import Indicator, Published
    from o7_warehouse.report.formats import Share
    from o7_warehouse.report.registry import Report

WIDTH = 640
INK, MUTED, TRACK, LINE = "#1b2733", "#5c6b7a", "#e4e9ef", "#c3ccd6"
BAR, ACCENT, FAULT = "#23507f", "#b3261e", "#c98a1b"
FONT = "PT Sans, Segoe UI, Roboto, Noto Sans, Arial, sans-serif"
WORST_LEAVES = 12
# Signs of figures that are known and not told.
NOT_TOLD = (Absent.SUPPRESSED, Absent.HIDDEN)
QR_SCALE = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing `height` pixels high, and the sentence that stands for it where it cannot be seen."""

    name: str
    title: str
    height: float
    svg: Markup


def build_charts(report: Report, published: Published) -> dict[str, Chart]:
    """Every chart of the statement by name: `targets`, `units_<place>` per indicator, `leaves`."""
    charts = [_targets(report, published), _leaves(report, published)]
    charts += [
        _units(report, published, indicator, f"units_{place}")
        for place, indicator in enumerate(published.indicators, start=1)
    ]
    return {chart.name: chart for chart in charts}


@dataclass(frozen=True, slots=True)
class QrCode:
    """One code as a drawing without a size of its own, and as a picture."""

    svg: Markup
    png: bytes


def qr_code(content: str) -> QrCode:
    """A QR code of a text, error correction M."""
    code = segno.make_qr(content, error="m")
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=QR_SCALE, border=0, dark=INK)
    # An SVG of segno's own making: no value of ours is written into it as text.
    svg = Markup(code.svg_inline(border=0, omitsize=True, dark=INK))  # noqa: S704
    return QrCode(svg, picture.getvalue())


def _targets(report: Report, published: Published) -> Chart:
    title = f"Значения показателей и целевые значения на {formats.date_digits(published.night.night)}, %"
    left, right, height = 266, 570, 29
    parts = list(_percent_axis(left, right, 14, 14 + height * len(published.indicators)))
    for place, indicator in enumerate(published.indicators):
        top = 14 + height * place
        share = published.share(indicator.code)
        label = report.word("short", indicator.code)
        parts += [
            _text(0, top + 19, indicator.code, size=13, weight="bold"),
            *_label(30, top + 19, label, 36, 12.5),
            _rect(left, top + 7, right - left, 15, TRACK),
            _bar(share, left, right, top + 7, 15, BAR),
            _text(WIDTH, top + 19, formats.share_text(share), size=14, weight="bold", anchor="end"),
        ]
        target = target_of(indicator, published.night.night)
        if target is not None:
            at = _scale(target.value, left, right)
            parts.append(_line(at, top + 3, at, top + 26, ACCENT, 2.5))
    bottom = 14 + height * len(published.indicators)
    parts += [
        _line(34, bottom + 2, 34, bottom + 13, ACCENT, 2.5),
        _text(42, bottom + 12, "целевое значение", size=10.5, fill=MUTED),
    ]
    return _chart("targets", title, bottom + 18, parts)


def _units(report: Report, published: Published, indicator: Indicator, name: str) -> Chart:
    title = f"Показатель {indicator.code}: муниципальные образования по убыванию значения, %"
    found = [row for row in unit_rows(published, report, indicator) if row.kind == "row"]
    ranked = [row for row in found if isinstance(row.rank, int)]
    # Last, and in the order of the table, so that their place says nothing.
    untold = [row for row in found if row.rank in NOT_TOLD]
    rows = [*sorted(ranked, key=lambda row: (row.rank, int(row.number))), *untold]
    left, right, height = 262, 586, 20
    bottom = 22 + height * max(len(rows), 1)
    parts = [] if rows else [_text(WIDTH / 2, 22, "нет данных", size=11.5, fill=MUTED, anchor="middle")]
    parts += _percent_axis(left, right, 22, bottom) if rows else ()
    for place, row in enumerate(rows):
        top = 22 + height * place
        parts += [
            _text(
                18,
                top + 14,
                str(row.rank) if isinstance(row.rank, int) else "",
                size=11,
                fill=MUTED,
                anchor="end",
            ),
            _text(26, top + 14, formats.capital(row.name), size=11.5),
            _bar(row.share, left, right, top + 4, 12, BAR),
            _text(WIDTH, top + 14, formats.share_text(row.share), size=11.5, weight="bold", anchor="end"),
        ]
    region = published.share(indicator.code)
    if not isinstance(region.value, Absent):
        at = _scale(region.value, left, right)
        legend = f"по республике {formats.percent_text(region)}"
        parts += [
            # A light line below the dashes keeps them visible on the bars.
            _line(at, 15, at, bottom, "#ffffff", 2.6),
            _line(at, 15, at, bottom, ACCENT, 1.5, dash="4 3"),
            _text(min(at, right - 60), 10, legend, size=10.5, fill=ACCENT, anchor="middle"),
        ]
    return _chart(name, title, bottom + 20, parts)


def _leaves(report: Report, published: Published) -> Chart:
    title = f"{WORST_LEAVES} наименее заполненных полей и разделов профиля, % подлежащих заполнению"
    rows = [(row, row.parts()) for row in leaf_rows(published, report, None)]
    known = [(row, parts) for row, parts in rows if parts is not None]
    worst = sorted(known, key=lambda pair: (pair[1][0], pair[0].number))[:WORST_LEAVES]
    left, right, height = 272, 596, 26
    bottom = 8 + height * len(worst)
    parts = list(_percent_axis(left, right, 8, bottom))
    for place, (row, (filled, invalid)) in enumerate(worst):
        top = 8 + height * place
        middle, end = _scale(filled, left, right), _scale(filled + invalid, left, right)
        parts += [
            _text(0, top + 16, row.code, size=10.5, fill=MUTED),
            *_label(30, top + 16, formats.capital(row.label), 46, 10.5),
            _rect(left, top + 6, right - left, 14, TRACK),
            _rect(left, top + 6, middle - left, 14, BAR),
            _rect(middle, top + 6, end - middle, 14, FAULT),
            _text(WIDTH, top + 17, formats.share_text(row.share), size=11, weight="bold", anchor="end"),
        ]
    legend = ((BAR, "заполнено"), (FAULT, "с ошибками"), (TRACK, "не заполнено"))
    for place, (colour, words) in enumerate(legend):
        parts += [
            _rect(left + 104 * place, bottom + 22, 10, 10, colour),
            _text(left + 104 * place + 15, bottom + 31, words, size=10.5, fill=MUTED),
        ]
    return _chart("leaves", title, bottom + 38, parts)


def _label(x: float, y: float, text: str, width: int, size: float) -> Iterable[Markup]:
    """A label of at most two lines about the base line `y`; `width` counts characters."""
    lines = textwrap.wrap(text, width, max_lines=2, placeholder="…")
    shifts = (0.0,) if len(lines) == 1 else (-0.52 * size, 0.6 * size)
    for line, shift in zip(lines, shifts, strict=True):
        yield _text(x, y + shift, line, size=size)


def _scale(value: Decimal, left: float, right: float) -> float:
    return left + float(value) * (right - left) / 100


def _percent_axis(left: float, right: float, top: float, bottom: float) -> Iterable[Markup]:
    for percent in (0, 25, 50, 75, 100):
        at = left + percent * (right - left) / 100
        yield _line(at, top, at, bottom, LINE, 0.6)
        yield _text(at, bottom + 12, str(percent), size=9.5, fill=MUTED, anchor="middle")


def _bar(share: Share, left: float, right: float, top: float, height: float, colour: str) -> Markup:
    if isinstance(share.value, Absent):
        why = "не приводится" if share.value in NOT_TOLD else "нет данных"
        return _text(left + 4, top + height - 2, why, size=10.5, fill=MUTED)
    return _rect(left, top, float(share.value) * (right - left) / 100, height, colour)


def _chart(name: str, title: str, height: float, parts: Iterable[Markup]) -> Chart:
    return Chart(name, title, height, _svg(title, height, parts))


def _svg(title: str, height: float, parts: Iterable[Markup]) -> Markup:
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' aria-label="{title}"'
        ' font-family="{font}"><title>{title}</title>{parts}</svg>'
    ).format(width=WIDTH, height=_px(height), title=title, font=FONT, parts=Markup().join(parts))


def _rect(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
        _px(x), _px(y), _px(width), _px(height), fill
    )


def _line(
    x1: float, y1: float, x2: float, y2: float, stroke: str, width: float, *, dash: str = "none"
) -> Markup:
    return Markup(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>'
    ).format(_px(x1), _px(y1), _px(x2), _px(y2), stroke, _px(width), dash)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    fill: str = INK,
    weight: str = "normal",
    anchor: str = "start",
) -> Markup:
    return Markup(
        '<text x="{}" y="{}" font-size="{}" fill="{}" font-weight="{}" text-anchor="{}">{}</text>'
    ).format(_px(x), _px(y), _px(size), fill, weight, anchor, escape(text))


def _px(number: float) -> str:
    """A coordinate with at most two decimals, so that the drawing does not depend on how floats print."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
