"""The only source of chance: one generator for each (seed, scope), the same on every machine and process.

`random.Random` seeded with a string hashes it by SHA-512, independent of PYTHONHASHSEED.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class Chance:
    """Draws for one scope; `u()` is the uniform draw on [0, 1) that everything else is made of."""

    __slots__ = ("u",)

    def __init__(self, seed: int, *scope: int | str) -> None:
        self.u: Callable[[], float] = random.Random(":".join(map(str, (seed, *scope)))).random  # noqa: S311

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.u() * len(options))]

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high inclusive; low when the range is empty."""
        return low + int(self.u() * (high - low + 1)) if high > low else low

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """One of the options by its share; the shares need not sum to one."""
        rest = self.u() * sum(share for _, share in options)
        for option, share in options:
            rest -= share
            if rest < 0:
                return option
        return options[-1][0]

    def spread(self, sigma: float) -> float:
        """A log-normal factor with median 1."""
        # Box–Muller by hand: random.gauss keeps a hidden second value between calls.
        return math.exp(sigma * math.sqrt(-2 * math.log(1 - self.u())) * math.cos(2 * math.pi * self.u()))


def shares(total: int, weights: Sequence[float], *, least: int = 0) -> list[int]:
    """Split a total by weights with largest remainders; each part gets at least `least`."""
    rest = total - least * len(weights)
    scale = rest / sum(weights)
    exact = [weight * scale for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: rest - sum(parts)]:
        parts[i] += 1
    return [part + least for part in parts]
