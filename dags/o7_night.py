"""The whole night: from О7's delivery to published indicators and their report.

    open_night ──> extract ──> check_delivery ──> load ──> gate_in
    open_night ──> catalogue ──> gate_in
    gate_in ──> facts ──> indicators
    indicators ──> gate_out ──> publish ──> restate
    restate ──> render ──> close_night
    restate ──> portal ──> close_night

Safe to rerun: each task replaces exactly what its own run produced. Until `publish` nothing that is read
changes, so a night that fails leaves the figures and reports of the last good night in place. `close_night`
runs in any case.

To do a failed night again: mend the cause, then clear the run from `open_night` on. A run that was closed
cannot be continued in the middle. A passing fault (source or warehouse silent) is tried again by itself,
nothing else is.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from _support import DEFAULTS, TIMETABLE, close_night, dbt_build, open_night, verb
from airflow.sdk import TaskGroup, chain, dag


@dag(
    schedule=TIMETABLE,
    start_date=pendulum.datetime(2025, 9, 1, tz="Europe/Moscow"),
    catchup=False,
    max_active_runs=1,  # one night at a time: a second would meet the lock
    dagrun_timeout=timedelta(hours=5),  # the figures are due at 07:00
    default_args=DEFAULTS,
    doc_md=__doc__,
    tags=["warehouse", "night"],
)
def o7_night() -> None:
    """Wire the tasks; what each one does lives in o7_warehouse. The groups are for the eye, task names stay short."""
    with TaskGroup("receive", tooltip="О7's delivery becomes rows of raw_o7", prefix_group_id=False):
        receive = [
            verb("extract", "Copies О7's delivery of the night into `landing`, every column as text."),
            verb("check_delivery", "Stops the night on a broken contract or an unbelievable volume."),
            verb("load", "Versions the delivery into `raw_o7`, all in one transaction."),
        ]
    with TaskGroup("examine", tooltip="Every field rule over every row", prefix_group_id=False):
        catalogue = dbt_build(
            "catalogue", "Builds the law as rows (`catalogue`) and the predicates of the field rules (`dq`)."
        )
        gate_in = verb(
            "gate_in", "Evaluates every field rule; rows that cannot be placed go to `quarantine`."
        )
    with TaskGroup("build", tooltip="dbt: facts, then figures", prefix_group_id=False):
        build = [
            dbt_build(
                "facts",
                "`staging` (tonight's rows, typed, minus the quarantine), `intermediate` (statuses under pseudonymous "
                "keys) and `marts` (facts at a stated grain), of the pupils that changed or of everybody.",
            ),
            dbt_build("indicators", "Numerators and denominators by organisation; one model divides."),
        ]
    with TaskGroup("release", tooltip="What the ministry reads", prefix_group_id=False):
        release = [
            verb("gate_out", "Identities and bounds of the figures, and the account of every row."),
            verb("publish", "Switches `published` to this build in one transaction."),
            verb("restate", "Notes how far issued editions are from what stands for their periods now."),
        ]
        told = [
            verb("render", "Writes every report of the night from `published`."),
            verb("portal", "Puts the pages of the newest published night in place of those before."),
        ]
    opened = open_night()
    # What dbt needs four seconds to begin with waits for no delivery.
    chain(opened, catalogue, gate_in)
    chain(opened, *receive, gate_in, *build, *release, told, close_night())


o7_night()
