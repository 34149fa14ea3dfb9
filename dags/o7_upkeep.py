"""Upkeep: what outlives its term goes, a copy is made, and the copy is restored to see that it can be.

    expire ──> tidy ──> backup ──> drill ──> reconcile ──> orphans ──> airflow ──> vacuum

While a night is under way `expire` refuses, and a person clears it later. Safe to rerun: what is gone is gone, each
copy is a folder of its own, and the restored server is removed whatever happens. A copy that does not give what it must
fails `drill`, loudly; so does `reconcile` where what nights have kept is not what building everybody gives.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from _support import DEFAULTS
from _upkeep_support import UPKEEP_TIMETABLE, upkeep
from airflow.sdk import chain, dag


@dag(
    schedule=UPKEEP_TIMETABLE,
    start_date=pendulum.datetime(2025, 9, 1, tz="Europe/Moscow"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args=DEFAULTS,
    doc_md=__doc__,
    tags=["warehouse", "upkeep"],
)
def o7_upkeep() -> None:
    """Wire the tasks; what each one does lives in o7_warehouse/upkeep."""
    chain(
        upkeep("expire", "Takes away rows, nights and keys whose term is over."),
        upkeep("tidy", "Removes files of the state directory whose term is over."),
        upkeep("backup", "Copies the warehouse into a closed folder."),
        upkeep("drill", "Restores the newest copy beside, compares it, and removes it; tells RPO and RTO."),
        upkeep("reconcile", "Builds everybody of the newest night; what nights kept must be the same."),
        upkeep("orphans", "Removes what commands that were killed have left in the state directory."),
        upkeep("airflow", "Lets Airflow forget runs and results whose term is over."),
        upkeep("vacuum", "Clears PostgreSQL's dead rows and looks at the tables' values anew."),
    )


o7_upkeep()
