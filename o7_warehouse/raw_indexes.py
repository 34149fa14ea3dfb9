"""Indexes of raw that only ordinary nights need: what began, what ended, what a date decides soon, whose a row is.

A first night reads every row whatever there is, and would pay for them while it writes; so they are made by the first
load that finds an earlier night, and kept from there on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity

STUDENT: Final = "student_id"
# Entities whose rows are the pupils themselves.
PUPILS: Final = frozenset({"person", "student"})

BEGUN: Final = "create index if not exists {name} on {raw} (_night_from)"
ENDED: Final = "create index if not exists {name} on {raw} (_night_to) where _night_to < 'infinity'"
TO_COME: Final = "create index if not exists {name} on {raw} (_night_from) where {is_to_come}"
PUPIL: Final = "create index if not exists {name} on {raw} ({pupil})"


def ensure_indexes(cursor: Cursor, entity: Entity) -> None:
    """Make those of an entity that are missing."""
    wanted = {"begun": BEGUN, "ended": ENDED}
    if dates_of(entity):
        wanted["to_come"] = TO_COME
    if pupil := pupil_of(entity):
        wanted["pupil"] = PUPIL
    for name, template in wanted.items():
        cursor.execute(
            sql.SQL(template).format(
                name=sql.Identifier(f"{entity.name}_{name}"),
                raw=sql.Identifier("raw_o7", entity.name),
                is_to_come=is_to_come(entity),
                pupil=sql.Identifier(pupil or ""),
            )
        )


def pupil_of(entity: Entity) -> str | None:
    """The column that says whose the row is; None where it is no pupil's."""
    if entity.name in PUPILS:
        return "source_id"
    return STUDENT if STUDENT in entity.column_names else None


def dates_of(entity: Entity) -> tuple[str, ...]:
    """The columns with days or instants that may decide something."""
    return tuple(
        column.name
        for column in entity.columns
        if column.type in ("date", "instant") and column.name != "modified_at"
    )


def is_to_come(entity: Entity) -> sql.Composable:
    """Whether a date of the row may still decide something after the row came: the same words in index and query."""
    tests = [
        sql.SQL("left({column}, 10) >= raw_o7.day_text(_night_from)").format(column=sql.Identifier(name))
        for name in dates_of(entity)
    ]
    return sql.SQL("({})").format(sql.SQL(" or ").join(tests)) if tests else sql.SQL("false")
