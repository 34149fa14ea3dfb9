"""Do the links of the delivered rows lead anywhere: rows whose parent came with no row (domain §5.4).

On a night of changes nothing but what came and went at both ends of a link is looked at (``changes/orphans.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.orphans import orphans_moved
from o7_warehouse.changes.suspects import settled
from o7_warehouse.changes.tonight import tonight
from o7_warehouse.contract import OWNER
from o7_warehouse.delivery_findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.suspects import Counts
    from o7_warehouse.contract import Column, Contract, Entity
    from o7_warehouse.delivery_limits import Floors
    from o7_warehouse.landing import Landed

# Links without which a row belongs to nobody: nothing there is as bad as something unknown.
CHECK = "parent_unknown"
OWNING = frozenset({OWNER, "student_id", "staff_id"})


def link_findings(
    cursor: Cursor, contract: Contract, landed: Mapping[str, Landed], floors: Floors, base: Counts
) -> Iterator[Finding]:
    """Every link with rows that point to nothing that was delivered; ``base``: what was counted on the base."""
    for parent in contract.entities:
        if not landed[parent.name].is_delivered:
            continue
        links = [
            Link(entity, column, landed[entity.name])
            for entity in contract.entities
            for column in entity.columns
            if column.parent == parent.name
            and landed[entity.name].rows_landed > 0
            and column.name in landed[entity.name].columns
        ]
        moved = [] if landed[parent.name].is_whole else [link for link in links if not link.landed.is_whole]
        counted = _moved(cursor, parent, moved, base) + _orphans(
            cursor, parent, [link for link in links if link not in moved], landed[parent.name]
        )
        for link, orphans in sorted(counted, key=lambda one: links.index(one[0])):
            if orphans:
                yield _finding(cursor, parent, link, orphans, floors, base)


@dataclass(frozen=True, slots=True)
class Link:
    """A column that points to another entity, with what landed of its own."""

    entity: Entity
    column: Column
    landed: Landed

    @property
    def is_owning(self) -> bool:
        """Whether a row without the link belongs to nobody, and so counts."""
        return self.column.name in OWNING


def _moved(cursor: Cursor, parent: Entity, links: list[Link], base: Counts) -> list[tuple[Link, int]]:
    if not links:
        return []
    had = [base.get((link.entity.name, link.column.name, CHECK), (0, 0))[0] for link in links]
    asked = [(link.entity, link.column, link.is_owning) for link in links]
    return list(zip(links, orphans_moved(cursor, parent, asked, had), strict=True))


def _orphans(
    cursor: Cursor, parent: Entity, links: list[Link], parent_landed: Landed
) -> list[tuple[Link, int]]:
    """Rows of every entity that point to no row of ``parent``; one statement, so its keys are read once."""
    if not links:
        return []
    children = [
        sql.SQL("select {} as number, {} as link from {} as row where {}").format(
            sql.Literal(number),
            name,
            tonight(link.entity, link.landed),
            sql.SQL("true" if link.is_owning else "{} is not null").format(name),
        )
        for number, link in enumerate(links)
        for name in [sql.Identifier(link.column.name)]
    ]
    cursor.execute(
        sql.SQL(
            """
            select child.number, count(*)
            from ({}) as child
            where not exists (select from {} as parent where parent.source_id = child.link)
            group by child.number
            """
        ).format(sql.SQL(" union all ").join(children), tonight(parent, parent_landed))
    )
    return [(links[number], int(orphans)) for number, orphans in cursor.fetchall()]


def _finding(
    cursor: Cursor, parent: Entity, link: Link, orphans: int, floors: Floors, base: Counts
) -> Finding:
    entity, column = link.entity, link.column
    of = link.landed.rows_landed if link.is_owning else _filled(cursor, link, base)
    return Finding(
        entity=entity.name,
        column=column.name,
        check=CHECK,
        severity="critical" if floors.is_broken(orphans, of) else "warning",
        message=f"{entity.name}.{column.name}: {orphans} of {of} rows have no delivered {parent.name}.",
        bad=orphans,
        seen=of,
    )


def _filled(cursor: Cursor, link: Link, base: Counts) -> int:
    known = base.get((link.entity.name, link.column.name, CHECK))
    query = sql.SQL("select count({}) from {} as row")
    name = sql.Identifier(link.column.name)
    if known is None and not link.landed.is_whole:
        cursor.execute(query.format(name, tonight(link.entity, link.landed)))
        [(rows,)] = cursor.fetchall()
        return int(rows)
    before = None if known is None else (known[1],)
    [rows] = settled(cursor, link.entity, link.landed, lambda table: query.format(name, table), before)
    return rows
