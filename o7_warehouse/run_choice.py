"""Which night a run is: the one a source delivers, or one that raw retains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from o7_warehouse.errors import NightAtWorkError, NightError
from o7_warehouse.run_records import OpenedRun, newest_night, newest_run, retained_night
from o7_warehouse.sources import SourceChoice, open_delivery

if TYPE_CHECKING:
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract
    from o7_warehouse.settings import Settings

# Clocks of two machines may differ, and by no more than this.
CLOCKS_DIFFER = timedelta(hours=1)
# What the DAG allows a night.
LONGEST_NIGHT = timedelta(hours=5)


def end_of(night: date, time_zone: str) -> datetime:
    """The instant at which a night's day is over."""
    return datetime.combine(night + timedelta(days=1), time(), ZoneInfo(time_zone))


def retained(cursor: Cursor, run_id: str, night: date | None) -> OpenedRun:
    """The run of a night that raw holds, whatever a source delivers. Raises NightError where it does not."""
    run = None if night is None else retained_night(cursor, run_id, night)
    if run is None:
        raise NightError(
            f"Raw holds no rows of {night or 'a night nobody named'}, so it cannot be built from them. What was never "
            "loaded stays a missed night. Name nights that are retained."
        )
    return run


def refuse_unfinished(cursor: Cursor) -> None:
    """A run that is opened supersedes the one at work; a night must not be, for the sake of a past one.

    One that was killed never ends: after the time a night may take it is nobody's any more. Raises NightAtWorkError.
    """
    newest = newest_run(cursor)
    if newest and not newest.has_ended and newest.started_at > datetime.now(UTC) - LONGEST_NIGHT:
        raise NightAtWorkError(
            f"The night {newest.night} is at work, and a run that opens now would end it. A past night can wait. "
            "It is tried again; if that night was killed, run it again first."
        )


def replayable(cursor: Cursor, run_id: str, night: date | None) -> OpenedRun | None:
    """The run of a night before the newest one, which only raw has; None: ask the source."""
    newest = newest_night(cursor)
    if night is None or newest is None or night >= newest:
        return None
    run = retained_night(cursor, run_id, night)
    if run is None:
        raise NightError(
            f"The night {night} was never loaded, and {newest} already is: a source holds only the present, "
            "so the "
            "past cannot be fetched any more. It stays a missed night. Name a night that is retained."
        )
    return run


def delivered(
    settings: Settings, contract: Contract, cursor: Cursor, run_id: str, night: date | None
) -> OpenedRun:
    """The run of the night the source delivers; where another one was asked for, its replay from raw."""
    choice = SourceChoice.load(settings, run_id)
    retained = None if night is None else retained_night(cursor, run_id, night)
    try:
        with open_delivery(replace(choice, night=night), contract) as delivery:
            run = OpenedRun(
                run_id=run_id,
                night=delivery.night,
                snapshot_at=delivery.snapshot_at,
                transport=delivery.transport,
                mode="extract",
                contract_version=delivery.contract_version,
            )
    except NightError:
        if retained is None:
            raise
        return retained
    if night is not None and run.night != night:
        if retained is None:
            raise NightError(
                f"The night {night} was asked for, and the source delivers {run.night}. Its rows must not be "
                "taken "
                f"for those of another day. Run without --date for {run.night}, or wait for the right "
                "delivery."
            )
        return retained
    _refuse_impossible(cursor, run, contract)
    # Every task of the run must find the same delivery among a folder's dated ones.
    replace(choice, night=run.night).store(settings, run_id)
    return run


def _refuse_impossible(cursor: Cursor, run: OpenedRun, contract: Contract) -> None:
    end = end_of(run.night, contract.time_zone)
    if end > datetime.now(end.tzinfo):
        raise NightError(
            f"The source delivers the night {run.night}, which is in the future: its day ends at "
            f"{end.isoformat()}. "
            "Such a state cannot be known yet. Ask О7's operator about the date; see the clock of this "
            "machine."
        )
    if run.snapshot_at > datetime.now(UTC) + CLOCKS_DIFFER:
        raise NightError(
            f"The source says that it delivers its state of {run.snapshot_at.isoformat()}, which is in the future. "
            "What has changed since a night is told by these instants, so the nights after it could not be. Ask О7's "
            "operator about the clock; see the clock of this machine."
        )
    newest = newest_night(cursor)
    if newest is not None and run.night < newest:
        raise NightError(
            f"The source delivers the night {run.night}, and {newest} is already loaded. Nights are loaded "
            "in their "
            f"order. To see {run.night} again name it with --date, if it is retained; else wait for a newer "
            "delivery."
        )
