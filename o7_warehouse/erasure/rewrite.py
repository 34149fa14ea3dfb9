"""After the rows are gone: the files that held them, and the planner's statistics, which quote values of columns."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.gate_relations import forget_relations
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import connect, transaction, translated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

_STATISTICS: Final = """
    select attribute.attname::text, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
    from pg_catalog.pg_attribute as attribute
    inner join pg_catalog.pg_stats as known
        on attribute.attname = known.attname and known.schemaname = %(schema)s and known.tablename = %(table)s
    where attribute.attrelid = pg_catalog.to_regclass(pg_catalog.format('%%I.%%I', %(schema)s::text, %(table)s::text))
"""

_MAY_CHECKPOINT: Final = "select pg_catalog.pg_has_role('pg_checkpoint', 'usage')"


def rewrite(settings: Settings, tables: Iterable[str]) -> None:
    """Write the files of the tables anew, so that removed rows stand in none of them, and their statistics with them.

    What the gate made for its last examination is dropped: it is made anew every night. Raises StatementError,
    WarehouseUnavailableError.
    """
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        forget_relations(cursor)
    with translated("rewriting tables after an erasure"), closing(connect(settings, ADMIN)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in tables:
                schema, table = name.split(".")
                cursor.execute(sql.SQL("vacuum (full, analyze) {}").format(sql.Identifier(schema, table)))
                _forget_statistics(cursor, schema, table)
            cursor.execute("vacuum (full) pg_catalog.pg_statistic")
            # Until then the old files are still there; who may not ask for a checkpoint gets it within minutes.
            cursor.execute(_MAY_CHECKPOINT)
            if cursor.fetchall() == [(True,)]:
                cursor.execute("checkpoint")


def _forget_statistics(cursor: Cursor, schema: str, table: str) -> None:
    """Of a table that has become empty: to analyze it leaves the statistics as they are, a column's type takes them."""
    cursor.execute(sql.SQL("select not exists (select from {})").format(sql.Identifier(schema, table)))
    [(is_empty,)] = cursor.fetchall()
    if not is_empty:
        return
    cursor.execute(_STATISTICS, {"schema": schema, "table": table})
    for column, kind in cursor.fetchall():
        # The same type: nothing is converted, but nobody may count on the old statistics any more.
        cursor.execute(
            sql.SQL("alter table {} alter column {} type {}").format(
                sql.Identifier(schema, table), sql.Identifier(column), sql.SQL(kind)
            )
        )
