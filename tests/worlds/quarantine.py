"""Rows that cannot be placed: no key, a key twice, an unknown owner or parent; a few in each entity of a delivery.

The gate stops a night on which more rows of an entity cannot be placed than single mistakes can be, so a world spoils
only some entities, and its number says which: every entity gets its share over the worlds of a night.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.worlds.world import Row, World

# One world in eight spoils an entity: of fifty no more than seven, so no more than fourteen rows.
EVERY = 8
NOBODY = "nobody"
# Entities that all worlds share, or whose loss would leave a night without anything to count.
UNTOUCHED = frozenset({"academic_year", "municipality_ref"})
# To these so many rows point that the night would be stopped if one of them lost its key.
WITH_MANY_CHILDREN = frozenset({"organization", "class", "content_resource"})


def spoil(world: World, number: int, parents: dict[str, dict[str, str]]) -> None:
    """Spoil one row, or double it, in the entities whose turn it is; ``parents``: entity -> column -> parent."""
    for place, (entity, rows) in enumerate(sorted(world.rows.items())):
        if entity not in UNTOUCHED and rows and (number + place) % EVERY == 0:
            way = (number // EVERY + place) % 3
            row = world.chance.one(rows)
            links = [column for column in parents.get(entity, {}) if column != "source_id"]
            if way == 0 or not links:
                rows.append(_doubled(world, row))
            elif way == 1 and entity not in WITH_MANY_CHILDREN:
                row["source_id"] = world.chance.one((None, ""))
            else:
                _orphan(world, entity, row, links)


def _doubled(world: World, row: Row) -> Row:
    """A second row under the same key, the same or another."""
    return row | world.chance.one(({}, {"modified_at": f"{world.night}T11:00:00+03:00"}))


def _orphan(world: World, entity: str, row: Row, links: list[str]) -> None:
    """Let one of the row's links point nowhere; where it must point somewhere, perhaps to nothing at all."""
    may_be_null = entity in {"contact", "portfolio_item", "organization_event"}
    row[world.chance.one(links)] = NOBODY if may_be_null else world.chance.one((NOBODY, None, ""))
