"""An entity that comes in several files, in another dialect or as changes, made into its rows in ``landing``.

Files are poured into a side table as they come; from there one statement moves them on in canonical text. Files
of one operation that follow one another are applied at once. Every operation must find exactly what it speaks of:
so the rows that stay are those of the base, and those created, less those deleted.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.contract import KEY
from o7_warehouse.errors import DeliveryError
from o7_warehouse.sources.refusals import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity
    from o7_warehouse.sources import Delivery
    from o7_warehouse.sources.delivery import Operation, Part
    from o7_warehouse.sources.dialect import Dialect

    Pour = Callable[[sql.Identifier, Part], tuple[int, int]]
    # Takes changes of rows of erased persons out of a table of an entity, by its columns there; says how many.
    Spare = Callable[[sql.Identifier, Entity, list[str]], int]

SIDE = sql.Identifier("pg_temp", "delivered_whole")


def land_parts(
    cursor: Cursor, delivery: Delivery, entity: Entity, parts: list[Part], pour: Pour, spare: Spare
) -> tuple[int, int]:
    """Land all parts of an entity; returns the rows that must be there by count, and those that are.

    Raises DeliveryError when a part changes or deletes what is not there, and where an identity is not one of
    the installation's.
    """
    delivered = delivery.columns(entity.name) or []
    known = [name for name in entity.column_names if name in delivered]
    rows_in = _land_base(cursor, entity, known, delivery.base) if delivery.base else 0
    for operation, alike in groupby(parts, key=lambda part: part.operation):
        counted = _apply(cursor, delivery.dialect, entity, operation, list(alike), pour, spare)
        rows_in += {"create": counted, "update": 0, "delete": -counted}[operation]
    cursor.execute(sql.SQL("select count(*) from {}").format(_landing(entity)))
    [(rows_landed,)] = cursor.fetchall()
    return rows_in, int(rows_landed)


def check_base(cursor: Cursor, delivery: Delivery) -> None:
    """Raise DeliveryError unless an increment changes the newest night before its own."""
    if delivery.base is None:
        return
    cursor.execute("select max(night) from raw_o7.night where night < %s", (delivery.night,))
    [(newest,)] = cursor.fetchall()
    if newest != delivery.base:
        raise DeliveryError(
            f"The delivery of {delivery.night} holds the changes since {delivery.base}, and the newest night before "
            f"it is {newest or 'none'}. Changes of another state would make up rows. Ask О7's operator for the "
            "changes since then, or for a whole export.",
            check="base_unknown",
        )


def check_unchanged(cursor: Cursor, delivery: Delivery, entity: Entity) -> None:
    """Raise DeliveryError when an increment does not speak of an entity that its base has rows of."""
    if delivery.base is None:
        return
    cursor.execute(
        "select rows_landed from raw_o7.load_record where night = %s and entity = %s and rows_landed > 0",
        (delivery.base, entity.name),
    )
    for (rows,) in cursor.fetchall():
        raise DeliveryError(
            f"{entity.name}: the changes since {delivery.base} have no file of it, and {rows} rows are there. "
            f"Whether they stay is not said. {AGAIN} A file without rows says that nothing changed.",
            check="entity_missing",
        )


def _land_base(cursor: Cursor, entity: Entity, known: list[str], base: date) -> int:
    names = _names(known)
    rows = sql.SQL(
        "insert into {} ({}) select {} from {} where _night_from <= %(base)s and _night_to > %(base)s"
    )
    cursor.execute(
        rows.format(_landing(entity), names, names, sql.Identifier("raw_o7", entity.name)), {"base": base}
    )
    return cursor.rowcount


def _apply(
    cursor: Cursor,
    dialect: Dialect,
    entity: Entity,
    operation: Operation,
    parts: list[Part],
    pour: Pour,
    spare: Spare,
) -> int:
    """Pour files of one operation and apply them; returns how many rows they hold, as counted at the source.

    Changes of rows of erased persons are left out: there is nothing they could change.
    """
    columns = list(dict.fromkeys(name for part in parts for name in part.columns))
    texts = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in columns)
    cursor.execute(sql.SQL("create temporary table {} ({}) on commit drop").format(SIDE, texts))
    counted = 0
    for part in parts:
        rows_in, rows_poured = pour(SIDE, part)
        if rows_in != rows_poured:
            raise DeliveryError(
                f"{part.label}: the source counted {rows_in} rows, and {rows_poured} came. Rows that nobody can "
                f"account for are not loaded. {AGAIN}",
                check="rows_unaccounted",
            )
        counted += rows_in
    known = [name for name in entity.column_names if name in columns]
    _check_prefix(cursor, dialect, entity, known)
    if operation != "create":
        counted -= spare(SIDE, entity, known)
        _take_out(cursor, dialect, entity, operation, counted)
    if operation != "delete":
        values = sql.SQL(", ").join(dialect.canonical(entity.column(name)) for name in known)
        cursor.execute(
            sql.SQL("insert into {} ({}) select {} from {}").format(
                _landing(entity), _names(known), values, SIDE
            )
        )
    cursor.execute(sql.SQL("drop table {}").format(SIDE))
    return counted


def _take_out(cursor: Cursor, dialect: Dialect, entity: Entity, operation: Operation, counted: int) -> None:
    """Take the rows that are changed or deleted out of landing. Raises DeliveryError unless each is there once."""
    key = dialect.canonical(entity.column(KEY))
    cursor.execute(
        sql.SQL("delete from {} where {} in (select {} from {})").format(
            _landing(entity), sql.Identifier(KEY), key, SIDE
        )
    )
    if cursor.rowcount != counted:
        raise DeliveryError(
            f"{entity.name}: {counted} rows are to {operation}, and {cursor.rowcount} of those that are there have "
            "their keys: files of another state, or one file twice. Changes of something else would make up rows. "
            f"{AGAIN}",
            check="operation_unfounded",
        )


def _check_prefix(cursor: Cursor, dialect: Dialect, entity: Entity, known: list[str]) -> None:
    prefixed = [name for name in known if dialect.is_prefixed(entity.column(name))]
    if not prefixed:
        return
    counts = [
        sql.SQL("count(*) filter (where {0} <> '' and not starts_with({0}, {1}))").format(
            sql.Identifier(name), sql.Literal(dialect.prefix)
        )
        for name in prefixed
    ]
    cursor.execute(sql.SQL("select {} from {}").format(sql.SQL(", ").join(counts), SIDE))
    [found] = cursor.fetchall()
    strange = [f"{entity.name}.{name} {bad}" for name, bad in zip(prefixed, found, strict=True) if bad]
    if strange:
        raise DeliveryError(
            f"Identities do not begin with the prefix {dialect.prefix!r} that the manifest names; rows by column: "
            f"{', '.join(strange)}. They are those of another installation of О7. {AGAIN}",
            check="prefix_unknown",
        )


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _landing(entity: Entity) -> sql.Identifier:
    return sql.Identifier("landing", entity.name)
