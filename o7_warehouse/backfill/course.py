"""A backfill by its steps: nights are built and held back; later they become the published ones, or are dropped.

The marts hold one night, so the persons of a held build are not there any more when somebody decides. A switch
therefore builds the night once more, and publishes it only if every figure is the one that was looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Final

from o7_warehouse import runs, steps
from o7_warehouse.backfill.compare import differing_tables
from o7_warehouse.backfill.held import ROLE, builds_of, trigger_of
from o7_warehouse.errors import CommandError, GateError, NightError, PermanentError
from o7_warehouse.failures import as_error, read_failure
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from o7_warehouse.backfill.held import Build
    from o7_warehouse.settings import Settings

LAST_HELD: Final = "gate_out"
_ADD: Final = """
    insert into audit.backfill_event (run_id, backfill, night, event, switched_run_id, by_whom, reason)
    values (%s, %s, %s, %s, %s, %s, %s)
"""


def build(
    settings: Settings, backfill: str, nights: Sequence[dt.date], *, say: Callable[[str], None]
) -> None:
    """Build nights of raw, in their order, up to the gate out; nothing that is published changes.

    A night of the same backfill that was built before is built anew. Raises NightError for a night that raw does not
    hold, before any is built; what a night raises ends the rest, and the nights before it stay built.
    """
    trigger = trigger_of(backfill)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select night from raw_o7.night")
        retained = {night for (night,) in cursor.fetchall()}
    missing = [str(night) for night in nights if night not in retained]
    if missing:
        raise NightError(
            f"Raw holds no rows of {', '.join(missing)}, so nothing was built. What was never loaded stays a missed "
            "night. Name nights that are retained."
        )
    for night in sorted(set(nights)):
        say(f"{night}: building it beside what is published")
        run_id = str(uuid.uuid4())
        with runs.hold_lock(settings, run_id=run_id):
            _walk(settings, run_id, night, "--until", LAST_HELD, "--trigger", trigger, "--from-raw")
            steps.close_night(settings, run_id, unfinished=[])


def switch(settings: Settings, backfill: str, *, by_whom: str, say: Callable[[str], None]) -> list[Build]:
    """Publish every night of a backfill that waits, one after the other; returns them.

    Raises CommandError when a night has not passed the gates, before any is switched; GateError when a night comes out
    otherwise than it was looked at, and what a night raises. Nights that were switched before stay switched, and the
    same command goes on.
    """
    waiting = _waiting(settings, backfill)
    unsound = [str(one.night) for one in waiting if not one.is_sound]
    if unsound:
        raise CommandError(
            f"{backfill}: the nights {', '.join(unsound)} have not passed the gate out, so nothing was switched. "
            "Mend what stopped them and build them again, or drop the backfill."
        )
    for one in waiting:
        say(f"{one.night}: building it once more")
        _switch_one(settings, backfill, one, by_whom=by_whom)
        say(f"{one.night}: switched")
    return waiting


def drop(settings: Settings, backfill: str, *, by_whom: str, reason: str) -> list[Build]:
    """Write down that the nights that wait are not to be; returns them. What is published was never touched.

    Raises CommandError where none waits, or without a reason.
    """
    if not reason.strip():
        raise CommandError(
            "--reason is empty. Whoever reads the audit later must know why nights were dropped. Give it."
        )
    waiting = _waiting(settings, backfill)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        for one in waiting:
            cursor.execute(
                _ADD, (one.run_id, backfill, one.night, "dropped", None, by_whom.strip(), reason.strip())
            )
    return waiting


def _waiting(settings: Settings, backfill: str) -> list[Build]:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        waiting = [one for one in builds_of(cursor, backfill) if not one.decided]
    if not waiting:
        raise CommandError(
            f"{backfill}: every night of it is decided about, so there is nothing left to do. "
            f"See ./o7 backfill show {backfill}."
        )
    return waiting


def _switch_one(settings: Settings, backfill: str, held: Build, *, by_whom: str) -> None:
    run_id = str(uuid.uuid4())
    with runs.hold_lock(settings, run_id=run_id):
        _walk(
            settings, run_id, held.night,
            "--until", LAST_HELD, "--trigger", f"switch {backfill}", "--from-raw",
        )  # fmt: skip
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            moved = differing_tables(cursor, held.run_id, run_id)
        if moved:
            message = (
                f"The night {held.night} does not come out as it was looked at; other rows in indicators: "
                f"{', '.join(moved)}. Raw, the code or a catalogue changed since then. Nothing of it was published. "
                f"Build the night again: ./o7 backfill build {backfill} --nights {held.night}."
            )
            runs.close_run(settings, run_id, outcome="failed", message=message)
            raise GateError(message)
        _walk(settings, run_id, held.night, "--from", "publish")
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(_ADD, (held.run_id, backfill, held.night, "switched", run_id, by_whom.strip(), None))


def _walk(settings: Settings, run_id: str, night: dt.date, *words: str) -> None:
    """Walk steps of a night in a process of its own. Raises what stopped it; PermanentError where it left no word."""
    told = ["--run-id", run_id, "--night", str(night), *words]
    log = settings.state / "logs" / f"walk-{run_id}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as said:
        code = subprocess.run(
            [sys.executable, "-P", "-m", "o7_warehouse.walk", str(settings.state), *told],
            env=os.environ | {"PYTHONPATH": str(settings.root)},
            cwd=settings.root,
            stdout=said,
            stderr=said,
            check=False,
        ).returncode
    if code == 0:
        return
    failure = read_failure(settings, run_id)
    if failure is not None:
        raise as_error(failure)
    raise PermanentError(
        f"The night {night} ended with exit code {code} without saying why: it was killed, or met an error nobody "
        f"foresaw. What is published is untouched. Read {log}."
    )
