"""The check of an edition: its files against the ledger, then the rows of its build against the sealed ones."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.build_rows import digests, first_difference, lines_of, unpacked
from o7_warehouse.editions.findings import Finding, Kind
from o7_warehouse.editions.folders import check_files, read_manifest, read_set
from o7_warehouse.editions.ledger import last_event
from o7_warehouse.editions.manifest import NAME
from o7_warehouse.errors import EditionError
from o7_warehouse.warehouse import connect, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.settings import Settings

ROLE: Final = "o7_auditor"
_STANDS: Final = "select exists (select from published.night where night = %s and run_id = %s)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; ``is_published`` tells whether the frozen build still stands for its night (that is no fault)."""

    event: Event
    is_published: bool
    findings: list[Finding]

    @property
    def is_sound(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.findings


def verify(settings: Settings, edition: EditionId) -> Verdict:
    """Check an edition as the auditor, in one snapshot, changing nothing.

    Files come first, by name, then tables. Raises EditionError where there is no such edition, StatementError,
    WarehouseUnavailableError.
    """
    with translated("verifying an edition"), closing(connect(settings, ROLE)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            event = last_event(cursor, edition)
            cursor.execute(_STANDS, (event.night, event.run_id))
            is_published = cursor.fetchall() == [(True,)]
            files = read_set(settings, edition)
            findings = list(check_files(cursor, event, files))
        damaged = {one.file for one in findings}
        findings += _check_rows(connection, event, files or {}, damaged)
    return Verdict(event, is_published, findings)


def refuse_damaged(verdict: Verdict) -> None:
    """Raise EditionError when something is not as it was sealed; it names the first place."""
    if verdict.is_sound:
        return
    first, more = verdict.findings[0], len(verdict.findings) - 1
    place = first.file or f"{first.table}: {first.row} {first.column}".strip()
    raise EditionError(
        f"The edition {verdict.event.edition} is not what was sealed: {first.kind.value} in {place}"
        f"{f' and {more} more' if more else ''}. It proves nothing any more. See each place with ./o7 edition verify, "
        "and restore the set or the tables from a backup."
    )


def _check_rows(
    connection: Connection, event: Event, files: Mapping[str, bytes], damaged: set[str]
) -> Iterator[Finding]:
    """What the tables say of the build now against what the manifest says; a changed manifest says nothing."""
    told: Mapping[str, Mapping[str, Any]] = read_manifest(files).get("data", {})
    if NAME in damaged or not told:
        return
    present = digests(connection, night=event.night, run_id=event.run_id)
    for relation in sorted({*told, *present}):
        if relation not in told:
            yield Finding(kind=Kind.rows_new, table=relation)
        elif relation not in present:
            yield Finding(kind=Kind.rows_gone, table=relation, rows=told[relation]["rows"])
        elif present[relation] != told[relation]["sha256"]:
            packed = files.get(told[relation]["file"], b"")
            is_whole = told[relation]["file"] not in damaged
            yield _first_cell(connection, event, relation, unpacked(packed) if is_whole else None)


def _first_cell(connection: Connection, event: Event, relation: str, sealed: list[str] | None) -> Finding:
    found = lines_of(connection, night=event.night, run_id=event.run_id, relation=relation)
    where = first_difference(sealed, found) if sealed is not None else None
    if where is None:
        # The sealed rows are damaged themselves, so only the hash tells that these are others.
        return Finding(kind=Kind.rows_differ, table=relation)
    return Finding(
        kind=Kind.rows_differ, table=relation, row=where.row, column=where.column,
        sealed=where.sealed, found=where.found, rows=where.rows,
    )  # fmt: skip
