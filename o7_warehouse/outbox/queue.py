"""The queue: what is to be sent of an issued edition, written with the event that issued it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.editions.folders import drafted_files, read_manifest
from o7_warehouse.errors import EditionError
from o7_warehouse.outbox.messages import add_message, hold_outbox, messages_of
from o7_warehouse.outbox.recipients import read_recipients, refuse_unknown_units
from o7_warehouse.outbox.sharing import set_for, sharable
from o7_warehouse.report.registry import load_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.outbox.recipients import Recipient
    from o7_warehouse.settings import Settings


def queue(cursor: Cursor, settings: Settings, issued: Event, files: Mapping[str, bytes]) -> list[str]:
    """Add a message for every recipient who has none of this edition yet; safe to repeat.

    ``issued`` is the event that issued it, ``files`` its set as it was sealed. Returns the recipients this edition has
    nothing for. Raises what :func:`read_recipients` raises, CatalogueError for a unit there is not, and EditionError
    when the edition has a report for a recipient and none of its files.
    """
    recipients = read_recipients(settings)
    refuse_unknown_units(cursor, issued, recipients)
    hold_outbox(cursor, issued.edition)
    known = {(one.recipient, one.channel) for one in messages_of(cursor, issued.edition)}
    reports = read_manifest(files)["reports"]
    leaving = list(sharable(issued.edition, reports, drafted_files(cursor, issued.edition)))
    without = []
    for one in recipients:
        own = set_for(one, leaving)
        if not own:
            _refuse_lost(issued, one, reports)
            without.append(one.id)
        elif (one.id, one.channel) not in known:
            add_message(cursor, issued, one, own)
    return without


def _refuse_lost(issued: Event, recipient: Recipient, reports: Iterable[str]) -> None:
    lost = [name for name in reports if load_report(name).audience == recipient.audience]
    if lost:
        raise EditionError(
            f"The edition {issued.edition} has {', '.join(lost)} for the audience {recipient.audience!r}, and no file "
            f"of it for {recipient.id!r}. A set without it would be no set. See the files with ./o7 edition verify "
            f"{issued.edition}, and the unit of the recipient."
        )
