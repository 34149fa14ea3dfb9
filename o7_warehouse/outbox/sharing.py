"""Which files of an edition may leave the house, and who may have them.

Only what a report of the edition wrote, in a format of that report, leaves. The sealed rows (``data_*``), the manifest
and whatever else lies in a set have no reader outside, and never leave: what is not named here stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.report.files import described

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from o7_warehouse.editions.folders import Listed
    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.outbox.recipients import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharable:
    """A file that may leave: its report, for which audience, of which unit (None: of the republic)."""

    file: Listed
    report: str
    audience: str
    unit: str | None


def sharable(edition: EditionId, reports: Iterable[str], files: Iterable[Listed]) -> Iterator[Sharable]:
    """The files of a set that may leave, by the reports of the edition: the only place that decides it."""
    mark, of_edition = f"{edition.period}_рев{edition.revision:02}", set(reports)
    for one in files:
        document = described(one.path)
        # Rows of persons are in no edition; should one lie there, it stays.
        if document is None or document.mark != mark or document.holds_persons:
            continue
        if document.report_id in of_edition:
            yield Sharable(
                file=one, report=document.report_id, audience=document.audience, unit=document.unit
            )


def set_for(recipient: Recipient, files: Iterable[Sharable]) -> list[Listed]:
    """The whole set of a recipient: what is made for this audience and unit, and nothing that is made for another."""
    return [one.file for one in files if (one.audience, one.unit) == (recipient.audience, recipient.unit)]
