"""How a quantity grows with the number of pupils: an exponent, a straight line, and what is said of them."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL = 1.05
# A line through two points always fits, so it says nothing.
LEAST_SIZES = 3
# What a line for a larger size begins with.
TWO = 2
FLAT = 0.10
MILLION = 1_000_000
Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Growth:
    """Exponents of one step: over all sizes by least squares, and between the two largest.

    A fixed part, such as the start of a program, keeps the first one low at small sizes; the second sees less of it,
    but five percent of noise in either time move it by 0.06. ``error`` is the standard error of the first: what is no
    power, noise or a bend, makes it large. None where there are too few sizes.
    """

    exponent: float | None
    error: float | None
    last: float | None

    @property
    def verdict(self) -> str:
        """Whether the goal is met; a course that meets it, but not between its last two sizes, is no "ok"."""
        if self.exponent is None or self.last is None:
            return "not enough points"
        if self.exponent > GOAL:
            return "OVER"
        return "ok" if self.last <= GOAL else "BENDS UP"


def growth(points: Sequence[Point]) -> Growth:
    """Exponents of seconds by pupils; each size once. Raises ValueError for what has no logarithm."""
    if any(pupils <= 0 or seconds <= 0 for pupils, seconds in points):
        raise ValueError(
            "A size or a time of zero has no logarithm, so no exponent can be fitted through it."
        )
    logs = sorted((math.log(pupils), math.log(seconds)) for pupils, seconds in points)
    if len({across for across, _ in logs}) < len(logs):
        raise ValueError("One size has two times. Choose one of them before an exponent is fitted.")
    enough = len(logs) >= LEAST_SIZES
    return Growth(
        exponent=_slope(logs) if enough else None,
        error=_error(logs) if enough else None,
        last=_slope(logs[-2:]) if len(logs) > 1 else None,
    )


def per_million(points: Sequence[Point]) -> float | None:
    """What another million pupils add, by least squares; None for fewer than two sizes."""
    return _slope([(float(pupils), value) for pupils, value in points]) * MILLION if len(points) > 1 else None


def extrapolated(points: Sequence[Point], pupils: int) -> float:
    """What a larger size takes: by a line through the two largest sizes, or by a power where they bend upwards.

    What shrinks from size to size counts as fixed. Raises ValueError without two sizes.
    """
    ordered = sorted(points)
    if len(ordered) < TWO:
        raise ValueError("Nothing can be told of a larger size from one size alone. Measure another one.")
    (small, before), (large, now) = ordered[-2:]
    if now <= before or not before:
        return now
    power = math.log(now / before) / math.log(large / small)
    if power > 1:
        return float(now * (pupils / large) ** power)
    return now + (now - before) / (large - small) * (pupils - large)


def is_flat(values: Sequence[float]) -> bool:
    """Whether all values lie within a tenth of the one in the middle."""
    middle = statistics.median(values)
    return all(abs(value - middle) <= FLAT * middle for value in values)


def _error(points: Sequence[tuple[float, float]]) -> float:
    """Standard error of the slope."""
    line = statistics.linear_regression(*zip(*points, strict=True))
    middle = statistics.fmean(x for x, _ in points)
    rest = sum((y - line.intercept - line.slope * x) ** 2 for x, y in points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    return math.sqrt(rest / (len(points) - TWO) / spread)


def _slope(points: Sequence[tuple[float, float]]) -> float:
    return statistics.linear_regression(*zip(*points, strict=True)).slope
