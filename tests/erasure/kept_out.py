"""A delivery with two persons who are to be erased, and what a warehouse still holds of them."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING

from o7_warehouse.erasure.persons import Person
from tests.deliveries import NIGHT, asked, contract, small_world

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings
    from tests.deliveries import World

PUPIL, TEACHER = "pupil-3", "staff_person-4"
PERSONS = (Person("student", PUPIL), Person("staff", TEACHER))
SECOND = NIGHT + timedelta(days=1)
ACCOUNT = """
    select loaded.night, loaded.entity, loaded.rows_in, loaded.rows_erased + coalesce((
        select sum(erased.row_count) from audit.erased_rows as erased
        where (erased.night, erased.entity, erased.batch_id) = (loaded.night, loaded.entity, loaded.batch_id)
    ), 0)
    from raw_o7.load_record as loaded order by 1, 2
"""


def world_with_kin() -> World:
    """A delivery in which a telephone names no pupil, only the guardian of the one."""
    world = small_world()
    [kin] = [row["source_id"] for row in world["guardian"] if row["student_id"] == PUPIL]
    world["contact"].append(
        copy.deepcopy(world["contact"][0]) | {"source_id": "kin", "student_id": None, "guardian_id": kin}
    )
    return world


def named(settings: Settings) -> dict[str, int]:
    """Table -> rows of the contract's entities, and pseudonyms, that name one of the persons anywhere."""
    tables = [f"raw_o7.{one}" for one in (*contract().entity_names, "student_keys", "staff_keys")]
    asking = " union all ".join(
        f"select '{table}', count(*) from {table} as line where line::text ~ '\\m(pupil-3|staff_person-4|kin)\\M'"
        for table in tables
    )
    return {table: count for table, count in asked(settings, asking) if count}


def unaccounted(settings: Settings) -> list[tuple[object, ...]]:
    """Nights and entities whose rows are not all in raw or erased."""
    return [
        (night, entity, rows_in, erased)
        for night, entity, rows_in, erased in asked(settings, ACCOUNT)
        for [(rows,)] in [
            asked(
                settings,
                f"select count(*) from raw_o7.{entity} where _night_from <= '{night}' and _night_to > '{night}'",
            )
        ]
        if rows_in != rows + erased
    ]
