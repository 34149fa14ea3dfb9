"""Where a night of changes must count what a whole one counts: wherever the answer may be another one than nothing.

A check that found nothing on the base finds nothing tonight among the rows that stay. So an entity, or a link, is
counted over all its rows only where the base had a finding, or where what came or went may have brought one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import key_hash
from o7_warehouse.changes.tonight import is_replaced, landing_of, raw_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Column, Entity
    from o7_warehouse.landing import Landed

ROWS, LINKS = ("column_retyped", "key_missing", "key_twice", "names_damaged", "zeros_lost"), "parent_unknown"
_FOUND: Final = """
    select found.entity, found.column_name, found.check_id
    from audit.contract_finding as found inner join raw_o7.night on night.run_id = found.run_id
    where night.night = %s
"""
# Parents that went: their keys are replaced by nothing.
_GONE: Final = """
    select other.source_id from landing._replaced as other
    where other.entity = {parent_name} and not exists (
        select from {parent_landing} as landed
        where {landed_hash} = other.key_hash and landed.source_id is not distinct from other.source_id
    )
"""
# A row that came and leads neither to one that came nor to one that stays.
_CAME: Final = """exists (
    select from {landing} as came
    where {is_counted}
        and not exists (select from {parent_landing} as landed where landed.source_id = {came_link})
        and not exists (
            select from {parent_raw} as known
            where {known_hash} = coalesce(hashtextextended({came_link}, 0), 0) and known.source_id = {came_link}
                and known._night_to = 'infinity' and not {is_parent_replaced}
        )
)"""
# A row that stays and led to one that went.
_STAYED: Final = """exists (
    select from {raw} as known
    where {known_link} in (select source_id from gone) and known._night_to = 'infinity' and not {is_replaced}
)"""


@dataclass(frozen=True, slots=True)
class Suspects:
    """What the contract checks found about the rows of the base: entities, and links by entity and column."""

    entities: frozenset[str] = frozenset()
    links: frozenset[tuple[str, str]] = field(default=frozenset())

    @classmethod
    def of(cls, cursor: Cursor, base: date | None) -> Self:
        """Those of a night; none where tonight was read whole, for then everything is counted anyway."""
        if base is None:
            return cls()
        cursor.execute(_FOUND, (base,))
        found = cursor.fetchall()
        return cls(
            frozenset(entity for entity, _, check in found if check in ROWS),
            frozenset((entity, column) for entity, column, check in found if check == LINKS),
        )

    def of_links(
        self,
        cursor: Cursor,
        parent: Entity,
        links: Sequence[tuple[Entity, Column]],
        landed: Mapping[str, Landed],
        *,
        is_counted: Callable[[Column, sql.Composable], sql.Composable],
    ) -> list[tuple[Entity, Column]]:
        """The links to ``parent`` whose rows must be counted: of the others none can lead nowhere."""
        if landed[parent.name].is_whole:
            return list(links)
        asked = [
            _asked(parent, entity, column, landed[entity.name], is_counted(column, sql.Identifier("came", column.name)))
            for entity, column in links
        ]
        gone = sql.SQL(_GONE).format(
            parent_name=sql.Literal(parent.name), parent_landing=landing_of(parent), landed_hash=key_hash("landed")
        )
        cursor.execute(sql.SQL("with gone as materialized ({}) select {}").format(gone, sql.SQL(", ").join(asked)))
        [found] = cursor.fetchall()
        return [
            (entity, column)
            for (entity, column), is_found in zip(links, found, strict=True)
            if is_found or (entity.name, column.name) in self.links
        ]


def _asked(
    parent: Entity, entity: Entity, column: Column, landed: Landed, is_counted: sql.Composable
) -> sql.Composable:
    came = sql.SQL(_CAME).format(
        landing=landing_of(entity),
        is_counted=is_counted,
        came_link=sql.Identifier("came", column.name),
        parent_landing=landing_of(parent),
        parent_raw=raw_of(parent),
        known_hash=key_hash("known"),
        is_parent_replaced=is_replaced(parent),
    )
    if landed.is_whole:
        return came
    stayed = sql.SQL(_STAYED).format(
        raw=raw_of(entity), known_link=sql.Identifier("known", column.name), is_replaced=is_replaced(entity)
    )
    return sql.SQL("({} or {})").format(came, stayed)
