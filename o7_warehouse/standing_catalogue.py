"""Whether the catalogue a night would build stands already, so that dbt need not begin.

It stands where it was built whole, and tested, from the very files there are now, by the same programs and for the same
target, and nobody has changed since what that build left in the database: rows, columns, functions, and who may read
them. After so many days it is built again whatever it looks like, as every row is read and examined again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from o7_warehouse import rebuild, runs
from o7_warehouse.parameters import is_everything_due
from o7_warehouse.rule_grounds import built_grounds
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings

STEP: Final = "catalogue"
_DEFINED: Final = """
    select relation.relname::text, concat_ws(
        ' ', relation.relowner::regrole::text, relation.relacl::text,
        string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull), ', ' order by attnum)
    )
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
    where
        relation.relnamespace = 'catalogue'::regnamespace and relation.relkind = 'r'
        and attribute.attnum > 0 and not attribute.attisdropped
    group by relation.oid order by 1
"""
_CALLED: Final = """
    select concat_ws(' ', oid::regprocedure::text, proowner::regrole::text, proacl::text)
    from pg_catalog.pg_proc where pronamespace = 'dq'::regnamespace order by 1
"""
_BUILT: Final = "select night, made_of, left_behind from rebuild.built_catalogue"


def stands(settings: Settings, run_id: str) -> bool:
    """Whether a run may take the catalogue as it is; what it takes is written to the audit.

    Raises NightError when the run may not work any more, CatalogueError.
    """
    with transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
        run = runs.fence(cursor, run_id)
        cursor.execute(_BUILT)
        found = cursor.fetchone()
        if found is None:
            return False
        night, made_of, left_behind = found
        # Files first: a broken parameter is for dbt's own tests to name.
        if made_of != rebuild.project_digest(settings) or not _is_in_time(settings, run, night):
            return False
        if left_behind != _left_behind(cursor):
            return False
        cursor.execute(
            "insert into audit.gate_finding (run_id, gate, check_id, outcome, message)"
            " values (%s, 'build', 'catalogue', 'pass', %s)",
            (run_id, f"Справочники и предикаты прежние, построены в ночь {night:%d.%m.%Y}"),
        )
    return True


def forget(settings: Settings) -> None:
    """Note that the catalogue is being built, and stands nowhere until it is done."""
    with transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("delete from rebuild.built_catalogue")


def remember(settings: Settings, run_id: str) -> None:
    """Note of what a run has built the catalogue, and what that left in the database."""
    with transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
        run = runs.fence(cursor, run_id)
        cursor.execute(
            "insert into rebuild.built_catalogue (night, made_of, left_behind) values (%s, %s, %s)",
            (run.night, rebuild.project_digest(settings), _left_behind(cursor)),
        )


def _is_in_time(settings: Settings, run: OpenedRun, built: date) -> bool:
    return built <= run.night and not is_everything_due(settings.root, last=built, night=run.night)


def _left_behind(cursor: Cursor) -> str:
    cursor.execute(_DEFINED)
    tables = dict(cursor.fetchall())
    cursor.execute(_CALLED)
    called = [line for (line,) in cursor.fetchall()]
    digests = [f"{ground.kind} {ground.name} {ground.digest}" for ground in built_grounds(cursor, tables)]
    lines = [*(f"{name} {words}" for name, words in tables.items()), *called, *digests]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
