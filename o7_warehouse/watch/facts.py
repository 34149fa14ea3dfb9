"""What the warehouse says of itself, read in one go for the watch, the metrics and the page of its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse import night_outcome
from o7_warehouse.editions.overview import overview
from o7_warehouse.run_records import newest_run
from o7_warehouse.runs import NIGHT_LOCK
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.overview import Line
    from o7_warehouse.night_outcome import NightOutcome
    from o7_warehouse.run_records import NewestRun
    from o7_warehouse.settings import Settings

ROLE: Final = "o7_reporter"
OUTCOMES: Final = 14
PATIENCE: Final = "30s"  # a watch that hangs watches nothing
_PUBLISHED: Final = "select night from published.night order by night"
_MESSAGES: Final = """
    select distinct on (edition_id, recipient_id, channel) edition_id, recipient_id, channel, event, recorded_at
    from audit.outbox_event order by edition_id, recipient_id, channel, event_no desc
"""
# The lock a command holds while its night is at work; a scheduler holds none.
_IS_HELD: Final = """
    select exists (
        select from pg_catalog.pg_locks as held
        where
            held.locktype = 'advisory' and held.granted and held.objsubid = 1
            and held.database = (select oid from pg_catalog.pg_database where datname = current_database())
            and (held.classid::bigint << 32) + held.objid::bigint = %s
    )
"""
_STEPS: Final = """
    select distinct on (task) task, outcome, extract(epoch from finished_at - started_at)::float8
    from audit.task_record where run_id = %s order by task, recorded_at desc
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of the outbox with the event that came last."""

    edition: str
    recipient: str
    channel: str
    event: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the newest run: how it went, and how long it took."""

    name: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Nights, editions and messages as they stand; ``nights`` are those that are published, in their order.

    ``is_held``: a command is at work on a night.
    """

    nights: Sequence[dt.date]
    newest: NewestRun | None
    is_held: bool
    steps: Sequence[Step]
    outcomes: Sequence[NightOutcome]
    editions: Sequence[Line]
    messages: Sequence[Waiting]

    @property
    def published(self) -> dt.date | None:
        """The newest published night, None before the first one."""
        return self.nights[-1] if self.nights else None


def read_facts(settings: Settings, *, today: dt.date) -> Facts:
    """Everything, as it stands on a day in Moscow.

    Raises WarehouseUnavailableError, SettingsError, StatementError where it cannot be read.
    """
    with (
        transaction(settings, ROLE, statement_timeout=PATIENCE) as connection,
        connection.cursor() as cursor,
    ):
        nights = [night for (night,) in _rows(cursor, _PUBLISHED)]
        [(is_held,)] = _rows(cursor, _IS_HELD, NIGHT_LOCK)
        newest = newest_run(cursor)
        steps = [Step(*row) for row in _rows(cursor, _STEPS, newest.run_id)] if newest else []
        outcomes = night_outcome.newest(cursor, OUTCOMES)
        messages = [Waiting(*row) for row in _rows(cursor, _MESSAGES)]
    return Facts(
        nights=nights, is_held=is_held, newest=newest, steps=steps, outcomes=outcomes, messages=messages,
        editions=overview(settings, today=today),
    )  # fmt: skip


def _rows(cursor: Cursor, query: str, *given: object) -> list[tuple[Any, ...]]:
    cursor.execute(query, given)
    return cursor.fetchall()
