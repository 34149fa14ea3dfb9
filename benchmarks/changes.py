"""What happens in the synthetic О7 between two nights of a benchmark: one pupil in a hundred changes."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2

from o7_warehouse.synthetic import DATABASE, OWNER

if TYPE_CHECKING:
    from datetime import date

    from benchmarks.world import World

# A changed pupil: another meal, a card that was touched, and of every second one his recommendation is gone.
CHANGED = "abs(hashtext({column})) % 100 = 0"
CHANGES = (
    ("additional_info", "student_id", "update {table} set {meal} where {changed}"),
    ("student", "source_id", "update {table} set source_id = source_id where {changed}"),
    ("recommendation", "student_id", "delete from {table} where {changed} and abs(hashtext(source_id)) % 2 = 0"),
)  # fmt: skip
MEAL = "meal_provision = case meal_provision when 'Да' then 'Нет' else 'Да' end"


def change_source(world: World, night: date) -> None:
    """Let one pupil in a hundred change, and the source deliver the next night."""
    with (
        closing(psycopg2.connect(world.embedded.dsn(DATABASE, OWNER))) as source,
        source,
        source.cursor() as cursor,
    ):
        for entity, column, statement in CHANGES:
            changed = CHANGED.format(column=column)
            cursor.execute(statement.format(table=f"o7_data.{entity}", changed=changed, meal=MEAL))
        cursor.execute("select contract_version, snapshot_at + interval '1 day' from o7_export.v1_delivery")
        [(version, snapshot_at)] = cursor.fetchall()
        cursor.execute(
            "create or replace view o7_export.v1_delivery as"
            " select %s::date as night, %s::timestamptz as snapshot_at, %s::text as contract_version",
            (night, snapshot_at, version),
        )
