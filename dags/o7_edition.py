"""An edition of a period: from the frozen night to the set that its recipients have.

    choose_edition ──> draft ──> submit ──> approval
    approval ──> record_decision ──> issue ──> deliver
    issue ──> show

`approval` waits for a person who neither drafted nor submitted; without an answer in time it fails, and nothing is
approved. A rejection is written down with its reason and ends the run: what follows is skipped. Nobody outside sees
anything before `issue`; then recipients get the set, and the portal shows that there is one.

Safe to rerun: each task does what is still to be done. After a rejection mend the cause and clear the run from `draft`
on: it is drafted anew. After a time-out, or when the wrong person answered, clear from `approval` on. A month is
frozen and nothing more: all after `draft` is skipped. A day on which nothing is due is skipped and says why. By hand:
configuration `{"period": "2025-Q4"}`, for a further revision with a `"reason"`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from _edition_support import (
    EDITION,
    EDITION_DEFAULTS,
    EDITION_TIMETABLE,
    approval,
    choose_edition,
    deliver,
    draft,
    issue,
    record_decision,
    show,
    submit,
)
from airflow.sdk import chain, dag


@dag(
    schedule=EDITION_TIMETABLE,
    start_date=pendulum.datetime(2025, 9, 1, tz="Europe/Moscow"),
    catchup=False,
    max_active_runs=2,  # the year is begun the day after the quarter, which may still wait for its approval
    dagrun_timeout=timedelta(days=21),
    default_args=EDITION_DEFAULTS,
    doc_md=__doc__,
    tags=["warehouse", "edition"],
)
def o7_edition() -> None:
    """Wire the tasks; what each one does lives in o7_warehouse/editions and o7_warehouse/outbox."""
    chain(
        choose_edition(),
        draft(EDITION),
        submit(EDITION),
        approval(),
        record_decision(EDITION),
        issue(EDITION),
        [deliver(EDITION), show()],
    )


o7_edition()
