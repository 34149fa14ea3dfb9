"""A published republic in which two municipalities have schools and classes, and its portal, written once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from psycopg2.extras import execute_values

from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.portal.build import write_portal
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.conftest import open_folder
from tests.editions.desk import pass_gate, run_of
from tests.reports import republic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from o7_warehouse.settings import Settings

BEFORE, NIGHT = dt.date(2025, 9, 30), dt.date(2025, 12, 31)
TOWN, DISTRICT = "83701000", "83610000"
# A school of many classes, one of a few pupils, one that delivered nobody.
SCHOOLS = {"1042": (TOWN, 120), "s-2": (TOWN, 3), "s-3": (DISTRICT, 0)}
CLASSES = {"c-1": ("1042", 25), "c-2": ("1042", 4)}


@pytest.fixture(scope="module")
def published(warehouse_database: Settings) -> Settings:
    """Two nights; the later one has schools and classes."""
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        republic.make_tables(cursor)
        for night in (BEFORE, NIGHT):
            republic.publish(cursor, night)
            add_schools(cursor, night)
            pass_gate(cursor, night)
        seal_ended(cursor)
    return warehouse_database


@pytest.fixture(scope="module")
def portal(published: Settings) -> Iterator[Path]:
    """The folder of its pages."""
    with open_folder() as place:
        write_portal(published, night=NIGHT, folder=place / "portal")
        yield place / "portal"


def add_schools(cursor: Any, night: dt.date) -> None:
    """Give a night of the republic schools and classes with all that a page of the portal tells of them."""
    units = [
        (level, code, f"{word} {code}", parent, count, students, code)
        for level, word, count, below in (("school", "школа", 1, SCHOOLS), ("class", "класс", None, CLASSES))
        for code, (parent, students) in below.items()
    ]
    own = (night, run_of(night))
    cursor.execute("delete from indicators.org_units where level = 'school' and build_id = %s", own[1:])
    execute_values(
        cursor,
        "insert into indicators.org_units (night, build_id, level, org_unit_code, org_unit_name, parent_code,"
        " school_count, student_count, sort_key) values %s",
        [(*own, *unit) for unit in units],
    )
    figures = [
        (level, code, indicator, students // 2, students)
        for level, code, _, _, _, students, _ in units
        for indicator in ("4.1", "4.2", "4.3", "4.4")
        if not (level == "class" and indicator == "4.3")
    ]
    execute_values(
        cursor,
        "insert into indicators.indicator_values (night, build_id, level, org_unit_code, indicator, numerator,"
        " denominator, value, education_stage, definition_version) values %s",
        [
            (*own, *row, None if not row[-1] else round(100 * row[-2] / row[-1], 6), "all", "1")
            for row in figures
        ],
    )
    cursor.execute(
        "insert into indicators.leaf_counts select night, build_id, 'school', %s, leaf_code, 60, 5, 5, 5, 45, 0, 0, 0"
        " from indicators.leaf_counts where build_id = %s and level = 'region'",
        ("1042", own[1]),
    )
    execute_values(
        cursor,
        "insert into indicators.nearest_wins (night, build_id, level, org_unit_code, place, requirement, completes,"
        " lacks, value_after, rise) values %s",
        [
            (*own, "school", "1042", 1, "P13", 12, 30, 60, 10),
            (*own, "school", "1042", 2, "P01", 0, 30, 50, 0),
        ],
    )
    cursor.execute(
        "insert into indicators.profile_requirements select %s, %s, 'CORE', true, leaf_code, 1"
        " from unnest(array['P01', 'P13']) as leaf_code",
        own,
    )
