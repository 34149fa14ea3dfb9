"""Held runs: a past night built from raw up to the gate out, which nobody reads until a person decides.

A run is held because its trigger says so, from its first row in the audit on. Which nights a backfill has, and what
became of each, is read from the audit and stored nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CommandError
from o7_warehouse.gate_out import VERDICT
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

ROLE: Final = "o7_gate"
_PREFIX: Final = "hold "
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
# What a held run does not do: everything that somebody could read.
RELEASE: Final = frozenset({"publish", "restate", "render", "portal"})
# The newest held run of each night, and what stands for that night.
_BUILDS: Final = """
    select distinct on (run.night)
        run.night, run.run_id::text, coalesce(ended.outcome, 'open'), exists (
            select from audit.gate_finding as finding
            where
                finding.run_id = run.run_id and finding.gate = 'out'
                and finding.check_id = %(verdict)s and finding.outcome = 'pass'
        ), standing.run_id::text, coalesce(decided.event, '')
    from audit.run
    left join audit.run_outcome as ended using (run_id)
    left join audit.backfill_event as decided using (run_id)
    left join published.night as standing on standing.night = run.night
    where run.trigger = %(trigger)s
    order by run.night, run.run_no desc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A night of a backfill: its newest held run, how that ended, and the run that is published for the night.

    ``standing`` None: nothing is published. ``decided``: switched, dropped, or nothing yet.
    """

    night: dt.date
    run_id: str
    outcome: str
    is_sound: bool
    standing: str | None
    decided: str


def trigger_of(backfill: str) -> str:
    """What the audit says began a held run. Raises CommandError for a name that is none."""
    if not _NAME.fullmatch(backfill):
        raise CommandError(
            f"{backfill!r} is no name of a backfill, so its nights could not be found again. Use at most 40 Latin "
            "letters, digits, dots and hyphens."
        )
    return f"{_PREFIX}{backfill}"


def is_held(settings: Settings, run_id: str) -> bool:
    """Whether the run builds beside what is published."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select trigger from audit.run where run_id = %s", (run_id,))
        return any(is_held_by(trigger) for (trigger,) in cursor.fetchall())


def is_held_by(trigger: str) -> bool:
    """Whether what began a run asks for it to be held."""
    return trigger.startswith(_PREFIX)


def builds_of(cursor: Cursor, backfill: str) -> list[Build]:
    """The nights of a backfill in their order. Raises CommandError where there are none."""
    cursor.execute(_BUILDS, {"trigger": trigger_of(backfill), "verdict": VERDICT})
    found = [
        Build(night=night, run_id=run_id, outcome=outcome, is_sound=is_sound and outcome == "success",
              standing=standing, decided=decided)
        for night, run_id, outcome, is_sound, standing, decided in cursor.fetchall()
    ]  # fmt: skip
    if not found:
        raise CommandError(
            f"There is no backfill {backfill!r}: no run was held under that name. "
            f"Build its nights with ./o7 backfill build {backfill} --nights D,D."
        )
    return found
