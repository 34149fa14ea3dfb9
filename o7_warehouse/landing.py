"""The landing tables: emptied before a delivery and after its load, with a note of what was delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.errors import DeliveryError

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract

NOTES = ("_delivery", "_volume", "_replaced", "_row_check", "_reading")


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """One entity of a delivery: the columns it came with, its rows as both sides counted them.

    ``rows_landed`` are the rows that the night has of it, ``rows_read`` those that lie in landing: fewer where
    ``is_whole`` says that only what changed came.
    """

    entity: str
    is_known: bool = True
    is_delivered: bool = False
    columns: list[str] = field(default_factory=list)
    retyped: list[str] = field(default_factory=list)
    rows_in: int = 0
    rows_landed: int = 0
    rows_read: int = 0
    is_whole: bool = True
    rows_erased: int = 0
    batch_id: str | None = None


def empty_landing(cursor: Cursor, contract: Contract) -> None:
    """Take everything out of landing; a table without a page is left alone, which saves the most."""
    cursor.execute(
        """
        select relation.relname
        from pg_catalog.pg_class as relation
        join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
        where namespace.nspname = 'landing' and relation.relkind = 'r' and pg_relation_size(relation.oid) > 0
        """
    )
    ours = {*contract.entity_names, *NOTES}
    filled = [sql.Identifier("landing", name) for (name,) in cursor.fetchall() if name in ours]
    if filled:
        cursor.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(filled)))


def stamp_landing(cursor: Cursor, contract: Contract, *, batch_id: str) -> None:
    """Let every row copied from here on carry ``batch_id``.

    A constant as the column's default costs a COPY nothing; one that reads a setting is worked out for every
    row, which is a fifth of what the warehouse spends on narrow ones.
    """
    statement = sql.SQL("alter table {} alter column _batch_id set default {}")
    stamped = (
        statement.format(sql.Identifier("landing", name), sql.Literal(batch_id))
        for name in contract.entity_names
    )
    cursor.execute(sql.SQL("; ").join(stamped))


def record_landed(cursor: Cursor, landed: list[Landed], *, run_id: str, batch_id: str) -> None:
    """Note what was delivered."""
    for one in landed:
        cursor.execute(
            "insert into landing._delivery (run_id, entity, is_known, is_delivered, columns, retyped_columns,"
            " rows_in, rows_landed, rows_read, is_whole, rows_erased, batch_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                run_id,
                one.entity,
                one.is_known,
                one.is_delivered,
                one.columns,
                one.retyped,
                one.rows_in,
                one.rows_landed,
                one.rows_read,
                one.is_whole,
                one.rows_erased,
                batch_id,
            ),
        )


def read_landed(cursor: Cursor, run_id: str) -> dict[str, Landed]:
    """What this run landed, by entity.

    Raises DeliveryError when landing holds another run's rows, or none: a crash of the server empties it.
    """
    cursor.execute(
        "select entity, is_known, is_delivered, columns, retyped_columns, rows_in, rows_landed, rows_read,"
        " is_whole, rows_erased, batch_id::text"
        " from landing._delivery where run_id = %s order by entity",
        (run_id,),
    )
    landed = {
        row[0]: Landed(
            entity=row[0],
            is_known=row[1],
            is_delivered=row[2],
            columns=row[3],
            retyped=row[4],
            rows_in=row[5],
            rows_landed=row[6],
            rows_read=row[7],
            is_whole=row[8],
            rows_erased=row[9],
            batch_id=row[10],
        )
        for row in cursor.fetchall()
    }
    if not landed:
        raise DeliveryError(
            f"Landing holds nothing of the run {run_id}: nothing was extracted, or the server was restarted "
            "after a "
            "crash. There is nothing to load. Start the night again."
        )
    return landed
