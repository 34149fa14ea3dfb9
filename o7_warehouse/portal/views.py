"""What stands on a page, written: cards of the indicators, tables of units, the heat map of the leaves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from o7_warehouse.portal.drawings import course, spread
from o7_warehouse.report import formats
from o7_warehouse.report.formats import Absent
from o7_warehouse.report.row_sets import ranks, target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from o7_warehouse.portal.reading import Key, LeafShare, Material, Unit
    from o7_warehouse.report.figures import Indicator
    from o7_warehouse.report.formats import Share

# A share of fewer persons says too much of each of them (domain §6).
SMALLEST: Final = 5
SHADES: Final = 10
CLASS_INDICATORS: Final = ("4.1", "4.2", "4.4")


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator of one unit: its value and counts, its target, its course and how the schools below are spread."""

    code: str
    name: str
    value: str
    counts: str
    target: str
    drawing: Markup
    spread: Markup | None


class Line(NamedTuple):
    """A unit in a table: its name and where its page lies, its pupils, a cell per indicator, its rank by the first."""

    name: str
    href: str | None
    students: str
    cells: tuple[tuple[str, int | None], ...]
    rank: str


@dataclass(frozen=True, slots=True)
class HeatLine:
    """A leaf in the heat map: its code and name, and its share in each unit with a shade from 0 (none) to 10 (all)."""

    code: str
    label: str
    cells: tuple[tuple[str, int | None], ...]


def cards(material: Material, unit: Unit) -> list[Card]:
    """The four indicators of a unit."""
    return [_card(material, unit, one) for one in material.published.indicators]


def lines(material: Material, units: Sequence[Unit], hrefs: Sequence[str | None]) -> list[Line]:
    """A line for each unit, in their order; ranked by 4.1, the highest first."""
    shown = _shown(material, units)
    first = shown[0]
    places = ranks({unit.code: material.share(first, unit) for unit in units if unit.is_ranked})
    return [
        Line(
            name=formats.capital(unit.name),
            href=href,
            students=formats.count_text(unit.students),
            cells=tuple(_cell(material.share(code, unit)) for code in shown),
            rank=formats.count_text(places.get(unit.code, Absent.NOT_APPLICABLE)),
        )
        for unit, href in zip(units, hrefs, strict=True)
    ]


def headings(material: Material, units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Code and short name of the indicators that lines of such units tell."""
    return [(code, material.statement.word("short", code)) for code in _shown(material, units)]


def heat(material: Material, units: Sequence[Unit]) -> list[HeatLine]:
    """The leaves of several units; what only few may know is left out below municipalities."""
    by_unit = [{one.code: one for one in material.leaves.get(unit.key, ())} for unit in units]
    of_schools = any(unit.level == "school" for unit in units)
    told: dict[str, LeafShare] = {code: one for leaves in by_unit for code, one in leaves.items()}
    return [
        HeatLine(
            code=code,
            label=formats.capital(formats.plain_yo(told[code].label)),
            cells=tuple(_cell(leaves[code].share if code in leaves else None) for leaves in by_unit),
        )
        for code in sorted(told)
        if not (of_schools and told[code].is_restricted)
    ]


def leaves(material: Material, key: Key) -> list[tuple[str, str, str, str, str, int | None]]:
    """The leaves of one unit: code, name, due, wrong, share and shade, the least filled first."""
    known = sorted(material.leaves.get(key, ()), key=lambda one: (_order(one.share), one.code))
    return [
        (
            one.code,
            formats.capital(formats.plain_yo(one.label)),
            formats.count_text(one.share.denominator),
            formats.count_text(one.invalid),
            *_cell(one.share, smallest=0),
        )
        for one in known
    ]


def wins(material: Material, key: Key) -> list[tuple[str, str, str]]:
    """What would complete most profiles: leaf, how many profiles, by how many points the indicator would rise."""
    return [
        (
            formats.capital(formats.plain_yo(one.label)),
            formats.count_text(one.completes),
            formats.points_text(Absent.NO_DATA if one.rise is None else one.rise),
        )
        for one in material.wins.get(key, ())
    ]


def _card(material: Material, unit: Unit, indicator: Indicator) -> Card:
    share = material.share(indicator.code, unit)
    target = target_of(indicator, material.published.night.night)
    schools = [
        value
        for school in _schools(material, unit)
        if isinstance(value := material.share(indicator.code, school).value, Decimal)
    ]
    return Card(
        code=indicator.code,
        name=indicator.name,
        value=formats.percent_text(share),
        counts=f"{formats.count_text(share.numerator)} из {formats.count_text(share.denominator)}",
        target=f"цель {target.year} года — {formats.decimal_text(target.value)}{formats.NBSP}%"
        if target
        else "цель не установлена",
        drawing=course(material.courses.get((indicator.code, *unit.key), ()), target),
        spread=spread(schools) if unit.level != "school" else None,
    )


def _schools(material: Material, unit: Unit) -> list[Unit]:
    below = list(material.below.get(unit.key, ()))
    if unit.level == "municipality":
        return below
    return (
        [school for one in below for school in material.below.get(one.key, ())]
        if unit.level == "region"
        else []
    )


def _shown(material: Material, units: Sequence[Unit]) -> list[str]:
    """The indicators that exist at the level of the units: teachers have no class."""
    codes = [one.code for one in material.published.indicators]
    return (
        [code for code in codes if code in CLASS_INDICATORS]
        if any(u.level == "class" for u in units)
        else codes
    )


def _cell(share: Share | None, *, smallest: int = SMALLEST) -> tuple[str, int | None]:
    """What is printed, and the shade behind it; a few persons are no share."""
    if share is None:
        return Absent.NOT_APPLICABLE.sign, None
    if isinstance(share.denominator, int) and 0 < share.denominator < smallest:
        return Absent.SUPPRESSED.sign, None
    shown = formats.rounded(share)
    return formats.share_text(share), None if isinstance(shown, Absent) else int(shown) * SHADES // 100


def _order(share: Share) -> tuple[int, Decimal]:
    """What has a value first, by it; what has none last."""
    return (1, Decimal(0)) if isinstance(share.value, Absent) else (0, share.value)
