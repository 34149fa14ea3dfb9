"""The figures that row sets print of a night: read as cells, and given back with signs in place of what is hidden.

Every field of the values that a report reads is named here once, with what it is. A new one is an error until somebody
has said whether it counts persons: a figure nobody thought of is never told.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure.cells import Sign
from o7_warehouse.disclosure.collect import ALL, DUE, FILLED, INVALID, NOT_FILLED, Place
from o7_warehouse.disclosure.figures import CountOf, LeafOf, leaf_counts
from o7_warehouse.disclosure.signs import SIGNS, Signs
from o7_warehouse.errors import DisclosureError
from o7_warehouse.report.figures import (
    REGION,
    Control,
    Indicator,
    Leaf,
    Published,
    RuleSummary,
    Supply,
    Unit,
)
from o7_warehouse.report.formats import Absent, Share, expected_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Shares, leaves, controls and the previous figures of indicators are read below; contingents of units are public, and
# numbers of schools, rows and rules count no persons.
KNOWN: Final[Mapping[type, frozenset[str]]] = {
    Published: frozenset({
        "night", "previous_night", "indicators", "units", "shares", "leaves", "controls", "supply", "rules",
        "interpretations",
    }),
    Indicator: frozenset({
        "code", "name", "unit", "numerator_label", "denominator_label", "definition_version", "readings",
        "official_reading", "previous", "targets",
    }),
    Unit: frozenset({"level", "code", "name", "oktmo", "school_count", "student_count"}),
    Leaf: frozenset({"code", "label", "block", "req_class", "due", "filled", "not_filled", "invalid"}),
    Control: frozenset({"indicator", "reading", "share"}),
    Supply: frozenset({"schools_expected", "schools_delivered", "rows_in", "rows_quarantined"}),
    RuleSummary: frozenset({"severity", "rules", "rules_failed", "rows_failed"}),
}  # fmt: skip


def refuse_unknown() -> None:
    """Raise DisclosureError when a report reads a field of which nobody has said whether it counts persons."""
    for kind, known in KNOWN.items():
        if unknown := sorted({one.name for one in fields(kind)} ^ known):
            raise DisclosureError(
                f"{kind.__name__} of report/figures.py and disclosure/published.py do not name the same fields: "
                f"{', '.join(unknown)}. A figure would leave the ministry unprotected. Say in published.py what it is."
            )


def places(published: Published) -> dict[str, Place]:
    """The org units of the statement in their tree."""
    return {
        unit.code: Place(unit.level, None if unit.level == "region" else REGION) for unit in published.units
    }


def told_figures(published: Published) -> Iterator[CountOf | LeafOf]:
    """All figures about persons that row sets print: indicators of units, stages of the republic, leaves, controls."""
    refuse_unknown()
    for (indicator, unit, stage), share in published.shares.items():
        if _is_printed(unit, stage):
            yield _count("indicator", indicator, unit, stage, share)
    for control in published.controls:
        yield _count("control", control.indicator, REGION, ALL, control.share, control.reading.code)
    night = published.previous_night.isoformat()
    for one in published.indicators:
        if isinstance(one.previous, Share):
            yield _count("previous", one.code, REGION, night, one.previous)
    for leaf in published.leaves:
        parts = [
            one
            for one in (leaf.due, leaf.filled, leaf.not_filled, leaf.invalid)
            if not isinstance(one, Absent)
        ]
        if parts:
            yield LeafOf(leaf.code, REGION, leaf_counts(*parts))


def _is_printed(unit: str, stage: str) -> bool:
    """Stages are told of the republic alone; others are read and not printed."""
    return stage == ALL or unit == REGION


def _count(figure: str, indicator: str, unit: str, stage: str, share: Share, reading: str = "") -> CountOf:
    if isinstance(share.denominator, Absent):
        raise DisclosureError(
            f"The figure {indicator} of {unit} has no denominator before anything was hidden. What it is a part of "
            "cannot be told. Rebuild the night."
        )
    numerator = None if isinstance(share.numerator, Absent) else share.numerator
    return CountOf(figure, indicator, unit, stage, numerator, share.denominator, reading)


def protected(published: Published, signs: Signs) -> Published:
    """The same figures with the sign of each hidden one in its place; what is not printed is left out.

    Raises DisclosureError for a figure about which the edition decided nothing.
    """

    def told(count: CountOf, share: Share) -> Share:
        if count.numerator is None:
            return share
        return with_signs(share, signs.of(count.key), signs.of_whole(signs.catalogue.whole(count)))

    return replace(
        published,
        shares={
            where: told(_count("indicator", *where, share), share)
            for where, share in published.shares.items()
            if _is_printed(where[1], where[2])
        },
        controls=tuple(
            replace(one, share=told(
                _count("control", one.indicator, REGION, ALL, one.share, one.reading.code), one.share
            ))
            for one in published.controls
        ),
        indicators=tuple(_indicator(one, published.previous_night.isoformat(), told) for one in published.indicators),
        leaves=tuple(_leaf(one, signs) for one in published.leaves),
    )  # fmt: skip


def _indicator(indicator: Indicator, night: str, told: Callable[[CountOf, Share], Share]) -> Indicator:
    if not isinstance(indicator.previous, Share):
        return indicator
    count = _count("previous", indicator.code, REGION, night, indicator.previous)
    return replace(indicator, previous=told(count, indicator.previous))


def _leaf(leaf: Leaf, signs: Signs) -> Leaf:
    if isinstance(leaf.due, Absent):
        return leaf
    found = {part: signs.of_leaf(leaf.code, REGION, part) for part in (DUE, FILLED, NOT_FILLED, INVALID)}
    hidden: dict[str, Any] = {part: SIGNS[sign] for part, sign in found.items() if sign is not Sign.told}
    return replace(leaf, **hidden)


def with_signs(share: Share, sign: Sign, of_whole: Sign) -> Share:
    """A share with signs in place of its hidden counts; its quotient is told only with both of them."""
    numerator = share.numerator if sign is Sign.told else SIGNS[sign]
    denominator = share.denominator if of_whole is Sign.told else SIGNS[of_whole]
    return Share(numerator, denominator, expected_value(numerator, denominator))
