"""What an edition consists of: the only reader of ``reports/editions.yml``, and the hashes of what shapes a page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import yaml

from o7_warehouse.errors import CatalogueError
from o7_warehouse.report.registry import REPORTS, load_report, report_ids

if TYPE_CHECKING:
    from o7_warehouse.editions.periods import Period

FILE: Final = "editions.yml"
# Who gets an edition shapes no page of it.
RECIPIENTS: Final = "recipients.yml"
# Folders that every report prints from.
SHARED: Final = ("fonts", "_docx")


def reports_of(period: Period, revision: int = 1) -> tuple[str, ...]:
    """The reports of an edition of the period, in their order, as declared on its last day.

    What a revision after the first has besides comes first: its reader asks what has changed.

    Raises CatalogueError when nothing was declared by then, a report that does not exist, or one with rows of persons.
    """
    place = f"reports/{FILE}"
    entries: list[dict[str, Any]] = yaml.safe_load((REPORTS / FILE).read_text(encoding="utf-8"))
    in_force = [entry for entry in entries if entry["valid_from"] <= period.last_day]
    entry = max(in_force, key=_begin, default={})
    if not (declared := entry.get(period.kind.value)):
        raise CatalogueError(
            f"{place}: nothing is declared for a {period.kind.value} that ends on {period.last_day}. An edition "
            "without reports tells nothing. Add an entry that begins by then."
        )
    if revision > 1:
        declared = [*entry.get("revision", ()), *declared]
    if unknown := sorted(set(declared) - set(report_ids())):
        raise CatalogueError(
            f"{place}: there is no report {', '.join(unknown)}. An edition without it would be incomplete. "
            f"Choose among: {', '.join(report_ids())}."
        )
    if personal := [one for one in declared if load_report(one).holds_persons]:
        raise CatalogueError(
            f"{place}: {', '.join(personal)} lists single pupils. An edition goes to whoever it is sent to and is kept "
            "for good; rows of persons are for their school alone. Take the report out."
        )
    return tuple(declared)


def template_hashes(reports: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of everything below ``reports/`` that shapes these reports: their folders and what all reports share."""
    shared = [
        path
        for path in REPORTS.glob("*")
        if path.is_file() and path.suffix != ".md" and path.name != RECIPIENTS
    ]
    folders = [REPORTS / name for name in (*reports, *SHARED)]
    owned = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(REPORTS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted([*shared, *owned])
    }


def _begin(entry: dict[str, Any]) -> Any:
    return entry["valid_from"]
