"""How often each kind of value is met on each leaf: groups of kinds, profiles, and draws ready to use.

A kind belongs to one of four groups:

* natural   an ordinary alternative answer;
* noise     a value typed oddly that still normalises to a good one (domain §3);
* optional  nothing entered where nothing is owed;
* fault     a mistake; its rate is multiplied by the factors of municipality, school and card.

What no kind claims is the leaf's usual answer (`USUAL`). Rates are shares of pupils at factor 1. The profile
`clean` keeps only natural kinds that satisfy a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from o7_simulator import rate_table
from o7_simulator.errors import RequestError

MOST_FAULTS = 0.6
"""No leaf is wrong on more than this share of cards, however badly a school keeps them."""


class Kind(NamedTuple):
    """One kind of value on a leaf: its intended status letter, group and rate."""

    name: str
    status: str
    group: str
    rate: float


class LeafRates(NamedTuple):
    """Cumulative rates of one leaf, ready to draw from."""

    leaf: str
    faults: tuple[tuple[float, Kind], ...]
    fault_total: float
    others: tuple[tuple[float, Kind], ...]
    other_total: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What a world is like: its dirt on the first night and its changes each next one."""

    name: str
    has_faults: bool
    leaf_rates: tuple[LeafRates, ...]
    change_scale: float
    """Multiplier of the nightly change rates."""
    has_mergers: bool


USUAL = {
    "P21": "n",
    "P22": "n",
    "P23": "n",
    "P25": "n",
    "P26": "n",
    "P27": "n",
    "P28": "n",
    "P30": "n",
    "P31": "n",
    "P49": "n",
    "P51": "n",
}
"""Status of a leaf's usual answer where it is not `f`."""

PROFILES = ("realistic", "clean", "eventful")


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        RequestError: there is no such profile.
    """
    if name not in PROFILES:
        raise RequestError(
            f"There is no profile {name!r}; a world of unknown dirt has no truth. "
            f"Choose one of: {', '.join(PROFILES)}."
        )
    is_clean = name == "clean"
    return Profile(
        name=name,
        has_faults=not is_clean,
        leaf_rates=tuple(
            _leaf_rates(leaf, rate_table.LEAVES[leaf], is_clean=is_clean)
            for leaf in sorted(rate_table.LEAVES)
        ),
        change_scale=15.0 if name == "eventful" else 1.0,
        has_mergers=name == "eventful",
    )


def class_name_rates(*, is_clean: bool) -> LeafRates:
    """Rates of the ways to type, or to spoil, the name of a class."""
    return _leaf_rates("P01", rate_table.CLASS_NAME, is_clean=is_clean)


def status_of(leaf: str, kind: str) -> str:
    """The intended status of a kind on a leaf; `usual` is the leaf's usual answer."""
    return _STATUSES[leaf][kind]


def limits(profile: Profile, factor: float) -> tuple[tuple[float, float, LeafRates], ...]:
    """By leaf: draws below the first limit are faults at this factor, draws above the second another kind."""
    return tuple(
        (min(leaf.fault_total * factor, MOST_FAULTS), 1 - leaf.other_total, leaf)
        for leaf in profile.leaf_rates
    )


def _leaf_rates(leaf: str, text: str, *, is_clean: bool) -> LeafRates:
    kinds = _parsed(text)
    if is_clean:
        kinds = [kind for kind in kinds if kind.group == "natural" and kind.status in "fnx"]
    faults = _cumulative([kind for kind in kinds if kind.group == "fault"])
    others = _cumulative([kind for kind in kinds if kind.group != "fault"])
    return LeafRates(leaf, faults, faults[-1][0] if faults else 0.0, others, others[-1][0] if others else 0.0)


def _parsed(text: str) -> list[Kind]:
    kinds = []
    for part in text.split(" | "):
        group, _, rest = part.partition(" ")
        for item in rest.split(", "):
            name, status, rate = item.split(" ")
            kinds.append(Kind(name, status, group, float(rate)))
    return kinds


def _cumulative(kinds: list[Kind]) -> tuple[tuple[float, Kind], ...]:
    total, rows = 0.0, []
    for kind in kinds:
        total += kind.rate
        rows.append((total, kind))
    return tuple(rows)


_STATUSES = {
    leaf: {kind.name: kind.status for kind in _parsed(text)} | {"usual": USUAL.get(leaf, "f")}
    for leaf, text in rate_table.LEAVES.items()
}
