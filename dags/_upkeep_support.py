"""What the DAG of upkeep is wired from, beside what every DAG has (_support.py)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from airflow.sdk import task

from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import XComArg

# On Saturdays, when no night of a working day waits for the machine.
UPKEEP = "0 12 * * 6"
UPKEEP_TIMETABLE = UPKEEP if Settings.load().timetable else None


def upkeep(name: str, doc: str) -> XComArg:
    """The task that does one step of upkeep; what it says of itself is kept as its result: counts and places."""

    @task(task_id=name, doc_md=doc)
    def perform() -> str:
        return str(importlib.import_module("o7_warehouse.upkeep.steps").perform(Settings.load(), name))

    return perform()
