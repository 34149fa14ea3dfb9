"""What the readers of an edition may have already: the editions issued before it, from the records kept with them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from o7_warehouse.disclosure.record import FILE, unpacked
from o7_warehouse.editions.folders import drafted_files, set_folder
from o7_warehouse.editions.ledger import all_events
from o7_warehouse.errors import EditionError

if TYPE_CHECKING:
    import datetime as dt

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.disclosure.board import Told
    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.settings import Settings


def issued_before(cursor: Cursor, settings: Settings, edition: EditionId, night: dt.date) -> list[Told]:
    """Issued editions of the same period, and those of other periods that tell the same night, in their order.

    Raises EditionError when the record of one is not what was sealed.
    """
    return [
        _told(cursor, settings, one)
        for one in _issued(cursor)
        if one.edition != edition and (one.edition.period == edition.period or one.night == night)
    ]


def issued_of(cursor: Cursor, settings: Settings, night: dt.date) -> list[Told]:
    """Issued editions that tell a night. Raises EditionError as above."""
    return [_told(cursor, settings, one) for one in _issued(cursor) if one.night == night]


def _issued(cursor: Cursor) -> list[Event]:
    return [one for one in all_events(cursor) if one.event == "issued"]


def _told(cursor: Cursor, settings: Settings, event: Event) -> Told:
    path = set_folder(settings, event.edition) / FILE
    wanted = {one.path: one.sha256 for one in drafted_files(cursor, event.edition)}.get(FILE)
    content = path.read_bytes() if path.is_file() else b""
    if wanted is None or hashlib.sha256(content).hexdigest() != wanted:
        raise EditionError(
            f"The edition {event.edition} was issued, and what it told cannot be read: its record {FILE} is not the "
            "one the ledger names. What the next one hides could be computed from it. Restore the set from a backup."
        )
    return unpacked(content, name=str(event.edition), night=event.night)
