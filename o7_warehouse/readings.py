"""What stands beside the four figures: other readings of the order, parts of a denominator, and other populations.

Objects of the form of :mod:`o7_warehouse.indicators`; docs/leaf-rules.md says what each of them counts.
"""
# ruff: noqa: S608 - the statements are built from constants of this module

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.indicators import LEVEL_ORDER, levels_asked, published_rows

if TYPE_CHECKING:
    import datetime as dt

    from o7_warehouse.settings import Settings


def reading_rows(
    settings: Settings, *, night: dt.date | None = None, level: str | None = None
) -> list[dict[str, Any]]:
    """Every reading of every indicator, the official one among them (domain §1.4, A1-A16).

    ``night``, ``level`` and errors are those of ``indicator_rows``. Ordered by indicator, place in the
    catalogue, level, org_unit_code.
    """
    return published_rows(settings, _READINGS, night=night, levels=levels_asked(level))


def breakdown_rows(
    settings: Settings, *, night: dt.date | None = None, level: str | None = None
) -> list[dict[str, Any]]:
    """The official readings by parallel, settlement, founder, position and resource, of region and municipalities."""
    return published_rows(settings, _BREAKDOWNS, night=night, levels=levels_asked(level))


def population_rows(
    settings: Settings, *, night: dt.date | None = None, level: str | None = None
) -> list[dict[str, Any]]:
    """Enrolled pupils by population: the contingent, who is beside it, and the notes on it, down to the schools."""
    return published_rows(settings, _POPULATIONS, night=night, levels=levels_asked(level))


def portfolio_rows(
    settings: Settings, *, night: dt.date | None = None, level: str | None = None
) -> list[dict[str, Any]]:
    """Documents in portfolios by category, those that count and those that do not, with the reason; to the schools."""
    return published_rows(settings, _PORTFOLIO, night=night, levels=levels_asked(level))


_READINGS: Final = f"""
    with

    catalogue as (
        select indicator, reading, is_official, ordinal, label
        from published.readings
        where valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
    ),

    every as (
        select official.indicator, catalogue.reading, official.level, official.org_unit_code, official.numerator,
            official.denominator, official.value
        from published.indicator_values as official
        inner join catalogue on official.indicator = catalogue.indicator and catalogue.is_official
        where official.night = %(night)s and official.education_stage = 'all'
        union all
        select indicator, reading, level, org_unit_code, numerator, denominator, value
        from published.control_values
        where night = %(night)s
    )

    select
        indicator, every.reading, catalogue.is_official, catalogue.label, %(night)s::date as night,
        level, org_unit_code, numerator, denominator, value
    from every
    inner join catalogue using (indicator, reading)
    where level = any(%(levels)s)
    order by indicator, catalogue.ordinal, {LEVEL_ORDER}, org_unit_code
"""
_BREAKDOWNS: Final = f"""
    select indicator, dimension, part, night, level, org_unit_code, numerator, denominator, value
    from published.indicator_breakdowns
    where night = %(night)s and level = any(%(levels)s)
    order by indicator, dimension, length(part), part, {LEVEL_ORDER}, org_unit_code
"""
_POPULATIONS: Final = f"""
    select population, night, level, org_unit_code, pupils
    from published.population_counts
    where night = %(night)s and level = any(%(levels)s)
    order by population, {LEVEL_ORDER}, org_unit_code
"""
_PORTFOLIO: Final = f"""
    select category_code, outcome, night, level, org_unit_code, items
    from published.portfolio_counts
    where night = %(night)s and level = any(%(levels)s)
    order by category_code, outcome, {LEVEL_ORDER}, org_unit_code
"""
