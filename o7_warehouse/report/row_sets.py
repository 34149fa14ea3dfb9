"""Rows of the report tables, derived from published figures: ranks, differences, sums of statuses.

A report names a row set in its `report.yml`; the sets are listed in ROW_SETS.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from o7_warehouse.errors import ReportError
from o7_warehouse.report.figures import ALL_STAGES, REGION, Indicator, Leaf, Published, Target
from o7_warehouse.report.formats import Absent, Count, Share, rounded, share_of
from o7_warehouse.report.rows import ControlRow, LeafRow, RegionRow, RuleRow, StageRow, UnitRow
from o7_warehouse.rules_check import SEVERITIES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    class Labels(Protocol):
        """Words of a report for codes of the warehouse (`labels` of its report.yml)."""

        def word(self, family: str, code: str) -> str:
            """The word, or ReportError."""


STAGES = ("noo", "ooo", "soo", "unknown")


def target_of(indicator: Indicator, night: dt.date) -> Target | None:
    """The target of the night's year, else of the nearest later year that has one."""
    due = [target for target in indicator.targets if target.year >= night.year]
    return min(due, key=lambda target: target.year) if due else None


def deviation(share: Share, target: Decimal) -> Decimal | Absent:
    """Percentage points between the printed value and the target, so that the line adds up for its reader."""
    value = rounded(share)
    return value if isinstance(value, Absent) else value - target


def region_rows(published: Published, labels: Labels, _indicator: Indicator | None) -> Sequence[RegionRow]:
    """Every indicator for the region."""
    rows = []
    for number, indicator in enumerate(published.indicators, start=1):
        share = published.share(indicator.code)
        target = target_of(indicator, published.night.night)
        rows.append(
            RegionRow(
                number=number,
                code=indicator.code,
                name=indicator.name,
                unit=indicator.unit,
                share=share,
                target=target.value if target else Absent.NO_DATA,
                deviation=deviation(share, target.value) if target else Absent.NO_DATA,
                previous=indicator.previous,
                note=_target_note(target, published.night.night, labels),
            )
        )
    return rows


def _target_note(target: Target | None, night: dt.date, labels: Labels) -> str:
    if target is None:
        return labels.word("target", "none")
    return labels.word("target", "now" if target.year == night.year else "later").format(year=target.year)


def ranks(shares: Mapping[str, Share]) -> dict[str, Count]:
    """Place of each unit by its exact value, the highest first; equal values share the better place.

    A value that is not told has no place, and takes none from those that are: a gap between two would bound it.
    """
    values = [share.value for share in shares.values() if isinstance(share.value, Decimal)]
    return {
        code: 1 + sum(other > share.value for other in values)
        if isinstance(share.value, Decimal)
        else share.value
        for code, share in shares.items()
    }


def unit_rows(published: Published, labels: Labels, indicator: Indicator | None) -> Sequence[UnitRow]:
    """One indicator by municipality (ranked), for the state organisations (not ranked), and in total."""
    if indicator is None:
        raise ReportError(
            "The row set 'units' is about one indicator. Add 'repeat: indicators' to its table."
        )
    municipalities = [unit for unit in published.units if unit.level == "municipality"]
    territories = {
        unit.code: published.share(indicator.code, unit.code)
        for unit in municipalities
        if not isinstance(unit.oktmo, Absent)
    }
    places = ranks(territories)
    rows = [
        UnitRow(
            number=str(number),
            name=unit.name,
            oktmo=unit.oktmo,
            school_count=unit.school_count,
            share=published.share(indicator.code, unit.code),
            rank=places.get(unit.code, Absent.NOT_APPLICABLE),
            indicator=indicator.code,
            unit=unit.code,
        )
        for number, unit in enumerate(municipalities, start=1)
    ]
    region = next(unit for unit in published.units if unit.level == "region")
    total = UnitRow(
        number="",
        name=labels.word("total", "region"),
        oktmo=region.oktmo,
        school_count=region.school_count,
        share=published.share(indicator.code),
        rank=Absent.NOT_APPLICABLE,
        indicator=indicator.code,
        unit=region.code,
        kind="total",
    )
    return [*rows, total]


def leaf_rows(published: Published, labels: Labels, _indicator: Indicator | None) -> Sequence[LeafRow]:
    """Every leaf in the order of the order; a leaf whose source was not delivered has no figures."""
    return [_leaf_row(number, leaf, labels) for number, leaf in enumerate(published.leaves, start=1)]


def _leaf_row(number: int, leaf: Leaf, labels: Labels) -> LeafRow:
    group = labels.word("block", leaf.block)
    share = leaf.due if isinstance(leaf.due, Absent) else share_of(leaf.filled, leaf.due)
    return LeafRow(
        number, leaf.code, leaf.label, group, leaf.due, leaf.filled, share, leaf.not_filled, leaf.invalid
    )


def stage_rows(published: Published, labels: Labels, _indicator: Indicator | None) -> Sequence[StageRow]:
    """Every indicator that is counted by stage; pupils of an unknown stage show only where there are some."""
    rows = []
    for indicator in published.indicators:
        group = _headline(indicator, labels)
        stages = [stage for stage in STAGES if (indicator.code, REGION, stage) in published.shares]
        for stage in stages:
            share = published.share(indicator.code, stage=stage)
            if stage == "unknown" and share.denominator == 0:
                continue
            rows.append(StageRow(group, labels.word("stage", stage), share, indicator.code, stage))
        if stages:
            share = published.share(indicator.code)
            name = labels.word("stage", ALL_STAGES)
            rows.append(StageRow(group, name, share, indicator.code, ALL_STAGES, "total"))
    return rows


def _headline(indicator: Indicator, labels: Labels) -> str:
    """Code and short name: the full wording of an indicator stands over its tables of municipalities."""
    return f"{indicator.code}. {labels.word('short', indicator.code)}"


def control_rows(published: Published, labels: Labels, _indicator: Indicator | None) -> Sequence[ControlRow]:
    """The official value of each indicator, then its control readings."""
    rows = []
    for indicator in published.indicators:
        group = _headline(indicator, labels)
        share, official = published.share(indicator.code), indicator.official_reading
        rows.append(ControlRow(group, official.label, share, indicator.code, official.code, "total"))
        rows += [
            ControlRow(group, control.reading.label, control.share, indicator.code, control.reading.code)
            for control in published.controls
            if control.indicator == indicator.code
        ]
    return rows


def rule_rows(published: Published, labels: Labels, _indicator: Indicator | None) -> Sequence[RuleRow]:
    """The data-quality summary, the gravest first."""
    return [
        RuleRow(
            labels.word("severity", rule.severity),
            rule.rules,
            rule.rules_failed,
            rule.rows_failed,
            rule.severity,
        )
        for rule in sorted(published.rules, key=lambda rule: SEVERITIES.index(rule.severity))
    ]


ROW_SETS: Mapping[str, Callable[[Published, Labels, Indicator | None], Sequence[object]]] = {
    "region": region_rows,
    "units": unit_rows,
    "leaves": leaf_rows,
    "stages": stage_rows,
    "controls": control_rows,
    "rules": rule_rows,
}
# The codes that tell the rows of each set apart, for programs.
KEYS: Mapping[str, tuple[str, ...]] = {
    "region": ("indicator",),
    "units": ("indicator", "unit", "oktmo"),
    "leaves": ("leaf",),
    "stages": ("indicator", "stage"),
    "controls": ("indicator", "reading"),
    "rules": ("severity",),
}
