"""What the portal tells, read in one snapshot: figures of every unit, their course over the nights, leaves and wins."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.ledger import all_events
from o7_warehouse.errors import ReportError
from o7_warehouse.report.data import read_material
from o7_warehouse.report.formats import Absent, Share, share_of
from o7_warehouse.report.registry import load_report
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.report.figures import Published
    from o7_warehouse.report.registry import Report
    from o7_warehouse.settings import Settings

ROLE: Final = "o7_reporter"
# Names of indicators, targets and words are those of the statement the ministry signs.
STATEMENT: Final = "indicator_statement"
TOP_WINS: Final = 5
_UNITS: Final = """
    select
        level, org_unit_code, org_unit_name, parent_code, student_count,
        level <> 'municipality' or oktmo_with_check is not null
    from published.org_units where night = %(night)s order by sort_key, org_unit_code
"""
_FIGURES: Final = """
    select indicator, level, org_unit_code, numerator, denominator, value
    from published.indicator_values where night = %(night)s and education_stage = 'all'
"""
# A course is one row, so that a year of nights is not a row for each of them.
_COURSES: Final = """
    select indicator, level, org_unit_code, array_agg(night order by night), array_agg(value order by night)
    from published.indicator_values
    where night <= %(night)s and education_stage = 'all' and level <> 'class'
    group by indicator, level, org_unit_code
"""
_LEAVES: Final = """
    select
        counts.level, counts.org_unit_code, counts.leaf_code, leaves.label, leaves.sensitivity,
        counts.filled + counts.declared_none, counts.invalid,
        counts.filled + counts.declared_none + counts.invalid + counts.placeholder + counts.empty,
        counts.source_absent
    from published.leaf_counts as counts
    inner join published.leaves_in_force as leaves using (night, leaf_code)
    where counts.night = %(night)s and counts.level in ('region', 'municipality', 'school')
    order by leaves.ordinal
"""
_WINS: Final = """
    select level, org_unit_code, label, completes, rise from published.nearest_wins
    where night = %(night)s and level <> 'class' and completes > 0 and place <= %(top)s
    order by level, org_unit_code, place
"""
_DICTIONARY: Final = """
    select leaf_code, label, req_class, legal_place from published.leaves_in_force
    where night = %(night)s order by ordinal
"""
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of any level, by its code within the level; its parent's code, and how many pupils it has.

    The state organisations stand among the municipalities and have no rank there: they are no territory.
    """

    level: str
    code: str
    name: str
    parent: str | None
    students: int
    is_ranked: bool

    @property
    def key(self) -> Key:
        """Level and code: codes are unique within their level only."""
        return self.level, self.code


@dataclass(frozen=True, slots=True)
class LeafShare:
    """One leaf in one unit: of those for whom it is due, how many have it filled, and how many wrongly."""

    code: str
    label: str
    is_restricted: bool
    share: Share
    invalid: int


@dataclass(frozen=True, slots=True)
class Win:
    """A leaf whose filling alone completes profiles: how many, and by how many percentage points 4.1 would rise."""

    label: str
    completes: int
    rise: Decimal | None


@dataclass(frozen=True, slots=True)
class LeafEntry:
    """A leaf in the dictionary: its code, its name, its class and where the order asks for it."""

    code: str
    label: str
    req_class: str
    legal_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything the pages of a night are made of; figures and courses by indicator, level and code."""

    published: Published
    statement: Report
    units: Mapping[Key, Unit]
    below: Mapping[Key, Sequence[Unit]]
    figures: Mapping[tuple[str, str, str], Share]
    courses: Mapping[tuple[str, str, str], Sequence[tuple[dt.date, Decimal]]]
    leaves: Mapping[Key, Sequence[LeafShare]]
    wins: Mapping[Key, Sequence[Win]]
    dictionary: Sequence[LeafEntry]
    events: Sequence[Event]

    def share(self, indicator: str, unit: Unit) -> Share:
        """One figure; ReportError names it when nobody published it."""
        try:
            return self.figures[indicator, *unit.key]
        except KeyError:
            raise ReportError(
                f"Night {self.published.night.night}: indicator {indicator!r} has no row for the {unit.level} "
                f"{unit.code!r}. A page must not have a hole. Rebuild the night, or mend its model."
            ) from None


# A unit's parent is of the level above.
_ABOVE: Final = {"municipality": "region", "school": "municipality", "class": "school"}
# Health and what only few may know (domain §1.1, §6): never by school outside the school.
_RESTRICTED: Final = frozenset("SR")


def read_portal(settings: Settings, *, night: dt.date) -> Material:
    """Read a published night in one snapshot. Raises ReportError where it is not published or has a hole."""
    statement = load_report(STATEMENT)
    with transaction(settings, ROLE) as connection:
        published = _published(connection, statement, night)
        with connection.cursor() as cursor:
            asked = {"night": night, "top": TOP_WINS}
            units = {unit.key: unit for unit in (Unit(*row) for row in _rows(cursor, _UNITS, asked))}
            return Material(
                published=published,
                statement=statement,
                units=units,
                below=_below(units),
                figures={
                    (indicator, level, code): _share(numerator, denominator, value)
                    for indicator, level, code, numerator, denominator, value in _rows(
                        cursor, _FIGURES, asked
                    )
                },
                courses={
                    (indicator, level, code): [
                        (day, value) for day, value in zip(nights, values, strict=True) if value is not None
                    ]
                    for indicator, level, code, nights, values in _rows(cursor, _COURSES, asked)
                },
                leaves=_leaves(_rows(cursor, _LEAVES, asked)),
                wins=_wins(_rows(cursor, _WINS, asked)),
                dictionary=[LeafEntry(*row) for row in _rows(cursor, _DICTIONARY, asked)],
                events=all_events(cursor),
            )


def _published(connection: Connection, statement: Report, night: dt.date) -> Published:
    """What the statement tells; it begins the snapshot."""
    figures = read_material(connection, statement, night=night).figures
    if figures is None:
        raise ReportError(
            f"reports/{STATEMENT}/report.yml has no table of figures, so the portal would have none. Give it its rows."
        )
    return figures


def _rows(cursor: Cursor, statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    cursor.execute(statement, asked)
    return cursor.fetchall()


def _below(units: Mapping[Key, Unit]) -> Mapping[Key, Sequence[Unit]]:
    below: defaultdict[Key, list[Unit]] = defaultdict(list)
    for unit in units.values():
        if unit.parent is not None and unit.level in _ABOVE:
            below[_ABOVE[unit.level], unit.parent].append(unit)
    return below


def _share(numerator: int | None, denominator: int, value: Decimal | None) -> Share:
    if numerator is None:
        return Share(Absent.NO_DATA, denominator, Absent.NO_DATA)
    return Share(numerator, denominator, Absent.NOT_APPLICABLE if value is None else value)


def _leaves(rows: Sequence[tuple[Any, ...]]) -> Mapping[Key, Sequence[LeafShare]]:
    found: defaultdict[Key, list[LeafShare]] = defaultdict(list)
    for level, code, leaf, label, sensitivity, filled, invalid, due, absent in rows:
        found[level, code].append(
            LeafShare(
                code=leaf, label=label, is_restricted=sensitivity in _RESTRICTED,
                share=share_of(Absent.NO_DATA if absent else filled, due), invalid=invalid,
            )
        )  # fmt: skip
    return found


def _wins(rows: Sequence[tuple[Any, ...]]) -> Mapping[Key, Sequence[Win]]:
    found: defaultdict[Key, list[Win]] = defaultdict(list)
    for level, code, label, completes, rise in rows:
        found[level, code].append(Win(label, completes, rise))
    return found
