"""The closed periods of a warehouse: months that have ended, each shown by its last published night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.errors import CommandError
from o7_warehouse.indicators import published_night
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt

    from o7_warehouse.settings import Settings

# The month of the newest night is still open.
_CLOSED = """
    select max(night) as last_night
    from published.night
    where date_trunc('month', night) < (select date_trunc('month', max(night)) from published.night)
    group by date_trunc('month', night)
    order by last_night desc
    limit %s
"""


def closed_nights(settings: Settings, *, asked: dt.date | None, periods: int) -> list[dt.date]:
    """The night that was asked for, or the last nights of so many closed months, oldest first.

    Raises NightError for a night that is not published, CommandError where no month has been closed yet.
    """
    with transaction(settings, "o7_reporter") as connection:
        if asked is not None:
            return [published_night(connection, asked)]
        with connection.cursor() as cursor:
            cursor.execute(_CLOSED, (periods,))
            found = sorted(night for (night,) in cursor.fetchall())
        if not found:
            newest = published_night(connection, None)
            raise CommandError(
                f"No month is closed yet: the newest published night is {newest}, and none of an earlier month is. "
                "So there is no closed period to compare. Name a night with --night."
            )
        return found
