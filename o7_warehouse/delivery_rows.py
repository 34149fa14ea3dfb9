"""Can the delivered rows be believed: keys, parents, volume, readable values, undamaged names (domain §5.4).

A few rows that cannot be placed are the gate's business, row by row; here only what says that the whole
delivery is broken stops the night. Everything is counted by the server, one entity at a time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.suspects import settled
from o7_warehouse.changes.tonight import landing_of, tonight
from o7_warehouse.contract import KEY
from o7_warehouse.delivery_damage import damaged_names, lost_zeros
from o7_warehouse.delivery_findings import Finding
from o7_warehouse.delivery_links import link_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.suspects import Counts
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
    cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], floors: Floors, base: Counts
) -> Iterator[Finding]:
    """Every finding about the rows of tonight alone.

    On a night of changes ``base`` is what was counted on the night they change; rows that stay are not read again.
    """
    for entity in contract.entities:
        of_entity = landed[entity.name]
        if of_entity.is_delivered and of_entity.rows_landed == 0 and not entity.may_be_empty:
            yield _empty(entity)
    for entity in contract.entities:
        of_entity = landed[entity.name]
        if of_entity.rows_landed > 0:
            yield from _unreadable(cursor, entity, of_entity, floors)
            yield from _keys(cursor, entity, of_entity, floors, base)
            yield from damaged_names(cursor, entity, of_entity, floors, base)
            yield from lost_zeros(cursor, entity, of_entity, floors, base)
    yield from link_findings(cursor, contract, landed, floors, base)


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


def _unreadable(cursor: Cursor, entity: Entity, landed: Landed, floors: Floors) -> Iterator[Finding]:
    """Columns whose values are none of the contract's type: of what landed, and only if a value is, of all rows."""
    table: sql.Composable = landing_of(entity)
    found = _values(cursor, entity, landed, table, rows=landed.rows_read)
    if not landed.is_whole and any(bad for _, bad, _ in found):
        found = _values(cursor, entity, landed, tonight(entity, landed), rows=landed.rows_landed)
    for column, bad, seen in found:
        if seen and Decimal(bad) > seen * floors.retyped_ceiling:
            yield Finding(
                entity=entity.name,
                column=column.name,
                check="column_retyped",
                severity="critical",
                message=f"{entity.name}.{column.name}: {bad} of {seen} values looked at are not of the "
                f"contract's type {column.type}; the column means something else now.",
            )


def _values(
    cursor: Cursor, entity: Entity, landed: Landed, table: sql.Composable, *, rows: int
) -> list[tuple[Column, int, int]]:
    """Of each typed column that came how many values cannot be read, and how many were looked at."""
    typed = [column for column in entity.columns if column.name in landed.columns and column.type in READABLE]
    if rows == 0:
        return []
    counts = [
        sql.SQL("count({0}) filter (where {0} <> '' and not ({1}))").format(
            sql.Identifier(column.name), sql.SQL(READABLE[column.type]).format(sql.Identifier(column.name))
        )
        for column in typed
    ]
    filled = [sql.SQL("count(nullif({}, ''))").format(sql.Identifier(column.name)) for column in typed]
    # What is put together of raw and landing is no table that could be sampled.
    is_whole = rows <= SAMPLE_ROWS or not isinstance(table, sql.Identifier)
    sample = sql.SQL("" if is_whole else "tablesample system ({}) repeatable (22)").format(
        sql.Literal(round(100 * SAMPLE_ROWS / rows, 4))
    )
    cursor.execute(
        sql.SQL("select {} from {} as row {}").format(sql.SQL(", ").join([*counts, *filled]), table, sample)
    )
    [found] = cursor.fetchall()
    return [(column, found[number], found[len(typed) + number]) for number, column in enumerate(typed)]


def _keys(cursor: Cursor, entity: Entity, landed: Landed, floors: Floors, base: Counts) -> Iterator[Finding]:
    # Sorting 64-bit hashes costs less than grouping texts; two keys share one once in billions of deliveries.
    query = sql.SQL(
        "select count(*) - count({0}), count({0}) - count(distinct hashtextextended({0}, 0)) from {1} as row"
    )
    rows = landed.rows_landed
    checks = (("key_missing", "have no key"), ("key_twice", "repeat a key"))
    had = tuple(base.get((entity.name, KEY, check), (0, 0))[0] for check, _ in checks)
    found = settled(cursor, entity, landed, lambda table: query.format(sql.Identifier(KEY), table), had)
    for bad, (check, what) in zip(found, checks, strict=True):
        if bad:
            yield Finding(
                entity=entity.name,
                column=KEY,
                check=check,
                severity="critical" if floors.is_broken(bad, rows) else "warning",
                message=f"{entity.name}: {bad} of {rows} rows {what} ({KEY}).",
                bad=bad,
                seen=rows,
            )
