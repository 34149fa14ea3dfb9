"""The only reader of published figures for reports: one night, in one snapshot (design §2).

A figure that should be there and is not raises ReportError with the name of the cell; one that the warehouse
published as NULL is Absent and prints its symbol.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import ReportError
from o7_warehouse.report.figures import (
    Control,
    Indicator,
    Leaf,
    Material,
    Night,
    OneReading,
    Published,
    RuleSummary,
    Supply,
    Target,
    previous_quarter_end,
    unit_of,
)
from o7_warehouse.report.formats import DECIMALS, Absent, Share, published_share
from o7_warehouse.report.listing import read_listing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

    from o7_warehouse.report.registry import Report

_NIGHT = """
    select night, run_id::text, snapshot_at, transport, contract_version, code_revision
    from published.night where night = %(night)s
"""
_SHARES = """
    select indicator, level, org_unit_code, education_stage, numerator, denominator, value
    from published.indicator_values
    where night = %(night)s and level in ('region', 'municipality')
"""
_INDICATORS = """
    select distinct
        indicator, indicators.name, indicators.unit, definition_version, indicators.readings,
        indicators.decimals, indicators.numerator_label, indicators.denominator_label
    from published.indicator_values
    inner join published.indicators using (indicator, definition_version)
    where indicator_values.night = %(night)s and indicator_values.level = 'region'
    order by indicator
"""
_UNITS = """
    select level, org_unit_code, org_unit_name, oktmo_with_check, school_count, student_count
    from published.org_units
    where night = %(night)s and level in ('region', 'municipality')
    order by sort_key, org_unit_code
"""
# Catalogues are dated and never edited: of several rows the youngest that held that night counts.
_TARGETS = """
    select distinct on (indicator, year) indicator, year, target, source
    from published.targets where valid_from <= %(night)s
    order by indicator, year, valid_from desc
"""
_LEAVES = """
    select
        leaf_code as code, label, block, req_class, filled + declared_none as filled,
        empty + placeholder as not_filled, invalid, source_absent
    from published.leaf_counts
    where night = %(night)s and level = 'region'
    order by ordinal
"""
_CONTROLS = """
    with labelled as (
        select distinct on (indicator, reading) indicator, reading, label, ordinal
        from published.readings
        where valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
        order by indicator, reading, valid_from desc
    )
    select indicator, reading, labelled.label, numerator, denominator, value
    from published.control_values
    inner join labelled using (indicator, reading)
    where night = %(night)s and level = 'region'
    order by indicator, labelled.ordinal
"""
_OFFICIAL = """
    select distinct on (indicator) indicator, reading, label
    from published.readings
    where is_official and valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
    order by indicator, valid_from desc
"""
_SUPPLY = """
    select schools_expected, schools_delivered, rows_in, rows_quarantined
    from published.supply where night = %(night)s
"""
_RULES = """
    select severity, rules, rules_failed, rows_failed
    from published.rule_summary where night = %(night)s order by severity
"""
_INTERPRETATIONS = """
    select code, reading from published.interpretations_in_force where night = %(night)s order by ordinal
"""
_PREVIOUS = """
    select indicator, numerator, denominator, value
    from published.indicator_values
    where night = %(previous)s and level = 'region' and education_stage = 'all'
"""


def read_material(
    connection: Connection, report: Report, *, night: dt.date, edition: str | None = None
) -> Material:
    """What a report tells of a night, in one snapshot: a switch in between cannot mix two builds.

    ``edition`` is the one that is restated, where one is. The connection must not be inside a transaction yet; the
    caller ends the one begun here. Raises ReportError when the night is not published or a part of it is missing.
    """
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        known = read_night(cursor, night)
        return Material(
            night=known,
            figures=_figures(cursor, known) if report.has_figures else None,
            listings={
                one: read_listing(cursor, one, night=night, edition=edition) for one in report.listings
            },
            edition=edition,
        )


def read_night(cursor: RealDictCursor, night: dt.date) -> Night:
    """The published night and the delivery behind it. Raises ReportError when it is not published."""
    return Night(**_rows(cursor, {"night": night}, _NIGHT, "night")[0])


def _figures(cursor: RealDictCursor, known: Night) -> Published:
    previous_night = previous_quarter_end(known.night)
    rows = partial(_rows, cursor, {"night": known.night, "previous": previous_night})
    return Published(
        night=known,
        previous_night=previous_night,
        indicators=_indicators(
            rows(_INDICATORS, "indicators"),
            previous=rows(_PREVIOUS, "indicator_values", may_be_empty=True),
            targets=rows(_TARGETS, "targets", may_be_empty=True),
            official=rows(_OFFICIAL, "readings"),
        ),
        units=tuple(unit_of(row) for row in rows(_UNITS, "org_units")),
        shares={
            (row["indicator"], row["org_unit_code"], row["education_stage"]): _share(row)
            for row in rows(_SHARES, "indicator_values")
        },
        leaves=tuple(Leaf.of(row) for row in rows(_LEAVES, "leaf_counts")),
        controls=tuple(
            Control(row["indicator"], OneReading(row["reading"], row["label"]), _share(row))
            for row in rows(_CONTROLS, "control_values")
        ),
        supply=Supply(**rows(_SUPPLY, "supply")[0]),
        rules=tuple(RuleSummary(**row) for row in rows(_RULES, "rule_summary")),
        interpretations={
            row["code"]: row["reading"] for row in rows(_INTERPRETATIONS, "interpretations_in_force")
        },
    )


def _rows(
    cursor: RealDictCursor,
    nights: Mapping[str, dt.date],
    query: str,
    part: str,
    *,
    may_be_empty: bool = False,
) -> Sequence[Mapping[str, Any]]:
    """The rows of one view; ReportError when there are none where there must be some."""
    cursor.execute(query, nights)
    found: Sequence[Mapping[str, Any]] = cursor.fetchall()
    if not found and not may_be_empty:
        raise ReportError(
            f"Night {nights['night']}: published.{part} has no rows. A report without them would be a guess. "
            f"Publish the night first (./o7 night), then render."
        )
    return found


def _share(row: Mapping[str, Any]) -> Share:
    return published_share(row["numerator"], row["denominator"], row["value"])


def _indicators(
    rows: Sequence[Mapping[str, Any]],
    *,
    previous: Sequence[Mapping[str, Any]],
    targets: Sequence[Mapping[str, Any]],
    official: Sequence[Mapping[str, Any]],
) -> tuple[Indicator, ...]:
    earlier = {row["indicator"]: _share(row) for row in previous}
    readings = {row["indicator"]: OneReading(row["reading"], row["label"]) for row in official}
    return tuple(
        _indicator(
            row,
            previous=earlier.get(row["indicator"], Absent.NO_DATA),
            official_reading=readings[row["indicator"]],
            targets=tuple(
                Target(int(target["year"]), Decimal(target["target"]), target["source"])
                for target in targets
                if target["indicator"] == row["indicator"]
            ),
        )
        for row in rows
    )


def _indicator(
    row: Mapping[str, Any],
    *,
    previous: Share | Absent,
    official_reading: OneReading,
    targets: tuple[Target, ...],
) -> Indicator:
    if row["decimals"] != DECIMALS:
        raise ReportError(
            f"indicators.csv: indicator {row['indicator']!r} asks for {row['decimals']} decimals; reports "
            f"print {DECIMALS}. A figure must be rounded as its catalogue says. Teach report.formats first."
        )
    return Indicator(
        code=row["indicator"],
        name=row["name"],
        unit=row["unit"],
        numerator_label=row["numerator_label"],
        denominator_label=row["denominator_label"],
        definition_version=row["definition_version"],
        readings=tuple(row["readings"].split("|")),
        official_reading=official_reading,
        previous=previous,
        targets=targets,
    )
