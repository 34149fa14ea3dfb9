"""Do the links of the delivered rows lead anywhere: rows whose parent came with no row (domain §5.4).

On a night of changes links are counted only where there may be something to count: the base had rows there that lead
nowhere, a row that came leads nowhere, or a parent went and left children behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.tonight import tonight
from o7_warehouse.contract import OWNER
from o7_warehouse.delivery_findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.suspects import Suspects
    from o7_warehouse.contract import Column, Contract, Entity
    from o7_warehouse.delivery_limits import Floors
    from o7_warehouse.landing import Landed

# Links without which a row belongs to nobody: nothing there is as bad as something unknown.
OWNING = frozenset({OWNER, "student_id", "staff_id"})


def link_findings(
    cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], floors: Floors, suspects: Suspects
) -> Iterator[Finding]:
    """Every link with rows that point to nothing that was delivered."""
    for parent in contract.entities:
        if not landed[parent.name].is_delivered:
            continue
        links = [
            (entity, column)
            for entity in contract.entities
            for column in entity.columns
            if column.parent == parent.name
            and landed[entity.name].rows_landed > 0
            and column.name in landed[entity.name].columns
        ]
        if links and not all(landed[one.name].is_whole for one in (parent, *(child for child, _ in links))):
            links = suspects.of_links(cursor, parent, links, landed, is_counted=condition_of)
        if links:
            yield from _orphans(cursor, parent, links, landed, floors)


def condition_of(column: Column, name: sql.Composable) -> sql.Composable:
    """Whether a row counts that has this link; ``name`` is how a statement calls it."""
    return sql.SQL("true") if column.name in OWNING else sql.SQL("{} is not null").format(name)


def _orphans(
    cursor: Cursor,
    parent: Entity,
    links: Sequence[tuple[Entity, Column]],
    landed: Mapping[str, Landed],
    floors: Floors,
) -> Iterator[Finding]:
    """Rows of every entity that point to no row of ``parent``; one statement, so its keys are read once."""
    children = [
        sql.SQL("select {} as number, {} as link from {} as row where {}").format(
            sql.Literal(number), name, tonight(entity, landed[entity.name]), condition_of(column, name)
        )
        for number, (entity, column) in enumerate(links)
        for name in [sql.Identifier(column.name)]
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
        ).format(sql.SQL(" union all ").join(children), tonight(parent, landed[parent.name]))
    )
    for number, orphans in cursor.fetchall():
        entity, column = links[number]
        of_entity = landed[entity.name]
        of = of_entity.rows_landed if column.name in OWNING else _filled(cursor, entity, column, of_entity)
        yield Finding(
            entity=entity.name,
            column=column.name,
            check="parent_unknown",
            severity="critical" if floors.is_broken(orphans, of) else "warning",
            message=f"{entity.name}.{column.name}: {orphans} of {of} rows have no delivered {parent.name}.",
        )


def _filled(cursor: Cursor, entity: Entity, column: Column, landed: Landed) -> int:
    query = sql.SQL("select count({}) from {} as row")
    cursor.execute(query.format(sql.Identifier(column.name), tonight(entity, landed)))
    [(rows,)] = cursor.fetchall()
    return int(rows)
