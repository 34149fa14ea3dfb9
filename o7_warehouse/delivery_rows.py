"""Can the delivered rows be believed: keys, parents, volume, readable values, undamaged names (domain §5.4).

A few rows that cannot be placed are the gate's business, row by row; here only what says that the whole
delivery is broken stops the night. Everything is counted by the server, one entity at a time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.contract import KEY, OWNER
from o7_warehouse.delivery_damage import damaged_names, lost_zeros
from o7_warehouse.delivery_findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Column, Contract, Entity
    from o7_warehouse.delivery_limits import Floors
    from o7_warehouse.landing import Landed

# A retyped column shows itself in every row; so many are looked at.
SAMPLE_ROWS = 4_000
# Links without which a row belongs to nobody: nothing there is as bad as something unknown.
OWNING = frozenset({OWNER, "student_id", "staff_id"})
READABLE = {
    "boolean": "{} in ('true', 'false')",
    "integer": "{} ~ '^-?[0-9]+$'",
    "decimal": r"{} ~ '^-?[0-9]+(\.[0-9]+)?$'",
    "date": "{} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'",
    "instant": r"{} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\+03:00$'",
}


def row_findings(
    cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], floors: Floors
) -> Iterator[Finding]:
    """Every finding about the rows of tonight alone."""
    filled = []
    for entity in contract.entities:
        of_entity = landed[entity.name]
        if of_entity.is_delivered and of_entity.rows_landed == 0 and not entity.may_be_empty:
            yield _empty(entity)
        if of_entity.rows_landed > 0:
            filled.append((entity, of_entity))
    for entity, of_entity in filled:
        columns = [column for column in entity.columns if column.name in of_entity.columns]
        yield from _unreadable(cursor, entity, columns, of_entity.rows_landed, floors)
        yield from _keys(cursor, entity, of_entity.rows_landed, floors)
        yield from damaged_names(cursor, entity, of_entity.rows_landed, floors)
        yield from lost_zeros(cursor, entity, of_entity, floors)
    for parent in contract.entities:
        if landed[parent.name].is_delivered:
            yield from _orphans(cursor, parent.name, filled, floors)


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
    cursor: Cursor, entity: Entity, columns: list[Column], rows: int, floors: Floors
) -> Iterator[Finding]:
    typed = [column for column in columns if column.type in READABLE]
    counts = [
        sql.SQL("count({0}) filter (where {0} <> '' and not ({1}))").format(
            sql.Identifier(column.name), sql.SQL(READABLE[column.type]).format(sql.Identifier(column.name))
        )
        for column in typed
    ]
    filled = [sql.SQL("count(nullif({}, ''))").format(sql.Identifier(column.name)) for column in typed]
    sample = sql.SQL("" if rows <= SAMPLE_ROWS else "tablesample system ({}) repeatable (22)").format(
        sql.Literal(round(100 * SAMPLE_ROWS / rows, 4))
    )
    cursor.execute(
        sql.SQL("select {} from {} {}").format(
            sql.SQL(", ").join([*counts, *filled]), _landing(entity), sample
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


def _keys(cursor: Cursor, entity: Entity, rows: int, floors: Floors) -> Iterator[Finding]:
    # Sorting 64-bit hashes costs less than grouping texts; two keys share one once in billions of deliveries.
    query = "select count(*) - count({0}), count({0}) - count(distinct hashtextextended({0}, 0)) from {1}"
    cursor.execute(sql.SQL(query).format(sql.Identifier(KEY), _landing(entity)))
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


def _links(parent: str, filled: Sequence[tuple[Entity, Landed]]) -> list[tuple[Entity, Column, int]]:
    return [
        (entity, column, of_entity.rows_landed)
        for entity, of_entity in filled
        for column in entity.columns
        if column.parent == parent and column.name in of_entity.columns
    ]


def _orphans(
    cursor: Cursor, parent: str, filled: Sequence[tuple[Entity, Landed]], floors: Floors
) -> Iterator[Finding]:
    """Rows of every entity that point to no row of ``parent``; one statement, so its keys are read once."""
    links = _links(parent, filled)
    if not links:
        return
    children = [
        sql.SQL("select {} as number, {} as link from {} where {}").format(
            sql.Literal(number),
            name,
            _landing(entity),
            sql.SQL("true" if is_owning else "{} is not null").format(name),
        )
        for number, (entity, column, _) in enumerate(links)
        for name, is_owning in [(sql.Identifier(column.name), column.name in OWNING)]
    ]
    cursor.execute(
        sql.SQL(
            """
            select child.number, count(*)
            from ({}) as child
            where not exists (select from {} as parent where parent.source_id = child.link)
            group by child.number
            order by child.number
            """
        ).format(sql.SQL(" union all ").join(children), sql.Identifier("landing", parent))
    )
    for number, orphans in cursor.fetchall():
        entity, column, rows = links[number]
        of = rows if column.name in OWNING else _filled(cursor, entity, column)
        yield Finding(
            entity=entity.name,
            column=column.name,
            check="parent_unknown",
            severity="critical" if floors.is_broken(orphans, of) else "warning",
            message=f"{entity.name}.{column.name}: {orphans} of {of} rows have no delivered {parent}.",
        )


def _filled(cursor: Cursor, entity: Entity, column: Column) -> int:
    cursor.execute(sql.SQL("select count({}) from {}").format(sql.Identifier(column.name), _landing(entity)))
    [(rows,)] = cursor.fetchall()
    return int(rows)


def _landing(entity: Entity) -> sql.Identifier:
    return sql.Identifier("landing", entity.name)
