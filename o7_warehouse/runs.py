"""Runs of a night: which night a run is, that it is the only one, and that it is still the newest.

A run that was opened later supersedes an earlier one: whatever the earlier one would still do fails at
:func:`current`. The command line also holds a lock for as long as it works, so that a second one is refused
at once.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import NightError
from o7_warehouse.revision import code_revision
from o7_warehouse.run_choice import delivered, end_of, refuse_unfinished, replayable, retained
from o7_warehouse.run_records import (
    OpenedRun,
    current_run,
    find_run,
    newest_night,
    newest_run,
    unknown_run,
    write_outcome,
    write_run,
)
from o7_warehouse.sources import SourceChoice
from o7_warehouse.warehouse import connect, transaction, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

__all__ = ["OpenedRun", "close_run", "current", "end_of", "fence", "find", "hold_lock", "open_run"]

ROLE = "o7_loader"
# Any numbers: one night at a time, and nobody opens a run while another one commits.
NIGHT_LOCK = 7_022_003
FENCE_LOCK = 7_022_004
HOLDER = "o7 night"


def open_run(
    settings: Settings, *, run_id: str, night: date | None, trigger: str, from_raw: bool = False
) -> OpenedRun:
    """Open a run and write it to the audit; with the same ``run_id`` again, the run that is already open.

    ``night`` None takes the one the source delivers. ``trigger`` says who asked. ``from_raw`` asks no source, whatever
    it delivers, and lets nobody who is at work be superseded. Raises NightError for a
    night in the future, one that is neither delivered nor retained, an older delivery than the newest loaded
    one and a second run at work; and what :func:`o7_warehouse.sources.open_delivery` raises.
    """
    contract = read_contract(settings.root)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (FENCE_LOCK,))
        if find_run(cursor, run_id) is not None:
            return current_run(cursor, run_id)
        left = SourceChoice.kept_for_others(settings, run_id)
        _refuse_second(cursor, run_id)
        if night is not None and (given_end := end_of(night, contract.time_zone)) > datetime.now(
            given_end.tzinfo
        ):
            raise NightError(
                f"The night {night} is in the future: its day ends at {given_end.isoformat()}. Nothing can be known of "
                "it. Name a night that is over."
            )
        if from_raw:
            run = retained(cursor, run_id, night)
            refuse_unfinished(cursor)
        else:
            run = replayable(cursor, run_id, night) or delivered(settings, contract, cursor, run_id, night)
        write_run(cursor, run, trigger=trigger, code=code_revision(settings.root))
        seal_ended(cursor)
    _forget(left)
    return run


def _forget(left: list[Path]) -> None:
    """Take away what runs that were killed have kept of their sources' addresses.

    It was looked up before the run was opened: whoever keeps a choice after that is about to begin and will need it.
    """
    for path in left:
        path.unlink(missing_ok=True)


def current(settings: Settings, run_id: str) -> OpenedRun:
    """The open run of this identity.

    Raises NightError when there is none, when it was closed, and when a later run superseded it.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        return current_run(cursor, run_id)


def fence(cursor: Cursor, run_id: str) -> OpenedRun:
    """Like :func:`current`, and until the transaction ends no other run can be opened.

    Raises NightError.
    """
    cursor.execute("select pg_advisory_xact_lock_shared(%s)", (FENCE_LOCK,))
    return current_run(cursor, run_id)


def find(settings: Settings, run_id: str) -> OpenedRun | None:
    """The run of this identity, open or closed; None when there was none."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        return find_run(cursor, run_id)


def is_past(settings: Settings, night: date) -> bool:
    """Whether a later night is in raw already, so that this one can only come from raw and asks no source."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        newest = newest_night(cursor)
    return newest is not None and night < newest


def close_run(settings: Settings, run_id: str, *, outcome: str, message: str) -> None:
    """Write how a run ended and seal it; what was written first stays. The kept address of its source is removed.

    Raises NightError when there is no such run.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        # Whoever still writes for this run is waited for; who comes later finds it ended.
        cursor.execute("select pg_advisory_xact_lock(%s)", (FENCE_LOCK,))
        if find_run(cursor, run_id) is None:
            raise unknown_run(run_id)
        write_outcome(cursor, run_id, outcome=outcome, message=message)
        seal_ended(cursor)
    SourceChoice.forget(settings, run_id)


@contextmanager
def hold_lock(settings: Settings, *, run_id: str | None = None) -> Iterator[None]:
    """One night at a time: hold the warehouse's lock for as long as the block lasts.

    With ``run_id`` no other run can be opened meanwhile, from wherever. The lock goes with the process.
    Raises NightError, naming the night at work, when somebody else holds it.
    """
    with closing(connect(settings, ROLE)) as connection:
        connection.autocommit = True
        with translated("taking the lock of the night"), connection.cursor() as cursor:
            cursor.execute("select set_config('application_name', %s, false)", (f"{HOLDER} {run_id or ''}",))
            cursor.execute("select pg_try_advisory_lock(%s)", (NIGHT_LOCK,))
            [(is_ours,)] = cursor.fetchall()
            if not is_ours:
                raise _second(cursor)
        yield


def _refuse_second(cursor: Cursor, run_id: str) -> None:
    cursor.execute(
        """
        select activity.application_name
        from pg_catalog.pg_locks as held
        join pg_catalog.pg_stat_activity as activity on activity.pid = held.pid
        where held.locktype = 'advisory' and held.granted and held.objsubid = 1
            and held.database = (select oid from pg_catalog.pg_database where datname = current_database())
            and (held.classid::bigint << 32) + held.objid::bigint = %s
        """,
        (NIGHT_LOCK,),
    )
    for (name,) in cursor.fetchall():
        holder = str(name).removeprefix(HOLDER).strip()
        if holder and holder != run_id:
            raise _second(cursor)


def _second(cursor: Cursor) -> NightError:
    newest = newest_run(cursor)
    named = (
        f"the night {newest.night}, since {newest.started_at:%Y-%m-%d %H:%M} UTC"
        if newest and not newest.has_ended
        else "a night, still opening"
    )
    return NightError(
        f"Another run is at work: {named}. Two at once would mix their rows. Wait until it has ended, or end "
        "it."
    )
