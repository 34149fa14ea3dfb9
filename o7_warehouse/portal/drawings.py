"""The drawings of the portal: the course of an indicator against its target, and how the schools are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from o7_warehouse.report import formats

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from o7_warehouse.report.figures import Target

WIDTH: Final = 320
HEIGHT: Final = 90
BINS: Final = 10
_LEFT, _TOP, _BOTTOM = 4.0, 8.0, 72.0
_FULL: Final = 100


def course(points: Sequence[tuple[dt.date, Decimal]], target: Target | None) -> Markup:
    """One line over the published nights, 0 to 100 percent, the target dashed; and the same in a sentence."""
    if not points:
        return Markup('<p class="none">Опубликованных значений нет.</p>')
    first, last = points[0][0], points[-1][0]
    days = max((last - first).days, 1)
    steps = " ".join(
        f"{'M' if not place else 'L'}{_across((day - first).days / days)} {_down(float(value))}"
        for place, (day, value) in enumerate(points)
    )
    goal = (
        Markup('<path class="goal" d="M{} {}H{}"/>').format(_LEFT, _down(float(target.value)), WIDTH - _LEFT)
        if target
        else Markup()
    )
    end_x, end_y = _across((last - first).days / days), _down(float(points[-1][1]))
    return Markup(
        '<svg class="course" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="axis" d="M{} {}H{}"/>{}<path class="line" d="{}"/><circle class="dot" cx="{}" cy="{}" r="3.2"/>'
        '<text x="{}" y="86">{}</text><text x="{}" y="86" text-anchor="end">{}</text></svg>'
    ).format(
        WIDTH, HEIGHT, course_words(points, target), _LEFT, _BOTTOM, WIDTH - _LEFT, goal, steps, end_x, end_y,
        _LEFT, formats.date_digits(first), WIDTH - _LEFT, formats.date_digits(last),
    )  # fmt: skip


def course_words(points: Sequence[tuple[dt.date, Decimal]], target: Target | None) -> str:
    """What the drawing shows, for who cannot see it."""
    first, last = points[0], points[-1]
    told = (
        f"{formats.date_digits(first[0])} — {formats.decimal_text(first[1])}{formats.NBSP}%, "
        f"{formats.date_digits(last[0])} — {formats.decimal_text(last[1])}{formats.NBSP}%"
    )
    goal = (
        f"; цель {target.year} года — {formats.decimal_text(target.value)}{formats.NBSP}%" if target else ""
    )
    return f"Ночей: {formats.count_text(len(points))}. {told}{goal}"


def spread(values: Sequence[Decimal]) -> Markup:
    """How many schools have which share: ten columns of ten percent, the last with its upper end."""
    counts = [0] * BINS
    for value in values:
        counts[min(int(value) // BINS, BINS - 1)] += 1
    highest = max(counts, default=0) or 1
    step = WIDTH / BINS
    bars = Markup().join(
        Markup(
            '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}" text-anchor="middle">{}</text>'
        ).format(
            _px(step * place + 2), _px(_BOTTOM - 52 * count / highest), _px(step - 4), _px(52 * count / highest),
            _px(step * (place + 0.5)), _px(_BOTTOM - 52 * count / highest - 3), formats.count_text(count),
        )
        for place, count in enumerate(counts)
    )  # fmt: skip
    marks = Markup().join(
        Markup('<text x="{}" y="86" text-anchor="{}">{}</text>').format(
            _px(WIDTH * mark / _FULL), "start" if not mark else "end" if mark == _FULL else "middle", mark
        )
        for mark in (0, 50, _FULL)
    )
    told = ", ".join(
        f"{place * BINS}–{(place + 1) * BINS}{formats.NBSP}%: {formats.count_text(count)}"
        for place, count in enumerate(counts)
        if count
    )
    return Markup(
        '<svg class="spread" viewBox="0 0 {} {}" role="img" aria-label="Школ со значением {}">{}{}</svg>'
    ).format(WIDTH, HEIGHT, told or "нет", bars, marks)


def _across(part: float) -> str:
    return _px(_LEFT + part * (WIDTH - 2 * _LEFT))


def _down(percent: float) -> str:
    return _px(_BOTTOM - percent * (_BOTTOM - _TOP) / _FULL)


def _px(number: float) -> str:
    """A coordinate with at most one decimal, so that the drawing does not depend on how floats print."""
    return f"{number:.1f}".rstrip("0").rstrip(".")
