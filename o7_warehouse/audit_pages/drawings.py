"""The history of a rule in one small drawing: the share of broken rows above, the outcome of each night below.

A night is one unit wide, so that a year costs as many characters as it has changes. Outcomes differ in shape, not
only in colour.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from o7_warehouse.audit_pages.outcomes import OUTCOMES
from o7_warehouse.report import formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from o7_warehouse.audit_pages.journal import Result, Rule

LINE_HEIGHT: Final = 14.0
HEIGHT: Final = 26
# Outcome -> the pieces of its bar: distance from the top and height.
BARS: Final = {
    "fail": ((19, 7),),
    "error": ((18, 3), (23, 3)),
    "not_evaluated": ((19, 1), (25, 1)),
    "not_applicable_by_contract": ((22, 1),),
    "pass": ((24.5, 1.5),),
}


def history(rule: Rule) -> Markup:
    """The drawing of a rule over all shown nights, oldest first, with a sentence for who cannot see it."""
    paths = Markup().join(
        Markup('<path class="o-{}" d="{}"/>').format(one.code, shape)
        for one in OUTCOMES
        if (shape := _bars(rule.results, one.code))
    )
    return Markup(
        '<svg class="history" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="axis" d="M0 14.5h{}"/><path class="share" d="{}"/>{}</svg>'
    ).format(
        len(rule.results),
        HEIGHT,
        summary(rule),
        len(rule.results),
        _line([*map(_share, rule.results)]),
        paths,
    )


def summary(rule: Rule) -> str:
    """What the drawing shows, in words: how many nights ended with each outcome."""
    counts = {
        one: sum(rule.result(place).outcome is one for place in rule.places)
        for one in OUTCOMES
    }  # fmt: skip
    told = ", ".join(f"{one.word}: {formats.count_text(number)}" for one, number in counts.items() if number)
    return f"Ночей с результатом: {formats.count_text(len(rule.places))} ({told})"


def highest(rule: Rule) -> tuple[int, int] | None:
    """The counts of the night with the greatest share of broken rows; None where nothing was counted."""
    counted = [
        (result.rows_failed, result.rows_checked)
        for place in rule.counted
        if (result := rule.result(place)).rows_failed is not None and result.rows_checked
    ]
    return max(counted, key=lambda pair: (pair[0] / pair[1], pair), default=None)


def _share(result: Result | None) -> float | None:
    if result is None or not result.is_counted or not result.rows_checked:
        return None
    return (result.rows_failed or 0) / result.rows_checked


def _line(shares: Sequence[float | None]) -> str:
    """Steps, one per change; a hole where nothing was counted."""
    top = max((one for one in shares if one is not None), default=0.0) or 1.0
    heights = (None if one is None else f"{LINE_HEIGHT - 13 * one / top:.1f}" for one in shares)
    parts, at, drawn = [], 0, False
    for height, run in groupby(heights):
        end = at + sum(1 for _ in run)
        if height is not None:
            parts.append(f"{'V' if drawn else f'M{at} '}{height}H{end}")
        at, drawn = end, height is not None
    return "".join(parts)


def _bars(results: Sequence[Result | None], code: str) -> str:
    return "".join(
        f"M{start} {top}h{width}v{height}h-{width}z"
        for start, width in _runs(results, code)
        for top, height in BARS[code]
    )


def _runs(results: Sequence[Result | None], code: str) -> Iterator[tuple[int, int]]:
    at = 0
    for found, run in groupby(results, key=lambda result: result.outcome.code if result else ""):
        width = sum(1 for _ in run)
        if found == code:
            yield at, width
        at += width
