"""What the warehouse's own tables say of runs and nights: read and written here, decided about in runs.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from o7_warehouse.errors import NightError

if TYPE_CHECKING:
    from datetime import date, datetime

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRun:
    """One run of a night D: ``extract`` reads the source, ``replay`` builds D again from what raw retains."""

    run_id: str
    night: date
    snapshot_at: datetime
    transport: str
    mode: Literal["extract", "replay"]
    contract_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestRun:
    """The run that was opened last; only it can be at work, for it has ended all before it."""

    run_id: str
    night: date
    started_at: datetime
    has_ended: bool


def newest_run(cursor: Cursor) -> NewestRun | None:
    """The run that was opened last, None before the first one."""
    cursor.execute(
        "select run.run_id::text, run.night, run.started_at, ended.run_id is not null"
        " from audit.run left join audit.run_outcome as ended using (run_id) order by run.run_no desc limit 1"
    )
    for run_id, night, started_at, has_ended in cursor.fetchall():
        return NewestRun(run_id=run_id, night=night, started_at=started_at, has_ended=has_ended)
    return None


def newest_night(cursor: Cursor) -> date | None:
    """The newest night that raw holds, None before the first one."""
    cursor.execute("select max(night) from raw_o7.night")
    found: list[tuple[date | None]] = cursor.fetchall()
    return found[0][0]


def retained_night(cursor: Cursor, run_id: str, night: date) -> OpenedRun | None:
    """A replay of a night that raw retains, None when it does not."""
    cursor.execute(
        "select snapshot_at, transport, contract_version from raw_o7.night where night = %s", (night,)
    )
    for snapshot_at, transport, version in cursor.fetchall():
        return OpenedRun(
            run_id=run_id,
            night=night,
            snapshot_at=snapshot_at,
            transport=transport,
            mode="replay",
            contract_version=version,
        )
    return None


def find_run(cursor: Cursor, run_id: str) -> OpenedRun | None:
    """The run of this identity, open or ended; None when there was none."""
    cursor.execute(
        "select night, snapshot_at, transport, mode, contract_version from audit.run where run_id = %s",
        (str(UUID(run_id)),),
    )
    for night, snapshot_at, transport, mode, version in cursor.fetchall():
        return OpenedRun(
            run_id=run_id,
            night=night,
            snapshot_at=snapshot_at,
            transport=transport,
            mode=mode,
            contract_version=version,
        )
    return None


def current_run(cursor: Cursor, run_id: str) -> OpenedRun:
    """The run of this identity that may still work. Raises NightError when there is none or it has ended."""
    run = find_run(cursor, run_id)
    if run is None:
        raise unknown_run(run_id)
    cursor.execute("select outcome from audit.run_outcome where run_id = %s", (run_id,))
    for (outcome,) in cursor.fetchall():
        raise NightError(
            f"The run {run_id} of {run.night} has ended ({outcome}), so it may change nothing any more. "
            "Start a new night."
        )
    return run


def write_run(cursor: Cursor, run: OpenedRun, *, trigger: str, code: str) -> None:
    """Add a run to the audit; every earlier one that has not ended is superseded by it."""
    cursor.execute(
        "select run.run_id from audit.run left join audit.run_outcome as ended using (run_id)"
        " where ended.run_id is null"
    )
    for (earlier,) in cursor.fetchall():
        write_outcome(cursor, earlier, outcome="superseded", message=f"superseded by the run {run.run_id}")
    cursor.execute(
        "insert into audit.run (run_id, night, mode, transport, trigger, contract_version, snapshot_at,"
        " code_revision) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            run.run_id,
            run.night,
            run.mode,
            run.transport,
            trigger,
            run.contract_version,
            run.snapshot_at,
            code,
        ),
    )


def write_outcome(cursor: Cursor, run_id: str, *, outcome: str, message: str) -> None:
    """Add how a run ended, unless that is known already."""
    cursor.execute(
        "insert into audit.run_outcome (run_id, outcome, message) values (%s, %s, %s) on conflict do nothing",
        (run_id, outcome, message),
    )


def unknown_run(run_id: str) -> NightError:
    """The error of a run that was never opened."""
    return NightError(f"There is no run {run_id}, so no night is open. Start one with ./o7 night.")
