"""A published night of four pupils whose losses and wins are kept as the models keep them, to be explained."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from psycopg2.extras import execute_values

from o7_warehouse.gate_out import gate_out
from o7_warehouse.publish import publish
from tests.o7_warehouse.builds import Build, Pupil, percent
from tests.o7_warehouse.built_warehouse import deliver_nothing, write

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

MONDAY = dt.date(2025, 12, 15)
# Two complete, one without a class name, one without it and a СНИЛС.
PUPILS = (
    Pupil(1, trajectory_loss="no_plan"),
    Pupil(2, trajectory_loss="no_portfolio", access_loss="not_verified"),
    Pupil(3, trajectory_loss="no_recommendation", is_complete=False, statuses="e" + "f" * 50),
    Pupil(4, trajectory_loss="no_plan", is_complete=False, statuses="i" + "f" * 11 + "p" + "f" * 38),
)
LOST = {indicator: Counter(getattr(pupil, loss) for pupil in PUPILS)
        for indicator, loss in (("4.2", "trajectory_loss"), ("4.4", "access_loss"))}  # fmt: skip
PLACES = (("region", "83000000"), ("municipality", "83701000"), ("school", "school-1"), ("class", "class-1"))


def keep_losses(cursor: Any, build: Build) -> None:
    """What the models keep of these pupils, written down by hand."""
    tables = {
        "profile_requirements": [
            ("CORE", True, "P01", 1), ("CORE", True, "P13", 13), ("CORE", True, "contact_group", 52),
            ("CORE", True, "identity_conflict", 53),
        ],
        "indicator_losses": [
            *(("4.1", *place, "P01", 1) for place in PLACES),
            *(("4.1", *place, "several_2", 1) for place in PLACES),
            *((indicator, *place, reason, persons) for place in PLACES
              for indicator, lost in LOST.items() for reason, persons in lost.items()),
            *(("4.3", *place, "no_grant", 5) for place in PLACES[:-1]),
        ],
        "nearest_wins": [
            row
            for place in PLACES
            for row in (
                (*place, 1, "P01", 1, 2, percent(3, 4), 25),
                (*place, 2, "P13", 0, 1, percent(2, 4), 0),
            )
        ],
    }  # fmt: skip
    for table, rows in tables.items():
        prefixed = [(build.night, build.run_id, *row) for row in rows]
        execute_values(cursor, f"insert into indicators.{table} values %s", prefixed)


def publish_explained(settings: Settings, house: Any) -> Build:
    """Monday, published."""
    build = Build(MONDAY, PUPILS)
    write(house, build)
    keep_losses(house, build)
    deliver_nothing(house, MONDAY)
    gate_out(settings, build.run_id)
    publish(settings, build.run_id)
    return build
