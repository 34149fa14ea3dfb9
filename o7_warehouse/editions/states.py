"""The state of a period on a day, and the night it is reported by (design §8, domain §2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import EditionError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.editions.periods import Period

# What a quarter or a year can be reported by: its last published night, as it stands.
_LAST_NIGHT: Final = """
    select night, run_id::text from published.night where night between %s and %s order by night desc limit 1
"""


class State(StrEnum):
    """Where a period is on its way from days that pass to figures that stay."""

    open = "open"  # its last day is not over
    closing = "closing"  # it is over, and no night is frozen
    closed = "closed"  # an edition has frozen a night
    issued = "issued"  # an edition was issued


@dataclass(frozen=True, slots=True)
class LastNight:
    """The last published night of a period, and the run whose build stands for it."""

    night: dt.date
    run_id: str


def state_of(period: Period, events: Iterable[Event], *, today: dt.date) -> State:
    """The state on a day, by the events of the ledger. A period is over when its last day is."""
    of_period = [one for one in events if one.edition.period == period]
    if any(one.event == "issued" for one in of_period):
        return State.issued
    if of_period:
        return State.closed
    return State.open if today <= period.last_day else State.closing


def last_night(cursor: Cursor, period: Period) -> LastNight:
    """The night an edition of the period would freeze. Raises EditionError when none of its nights is published."""
    cursor.execute(_LAST_NIGHT, (period.first_day, period.last_day))
    for night, run_id in cursor.fetchall():
        return LastNight(night, run_id)
    raise EditionError(
        f"No night of {period} is published, so there are no figures to report. A night of another period would tell "
        f"another state. Publish a night between {period.first_day} and {period.last_day} with ./o7 night --date, if "
        "it is retained."
    )
