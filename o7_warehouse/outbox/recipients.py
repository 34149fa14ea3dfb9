"""Who gets which editions and how: the only reader of the file O7_RECIPIENTS names (reports/recipients.yml)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import yaml

from o7_warehouse.errors import CatalogueError
from o7_warehouse.report.registry import load_report, report_ids
from o7_warehouse.report.scopes import AUDIENCES, SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.settings import Settings


class Channel(StrEnum):
    """How a set reaches its recipient."""

    smtp = "smtp"
    folder = "folder"


# Audience -> the level of organisations it speaks for; none: the republic's figures are for it.
LEVELS: Final[Mapping[str, str | None]] = {one: one if one in SCOPES else None for one in AUDIENCES}
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
# Only what every mail server takes: no name beside the address, no second address, no line break.
_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_UNITS: Final = """
    select content::jsonb ->> 'level', content::jsonb ->> 'org_unit_code'
    from published.edition_rows(%s, %s, 'org_units')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One entry of the list: who (an id of ours), as whose reader, for which unit, by which channel and where to."""

    id: str
    audience: str
    channel: Channel
    address: str
    unit: str | None = None


def is_mailbox(text: str) -> bool:
    """Whether a text is one address and nothing else."""
    return _MAILBOX.fullmatch(text) is not None


def read_recipients(settings: Settings) -> list[Recipient]:
    """Everybody on the list, in its order.

    Raises CatalogueError for a file that is none, an unknown or missing key, an audience or channel nobody knows, an
    audience no report is made for, a unit given to the wrong audience, an address that is none, and for duplicates.
    """
    place = str(settings.recipients)
    try:
        content = yaml.safe_load(settings.recipients.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CatalogueError(
            f"{place} cannot be read: {type(error).__name__}. Without it nobody knows who gets an edition. Restore it, "
            "or name another file with O7_RECIPIENTS."
        ) from None
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise CatalogueError(
            f"{place} is no list of recipients, so nobody can be found in it. Write one entry for each: a line that "
            "begins with '- id:'."
        )
    found = [_recipient(entry, f"{place}, entry {number}") for number, entry in enumerate(content, start=1)]
    _refuse_duplicates(found, place)
    return found


def refuse_unknown_units(cursor: Cursor, event: Event, recipients: Iterable[Recipient]) -> None:
    """Raise CatalogueError where a recipient speaks for a unit that the frozen night of an edition does not have."""
    cursor.execute(_UNITS, (event.night, event.run_id))
    known = set(cursor.fetchall())
    for one in recipients:
        level = LEVELS[one.audience]
        if level is not None and (level, one.unit) not in known:
            raise CatalogueError(
                f"The recipient {one.id!r} is for the {one.audience} {one.unit!r}, and the night {event.night} has "
                "none with this code. Somebody else's figures, or none, would be sent. Correct the code; ./o7 "
                "indicators shows those there are."
            )


def _recipient(entry: dict[str, Any], place: str) -> Recipient:
    known = {field.name for field in fields(Recipient)}
    if unknown := sorted(set(map(str, entry)) - known):
        raise CatalogueError(
            f"{place}: unknown key {', '.join(unknown)}. It would be ignored. Known keys: {', '.join(sorted(known))}."
        )
    # YAML reads 83701000 as a number; a code is a text.
    words = {name: value for name, value in entry.items() if isinstance(value, str)}
    missing = sorted((known - {"unit"} | set(entry)) - set(words))
    if missing:
        raise CatalogueError(
            f"{place}: {', '.join(missing)} is missing or no text. Nobody would know whom to send what. Complete the "
            "entry; write a code in quotes."
        )
    if words["channel"] not in set(Channel):
        raise CatalogueError(
            f"{place}: there is no channel {words['channel']!r}. Nothing would be sent. Choose one of: "
            f"{', '.join(Channel)}."
        )
    recipient = Recipient(
        id=words["id"], audience=words["audience"], channel=Channel(words["channel"]),
        address=words["address"], unit=words.get("unit"),
    )  # fmt: skip
    _refuse_unusable(recipient, place)
    return recipient


def _refuse_unusable(one: Recipient, place: str) -> None:
    if not _ID.fullmatch(one.id):
        raise CatalogueError(
            f"{place}: the id {one.id!r} is not made of small Latin letters, digits and _. It is a key of the ledger "
            "and part of messages. Write another one."
        )
    # Rows of persons never become part of an edition, so a report with them is none that could be sent.
    made_for = {report.audience for report in map(load_report, report_ids()) if not report.holds_persons}
    if one.audience not in made_for:
        raise CatalogueError(
            f"{place}: no report of an edition is made for the audience {one.audience!r}. {one.id!r} would never get "
            f"anything. Choose one of: {', '.join(sorted(made_for))}."
        )
    if (LEVELS[one.audience] is None) != (one.unit is None):
        raise CatalogueError(
            f"{place}: {one.id!r} of the audience {one.audience!r} has {'no unit' if one.unit is None else 'a unit'}. "
            f"{'Nobody would know whose figures are meant' if one.unit is None else 'Its reports are of no unit'}. "
            f"{'Add' if one.unit is None else 'Take away'} the key 'unit'."
        )
    if one.channel is Channel.smtp and not is_mailbox(one.address):
        raise CatalogueError(
            f"{place}: the address of {one.id!r} is not one mailbox, as office@ministry.example. Nothing can be sent "
            "there. Correct it."
        )
    if one.channel is Channel.folder and (not one.address.strip() or ".." in PurePath(one.address).parts):
        raise CatalogueError(
            f"{place}: the folder of {one.id!r} is empty or leads upwards. A set would lie where nobody expects it. "
            "Give a folder, absolute or below <state>/outbox."
        )


def _refuse_duplicates(recipients: list[Recipient], place: str) -> None:
    ids = Counter(one.id for one in recipients)
    ways = Counter(_way(one) for one in recipients)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise CatalogueError(
            f"{place}: {', '.join(twice)} stands there more than once, so what was sent to whom could not be told. "
            "Give each entry an id of its own."
        )
    if twice := [one.id for one in recipients if ways[_way(one)] > 1]:
        raise CatalogueError(
            f"{place}: {', '.join(twice)} have the same address, so somebody would get a set twice or two sets would "
            "meet in one folder. Take one entry away, or change its address."
        )


def _way(one: Recipient) -> tuple[str | None, ...]:
    """What no two entries may share: one mailbox may serve two schools, one folder serves one recipient."""
    whose = (one.audience, one.unit) if one.channel is Channel.smtp else ()
    return (one.channel, one.address.casefold(), *whose)
