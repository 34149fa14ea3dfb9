"""What a backfill would change: figures of held builds beside those that are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from o7_warehouse.backfill.held import ROLE, builds_of
from o7_warehouse.compare.movements import movements
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class under a small name
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from o7_warehouse.compare.movements import Movement
    from o7_warehouse.settings import Settings

_FIGURES: Final = """
    select
        figures.night::text, figures.indicator, figures.level, figures.org_unit_code, units.org_unit_name,
        figures.numerator, figures.denominator, figures.value::float8
    from indicators.indicator_values as figures
    inner join indicators.org_units as units using (night, build_id, level, org_unit_code)
    where figures.night = %s and figures.build_id = %s and figures.education_stage = 'all'
"""
_TABLES: Final = """
    select relation.relname::text, array_agg(attribute.attname::text order by attribute.attnum)
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
    where
        relation.relnamespace = 'indicators'::regnamespace and relation.relkind = 'r'
        and attribute.attnum > 0 and not attribute.attisdropped and attribute.attname <> 'build_id'
        and exists (
            select from pg_catalog.pg_attribute as of_build
            where of_build.attrelid = relation.oid and of_build.attname = 'build_id'
        )
    group by relation.relname order by relation.relname
"""


def compared(settings: Settings, backfill: str) -> list[Movement]:
    """Every figure of the sound nights of a backfill that nobody has decided about, old and new, top movers first.

    Raises CommandError where there is no such backfill.
    """
    old: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    with transaction(settings, ROLE) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            builds = [one for one in builds_of(cursor, backfill) if one.is_sound and not one.decided]
        for one in builds:
            if one.standing is not None:
                old += _figures(connection, one.night, one.standing)
            new += _figures(connection, one.night, one.run_id)
    return movements(old, new)


def differing_tables(cursor: Cursor, one: str, other: str) -> list[str]:
    """The tables of figures in which two builds of a night do not hold the same rows."""
    cursor.execute(_TABLES)
    return [table for table, columns in cursor.fetchall() if _differ(cursor, table, columns, one, other)]


def _differ(cursor: Cursor, table: str, columns: list[str], one: str, other: str) -> bool:
    names, place = sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier("indicators", table)
    first, second = (
        sql.SQL("select {} from {} where build_id = {}").format(names, place, sql.Literal(build))
        for build in (one, other)
    )
    cursor.execute(
        sql.SQL("select exists (({0}) except all ({1})) or exists (({1}) except all ({0}))").format(
            first, second
        )
    )
    [(differ,)] = cursor.fetchall()
    return bool(differ)


def _figures(connection: Connection, night: dt.date, run_id: str) -> list[dict[str, Any]]:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(_FIGURES, (night, run_id))
        return [dict(row) for row in cursor.fetchall()]
