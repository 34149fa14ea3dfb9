"""Publication: the one transaction that makes a gated build the figures of its night.

It merges tonight's persons and the broken rules into their histories, keeps how many persons are in no figure, and
switches the row of ``published.night``. Until it commits, everybody reads the last good build.
"""

# ruff: noqa: S608 - the statements are built from the constants of this module
from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from o7_warehouse import runs
from o7_warehouse.errors import GateError
from o7_warehouse.gate_out import VERDICT
from o7_warehouse.issues import remember
from o7_warehouse.persons import merge_persons
from o7_warehouse.unplaced import keep_unplaced
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# Read in the order of their names.
VIEWS: Final = Path(__file__).parent / "views"
# The persons of each indicator's denominator, one row each.
DENOMINATORS: Final = {
    "4.1": "marts.fct_profile_completeness",
    "4.2": "marts.fct_pupil_reading",
    "4.3": "marts.fct_staff_reading",
    "4.4": "marts.fct_pupil_reading",
}
# Two publications one after the other, never at once; readers are not kept waiting.
_ONE_BY_ONE: Final = "lock table published.night in share row exclusive mode"


def publish(settings: Settings, run_id: str) -> None:
    """Make the build of this run the published one of its night. Idempotent.

    An older night is published as a correction of the past: what was published for later nights stays as
    it is. Raises GateError when the gate out has not let this run pass, or the facts are no longer those it
    examined; NightError when the run was superseded; StatementError, WarehouseUnavailableError.
    """
    while _remember_one(settings):
        pass
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        # Until this commits no other run can be opened, so none can build over the facts that are merged.
        night = runs.fence(cursor, run_id).night
        cursor.execute(_ONE_BY_ONE)
        _refuse_ungated(cursor, run_id)
        _refuse_other_facts(cursor, night, run_id)
        ensure_views(cursor)
        merge_persons(cursor, night, run_id)
        keep_unplaced(cursor, night=night, build_id=run_id)
        _switch(cursor, night, run_id)
        remember(cursor)


def _remember_one(settings: Settings) -> bool:
    """Fold the earliest published night that the memory of the field rules does not hold; whether there was one.

    None waits but after an upgrade, and then all do: each has a transaction of its own, so a crash costs one night.
    """
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        cursor.execute(_ONE_BY_ONE)
        return bool(remember(cursor, most=1))


def _refuse_ungated(cursor: Cursor, run_id: str) -> None:
    cursor.execute(
        """
        select finding.outcome from audit.gate_finding as finding
        where finding.run_id = %s and finding.gate = 'out' and finding.check_id = %s
        order by finding.recorded_at desc limit 1
        """,
        (run_id, VERDICT),
    )
    verdict = cursor.fetchone()
    if verdict is None or verdict[0] != "pass":
        what = "was not run" if verdict is None else "did not let the build pass"
        raise GateError(
            f"Run {run_id}: the gate out {what}. "
            "Figures that nobody examined are not published; the last published ones stay. "
            "Run the task gate_out and mend what it names."
        )


def _refuse_other_facts(cursor: Cursor, night: dt.date, run_id: str) -> None:
    """The marts hold one night, so another build may have replaced what the gate looked at."""
    for indicator, fact in DENOMINATORS.items():
        cursor.execute(
            f"""
            select
                (select count(*) from {fact}),
                (
                    select figures.denominator from indicators.indicator_values as figures
                    where
                        figures.night = %(night)s and figures.build_id = %(run_id)s
                        and figures.indicator = %(indicator)s and figures.level = 'region'
                        and figures.education_stage = 'all'
                )
            """,
            {"night": night, "run_id": run_id, "indicator": indicator},
        )
        [(persons, denominator)] = cursor.fetchall()
        if persons != denominator:
            raise GateError(
                f"Night {night}: the facts of indicator {indicator} count {persons} persons, the build of this run "
                f"{denominator}. They belong to different builds, so the history would not fit the figures. Run the "
                "night again."
            )


def ensure_views(cursor: Cursor) -> None:
    """Make the views of ``published``, ``school`` and ``visible`` where they are not the ones of this revision.

    They cannot be made with the tables: dbt makes what they read, and takes them away when it rebuilds a
    seed anew.
    """
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(VIEWS.glob("*.sql")))
    stamp = hashlib.sha256(text.encode()).hexdigest()
    wanted = re.findall(r"^create view ((?:published|school|visible)\.\w+)", text, flags=re.MULTILINE)
    cursor.execute(
        """
        select
            relation.relnamespace::regnamespace || '.' || relation.relname, obj_description(relation.oid, 'pg_class')
        from pg_catalog.pg_class as relation
        where
            relation.relkind = 'v'
            and relation.relnamespace in ('published'::regnamespace, 'school'::regnamespace, 'visible'::regnamespace)
        """
    )
    present = dict(cursor.fetchall())
    if present == dict.fromkeys(wanted, stamp):
        return
    if present:
        # All at once, for one view may read another.
        cursor.execute(f"drop view {', '.join(present)}")
    cursor.execute(text)
    for name in wanted:
        cursor.execute(f"comment on view {name} is %s", (stamp,))


def _switch(cursor: Cursor, night: dt.date, run_id: str) -> None:
    """Point the night to the build; a repetition of the same publication leaves its instant alone."""
    cursor.execute(
        """
        insert into published.night as known (
            night, build_id, run_id, snapshot_at, transport, contract_version, code_revision
        )
        select
            %(night)s, run.run_id, run.run_id, run.snapshot_at, run.transport, run.contract_version,
            run.code_revision
        from audit.run where run.run_id = %(run_id)s
        on conflict (night) do update set
            build_id = excluded.build_id, run_id = excluded.run_id, published_at = excluded.published_at,
            snapshot_at = excluded.snapshot_at, transport = excluded.transport,
            contract_version = excluded.contract_version, code_revision = excluded.code_revision
        where known.build_id <> excluded.build_id
        """,
        {"night": night, "run_id": run_id},
    )
