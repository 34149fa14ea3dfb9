"""The reconciliation: what nights have kept of the nights before them must be what building everybody gives.

Nights build the pupils that changed, week after week. So the night that the tables hold is built once more for
everybody, out of raw, and every table is compared row by row. A difference is a defect of the nights before: the tables
are right from then on, and the next night builds everybody.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse import dbt_results, dbt_runner, rebuild
from o7_warehouse.errors import GateError, NightError
from o7_warehouse.run_records import newest_run
from o7_warehouse.runs import hold_lock
from o7_warehouse.warehouse import transaction, translated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# All that stays from night to night. The pupils that were built are others when everybody is.
_KEPT: Final = """
    select relation.relnamespace::regnamespace::text, relation.relname::text, array_agg(attribute.attname::text
        order by attribute.attnum)
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_attribute as attribute
        on relation.oid = attribute.attrelid and attribute.attnum > 0 and not attribute.attisdropped
    where
        relation.relkind = 'r'
        and (
            relation.relnamespace in ('staging'::regnamespace, 'marts'::regnamespace)
            and relation.relname <> 'stg_o7__rebuilt_students'
            or relation.oid = 'intermediate.int_enrollments__won'::regclass
        )
    group by relation.oid
    order by 1, 2
"""
# Equal rows give equal sums in whatever order they lie; a row that is there twice counts twice.
_SUM: Final = (
    "select count(*), coalesce(sum(hashtextextended(row({columns})::text, 0)), 0)::text from {table}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A reconciliation that found nothing: of which night, and in how many tables and rows."""

    night: date
    tables: int
    rows: int


def reconcile(settings: Settings) -> Reconciled | None:
    """Build everybody of the night the tables hold and compare; None where they hold no night that is whole.

    Raises NightError while a night is under way, GateError that names the tables that differ, and what a build by dbt
    raises.
    """
    with hold_lock(settings, run_id="upkeep"), rebuild.only_one(settings):
        held = _held(settings)
        if held is None:
            return None
        run_id, night = held
        kept = _sums(settings)
        _build_everybody(settings, run_id, night)
        anew = _sums(settings)
        differing = sorted(table for table in kept.keys() | anew.keys() if kept.get(table) != anew.get(table))
        if differing:
            raise GateError(_told(night, differing, kept, anew))
        with transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
            rebuild.remember(cursor, settings, run_id)
    return Reconciled(night=night, tables=len(anew), rows=sum(rows for rows, _ in anew.values()))


def _held(settings: Settings) -> tuple[str, date] | None:
    with transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
        run = newest_run(cursor)
        if run is not None and not run.has_ended:
            raise NightError(
                f"The night {run.night} is under way and builds these tables itself. Wait until it has ended."
            )
        return rebuild.held(cursor, settings)


def _sums(settings: Settings) -> dict[str, tuple[int, str]]:
    """By table, its rows and the sum of their hashes."""
    with (
        transaction(settings, rebuild.ROLE) as connection,
        translated("reconcile"),
        connection.cursor() as cursor,
    ):
        cursor.execute(_KEPT)
        return {
            f"{schema}.{name}": _sum(cursor, schema, name, columns)
            for schema, name, columns in cursor.fetchall()
        }


def _sum(cursor: Cursor, schema: str, name: str, columns: list[str]) -> tuple[int, str]:
    cursor.execute(
        sql.SQL(_SUM).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier(schema, name)
        )
    )
    [(rows, total)] = cursor.fetchall()
    return rows, total


def _build_everybody(settings: Settings, run_id: str, night: date) -> None:
    told = dbt_runner.begin_apart(settings, night=night, build_id=run_id)
    subprocess.run(
        [
            sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()",
            *dbt_runner.command(settings, dbt_runner.OF_PUPILS), "--write-json",
        ],
        env=os.environ | told, cwd=settings.root, check=False,
    )  # fmt: skip
    # It tells a broken build better than the exit code does.
    dbt_results.refuse_broken(settings, dbt_runner.OF_PUPILS)


def _told(
    night: date,
    differing: list[str],
    kept: Mapping[str, tuple[int, str]],
    anew: Mapping[str, tuple[int, str]],
) -> str:
    tables = "; ".join(
        f"{table} ({kept[table][0] if table in kept else 'no'} rows kept, "
        f"{anew[table][0] if table in anew else 'no'} built)"
        for table in differing
    )
    return (
        f"Building everybody of {night} gives other rows than nights have kept, in {len(differing)} tables: {tables}. "
        "Figures since everybody was last built may be wrong by these rows. The tables are right now, and the next "
        "night builds everybody: replay the nights since (./o7 backfill), compare, and report the defect."
    )
