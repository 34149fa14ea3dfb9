"""The last night once more, out of a restored copy: its figures must be those that were published."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.revision import code_revision
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

FIGURES: Final = ("indicator_values", "control_values", "leaf_counts", "population_counts")
_PUBLISHED: Final = """
    select night.run_id::text, run.code_revision = %s and exists (
        select from raw_o7.night as held where held.night = night.night
    ) and not exists (
        select from audit.erased_rows as gone where gone.night = night.night
    )
    from published.night inner join audit.run on night.run_id = run.run_id
    where night.night = %s
"""
_DIFFERING: Final = """
    select count(*) from (
        (
            select to_jsonb(line) - 'build_id' from {table} as line where build_id = {one}
            except all
            select to_jsonb(line) - 'build_id' from {table} as line where build_id = {other}
        )
        union all
        (
            select to_jsonb(line) - 'build_id' from {table} as line where build_id = {other}
            except all
            select to_jsonb(line) - 'build_id' from {table} as line where build_id = {one}
        )
    ) as differing
"""


def replayed(beside: Settings, night: date) -> dict[str, int] | None:
    """Build a published night of the restored warehouse from its raw rows; returns by table how many figures differ.

    None where it cannot be compared: it was built by other code, or not all its rows are kept. Raises what the steps
    of a night raise.
    """
    from o7_warehouse.walk import walk  # noqa: PLC0415 - dbt and Great Expectations, which a command may not wait for

    with transaction(beside, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, (code_revision(beside.root), night))
        [(published, is_comparable)] = cursor.fetchall()
    if not is_comparable:
        return None
    run_id = str(uuid.uuid4())
    walk(
        beside, run_id=run_id, night=night, first="extract", last="indicators", trigger="drill", from_raw=True
    )
    with transaction(beside, ADMIN) as connection, connection.cursor() as cursor:
        return {table: count for table in FIGURES if (count := _differing(cursor, table, published, run_id))}


def _differing(cursor: Cursor, table: str, one: str, other: str) -> int:
    cursor.execute(
        sql.SQL(_DIFFERING).format(
            table=sql.Identifier("indicators", table), one=sql.Literal(one), other=sql.Literal(other)
        )
    )
    [(count,)] = cursor.fetchall()
    return int(count)
