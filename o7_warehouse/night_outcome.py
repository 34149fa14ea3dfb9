"""How each night ended, as one row: what the closing task writes, and for whom nobody closed, whoever looks next.

``audit.run_outcome`` says that a run may do nothing any more; here stands what an operator asks: was the night
published, and if not, which step stopped it and why. A run that never opened has a row, too; one that was killed gets
it from the next run that opens, or from the watch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from o7_warehouse.backfill.held import is_held_by
from o7_warehouse.errors import O7Error
from o7_warehouse.failures import Failure, read_failure
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

ROLE: Final = "o7_loader"
KILLED: Final = Failure(
    step="night",
    error="killed",
    exit_code=3,
    message="The run was killed, or another one was opened in its place; nobody wrote how it ended.",
)
_NOTE: Final = """
    insert into audit.night_outcome (
        run_id, night, state, step, reason, message, started_at, ended_at,
        rows_in, rows_quarantined, rules_failed, rules_unchecked
    )
    select
        %(run_id)s, run.night, %(state)s, %(step)s, %(reason)s, %(message)s, run.started_at,
        coalesce(ended.finished_at, clock_timestamp()),
        coalesce((select sum(rows_in) from audit.batch where run_id = %(run_id)s), 0),
        coalesce((select sum(rows_quarantined) from audit.row_account where run_id = %(run_id)s), 0),
        coalesce(rules.failed, 0), coalesce(rules.unchecked, 0)
    from (select) as always
    left join audit.run on run.run_id = %(run_id)s
    left join audit.run_outcome as ended on ended.run_id = %(run_id)s
    left join lateral (
        select
            count(*) filter (where outcome = 'fail') as failed,
            count(*) filter (where outcome in ('error', 'not_evaluated')) as unchecked
        from audit.rule_result where run_id = %(run_id)s
    ) as rules on true
    where not exists (
        select from audit.night_outcome as known where known.run_id = %(run_id)s and known.state = %(state)s
    )
"""
_UNTOLD: Final = """
    select run.run_id::text, ended.outcome, run.trigger from audit.run
    inner join audit.run_outcome as ended using (run_id)
    where not exists (select from audit.night_outcome as known where known.run_id = run.run_id)
    order by run.run_no
"""
_NEWEST: Final = """
    select run_id::text, night, state, step, reason, message, started_at, ended_at,
        rows_in, rows_quarantined, rules_failed, rules_unchecked
    from audit.night_outcome order by recorded_at desc limit %s
"""


class State(StrEnum):
    """What became of a night."""

    published = "published"
    held = "held"  # built beside what is published, until somebody decides about it
    failed = "failed"
    interrupted = "interrupted"


STOPPED: Final = frozenset({State.failed, State.interrupted})


@dataclass(frozen=True, slots=True)
class NightOutcome:
    """How a run ended; ``night`` None: it could not even be opened. Counts are of the whole delivery."""

    run_id: str
    night: dt.date | None
    state: State
    step: str
    reason: str
    message: str
    started_at: dt.datetime | None
    ended_at: dt.datetime
    rows_in: int
    rows_quarantined: int
    rules_failed: int
    rules_unchecked: int


def can_be_noted(settings: Settings) -> bool:
    """Whether there is a warehouse to write it to: it may be what stopped the night, or have no tables yet."""
    try:
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            cursor.execute("select to_regclass('audit.night_outcome') is not null")
            return bool(cursor.fetchall()[0][0])
    except O7Error:
        return False


def note(settings: Settings, run_id: str, state: State, failure: Failure | None = None) -> None:
    """Write how a run ended, once for each state. Raises WarehouseUnavailableError, StatementError."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        _note(cursor, run_id, state, failure)


def note_untold(settings: Settings) -> int:
    """Write the outcome of every ended run that has none: those somebody killed or superseded; returns how many.

    What stopped such a run is read from the note beside the logs, if it left one. Raises as :func:`note` does.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(_UNTOLD)
        untold = cursor.fetchall()
        for run_id, ended, trigger in untold:
            state = _state(ended, is_held=is_held_by(trigger))
            stopped = read_failure(settings, run_id) or KILLED if state in STOPPED else None
            _note(cursor, run_id, state, stopped)
    return len(untold)


def newest(cursor: Cursor, count: int = 1) -> list[NightOutcome]:
    """The outcomes that were written last, the newest first."""
    cursor.execute(_NEWEST, (count,))
    return [
        NightOutcome(run_id, night, State(state), *rest) for run_id, night, state, *rest in cursor.fetchall()
    ]


def _state(ended: str, *, is_held: bool) -> State:
    """The state of a run by what ``audit.run_outcome`` says of it."""
    if ended == "success":
        return State.held if is_held else State.published
    return State.failed if ended == "failed" else State.interrupted


def _note(cursor: Cursor, run_id: str, state: State, failure: Failure | None) -> None:
    told = failure or Failure(step="", error="", exit_code=0, message="")
    cursor.execute(
        _NOTE,
        {
            "run_id": run_id,
            "state": state.value,
            "step": told.step,
            "reason": told.error,
            "message": told.message,
        },
    )
