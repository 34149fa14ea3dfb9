"""Can the delivered rows be believed: keys, parents, volume, readable values, undamaged names (domain §5.4).

A few rows that cannot be placed are the gate's business, row by row; here only what says that the whole
delivery is broken stops the night. Everything is counted by the server, one entity at a time.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.tonight import landing_of, tonight
from o7_warehouse.contract import KEY
from o7_warehouse.delivery_damage import damaged_names, lost_zeros
from o7_warehouse.delivery_findings import Finding
from o7_warehouse.delivery_links import link_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.suspects import Suspects
    from o7_warehouse.contract import Column, Contract, Entity
    from o7_warehouse.delivery_limits import Floors
    from o7_warehouse.landing import Landed

# A retyped column shows itself in every row; so many are looked at.
SAMPLE_ROWS = 4_000
READABLE = {
    "boolean": "{} in ('true', 'false')",
    "integer": "{} ~ '^-?[0-9]+$'",
    "decimal": r"{} ~ '^-?[0-9]+(\.[0-9]+)?$'",
    "date": "{} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'",
    "instant": r"{} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\+03:00$'",
}


def row_findings(
    cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], floors: Floors, suspects: Suspects
) -> Iterator[Finding]:
    """Every finding about the rows of tonight alone.

    On a night of changes an entity is looked at whole where ``suspects`` says that the base had something there, or
    where something is wrong with what came; any other is as clean as it was.
    """
    for entity in contract.entities:
        of_entity = landed[entity.name]
        if of_entity.is_delivered and of_entity.rows_landed == 0 and not entity.may_be_empty:
            yield _empty(entity)
    for entity in contract.entities:
        of_entity = landed[entity.name]
        if of_entity.rows_landed and (
            of_entity.is_whole or entity.name in suspects.entities or _is_suspicious(cursor, entity, of_entity, floors)
        ):
            table = tonight(entity, of_entity)
            yield from _found_among(cursor, entity, table, of_entity, rows=of_entity.rows_landed, floors=floors)
    yield from link_findings(cursor, contract, landed, floors, suspects)


def _is_suspicious(cursor: Cursor, entity: Entity, landed: Landed, floors: Floors) -> bool:
    """Whether anything at all is wrong with the rows that came of an entity on a night of changes."""
    strict = replace(floors, retyped_ceiling=Decimal(0))
    came = _found_among(cursor, entity, landing_of(entity), landed, rows=landed.rows_read, floors=strict)
    return landed.rows_read > 0 and any(True for _ in came)


def _found_among(
    cursor: Cursor, entity: Entity, table: sql.Composable, landed: Landed, *, rows: int, floors: Floors
) -> Iterator[Finding]:
    """What is wrong with the ``rows`` rows of ``table``, which have the columns that came."""
    columns = [column for column in entity.columns if column.name in landed.columns]
    yield from _unreadable(cursor, entity, table, columns, rows, floors)
    yield from _keys(cursor, entity, table, rows, floors)
    yield from damaged_names(cursor, entity, table, rows, floors)
    yield from lost_zeros(cursor, entity, table, landed, floors)


def erased_findings(landed: Iterable[Landed]) -> Iterator[Finding]:
    """О7 still delivers rows of persons that were erased here; they were kept out, and a person should hear of it."""
    for one in landed:
        if one.rows_erased:
            yield Finding(
                entity=one.entity,
                check="erased_delivered",
                severity="warning",
                message=f"{one.entity}: {one.rows_erased} of {one.rows_in} rows are of persons that were erased from "
                "the warehouse; О7 delivers them still, and they were kept out.",
            )


def _empty(entity: Entity) -> Finding:
    return Finding(
        entity=entity.name,
        check="entity_empty",
        severity="critical",
        message=f"{entity.name} came without a single row; that is a broken export, not a mass deletion.",
    )


def _unreadable(
    cursor: Cursor, entity: Entity, table: sql.Composable, columns: list[Column], rows: int, floors: Floors
) -> Iterator[Finding]:
    typed = [column for column in columns if column.type in READABLE]
    counts = [
        sql.SQL("count({0}) filter (where {0} <> '' and not ({1}))").format(
            sql.Identifier(column.name), sql.SQL(READABLE[column.type]).format(sql.Identifier(column.name))
        )
        for column in typed
    ]
    filled = [sql.SQL("count(nullif({}, ''))").format(sql.Identifier(column.name)) for column in typed]
    # What is put together of raw and landing is no table to take a sample of; it is looked at because of a suspicion.
    is_sampled = rows > SAMPLE_ROWS and isinstance(table, sql.Identifier)
    sample = sql.SQL("tablesample system ({}) repeatable (22)").format(
        sql.Literal(round(100 * SAMPLE_ROWS / rows, 4))
    )
    cursor.execute(
        sql.SQL("select {} from {} as row {}").format(
            sql.SQL(", ").join([*counts, *filled]), table, sample if is_sampled else sql.SQL("")
        )
    )
    [found] = cursor.fetchall()
    for number, column in enumerate(typed):
        bad, seen = found[number], found[len(typed) + number]
        if seen and Decimal(bad) > seen * floors.retyped_ceiling:
            yield Finding(
                entity=entity.name,
                column=column.name,
                check="column_retyped",
                severity="critical",
                message=f"{entity.name}.{column.name}: {bad} of {seen} values looked at are not of the "
                f"contract's type {column.type}; the column means something else now.",
            )


def _keys(
    cursor: Cursor, entity: Entity, table: sql.Composable, rows: int, floors: Floors
) -> Iterator[Finding]:
    # Sorting 64-bit hashes costs less than grouping texts; two keys share one once in billions of deliveries.
    query = "select count(*) - count({0}), count({0}) - count(distinct hashtextextended({0}, 0)) from {1} as row"
    cursor.execute(sql.SQL(query).format(sql.Identifier(KEY), table))
    [(without, twice)] = cursor.fetchall()
    for bad, check, what in ((without, "key_missing", "have no key"), (twice, "key_twice", "repeat a key")):
        if bad:
            yield Finding(
                entity=entity.name,
                column=KEY,
                check=check,
                severity="critical" if floors.is_broken(bad, rows) else "warning",
                message=f"{entity.name}: {bad} of {rows} rows {what} ({KEY}).",
            )
