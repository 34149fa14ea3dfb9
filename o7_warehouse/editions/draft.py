"""A draft: a night is frozen, its reports are rendered, its rows are sealed, and the set is exchanged as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure.edition import Controlled, control
from o7_warehouse.disclosure.record import FILE, packed
from o7_warehouse.editions.build_rows import sealed_rows
from o7_warehouse.editions.calendar import has_edition, is_issued
from o7_warehouse.editions.checklist import examine
from o7_warehouse.editions.contents import reports_of
from o7_warehouse.editions.folders import editions_folder, listed
from o7_warehouse.editions.ledger import (
    ROLE,
    EditionId,
    Frozen,
    Step,
    add,
    events_of,
    hold,
    next_edition,
    refuse_impossible,
)
from o7_warehouse.editions.manifest import NAME, OWN_HASH, as_bytes, data_file, make_manifest, refused_switch
from o7_warehouse.editions.restate import note
from o7_warehouse.editions.states import LastNight, State, last_night, state_of
from o7_warehouse.editions.told import issued_before, issued_of
from o7_warehouse.errors import CommandError, EditionError
from o7_warehouse.report.figures import previous_quarter_end
from o7_warehouse.report.render import documents, exchange, gather, written
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.checklist import Checklist
    from o7_warehouse.editions.periods import Period
    from o7_warehouse.report.figures import Material
    from o7_warehouse.report.registry import Report
    from o7_warehouse.settings import Settings

_FILE: Final = """
    insert into audit.edition_file (edition_id, event_no, path, run_id, bytes, sha256)
    values (%s, %s, %s, %s, %s, %s)
"""


def draft(
    settings: Settings, period: Period, *, by_whom: str, reason: str | None, today: dt.date
) -> tuple[EditionId, Checklist]:
    """Make the edition a period is waiting for, or make its draft anew; returns it with what the checklist says.

    ``today`` is the day in Moscow. Raises CommandError for a period that has no edition or is not over, EditionError
    when the edition can no longer be drafted, no night is published, or the night was published anew meanwhile; and
    what rendering raises. What was drafted before stays until the new set is whole.
    """
    _refuse_unreported(settings, period, today)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        edition = next_edition(cursor, period)
        refuse_impossible(cursor, edition, Step(event="draft", by_whom=by_whom, reason=reason, detail={}))
        frozen = last_night(cursor, period)
        if not is_issued(settings.root, period):
            _refuse_another_build(cursor, edition, frozen)
        if edition.revision > 1:
            # What the change sheet tells; the step of a night may have come before the edition was issued.
            hold(cursor, period)
            note(cursor, period)
    files, summary = _files(settings, edition, frozen)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        manifest_sha256 = _sealed(settings, cursor, edition, frozen, files, summary)
        hold(cursor, period)
        checklist = examine(cursor, settings, edition, frozen, today=today, disclosure=summary)
        detail = checklist.as_detail() | {"disclosure": summary}
        step = Step(event="draft", by_whom=by_whom, reason=reason, detail=detail)
        number = add(cursor, edition, step, Frozen(
            night=frozen.night, run_id=frozen.run_id, manifest_sha256=manifest_sha256
        ))  # fmt: skip
        cursor.executemany(
            _FILE,
            [(str(edition), number, one.path, frozen.run_id, one.bytes, one.sha256) for one in listed(files)],
        )
        # Nobody else can go on with this edition until the set lies where the ledger says it does.
        _put(settings, edition, files)
    return edition, checklist


def _refuse_unreported(settings: Settings, period: Period, today: dt.date) -> None:
    if not has_edition(settings.root, period):
        raise CommandError(
            f"{period} is a {period.kind.value} of which no night was frozen in those days "
            "(reporting_deadlines.csv). Draft its quarter or its year."
        )
    if state_of(period, (), today=today) is State.open:
        raise CommandError(
            f"{period} ends on {period.last_day} and today is {today}, so its figures can still change. "
            "Draft it when its last day is over."
        )


def _refuse_another_build(cursor: Cursor, edition: EditionId, frozen: LastNight) -> None:
    """What nobody issues is frozen by its first draft; a quarter or a year is by being issued."""
    for event in events_of(cursor, edition):
        if event.run_id != frozen.run_id:
            raise EditionError(
                f"{edition.period} was frozen by its night {event.night}, and now another build stands for it. A "
                "frozen month does not move; ./o7 edition verify tells whether it is whole, and quarters are restated."
            )


def _files(
    settings: Settings, edition: EditionId, frozen: LastNight
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The documents of an edition by name (`КБР_ЦЗ_образование_2025-Q4_рев01.pdf`), and how much they hide.

    All figures are read before the first document is written: what one hides, none may betray.
    """
    before = EditionId(edition.period, edition.revision - 1)
    gathered = [
        gather(
            settings,
            report_id=report_id,
            night=frozen.night,
            edition=str(before) if edition.revision > 1 else None,
        )
        for report_id in reports_of(edition.period, edition.revision)
    ]
    if any(one.night.run_id != frozen.run_id for _, materials in gathered for one in materials):
        raise refused_switch(edition, frozen)
    controlled = _controlled(settings, edition, frozen, gathered)
    files: dict[str, bytes] = {}
    for report, materials in gathered:
        mark = f"{edition.period}_рев{edition.revision:02}"
        for document in documents(report, controlled.told(report, materials)):
            files |= written(document, stem=document.stem(mark))
    files[FILE] = packed(controlled.outcome)
    return files, controlled.summary()


def _controlled(
    settings: Settings,
    edition: EditionId,
    frozen: LastNight,
    gathered: Sequence[tuple[Report, Sequence[Material]]],
) -> Controlled:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        earlier = issued_before(cursor, settings, edition, frozen.night)
        of_period_before = issued_of(cursor, settings, previous_quarter_end(frozen.night))
    return control(
        settings.root, gathered, night=frozen.night, earlier=earlier, of_period_before=of_period_before
    )


def _sealed(
    settings: Settings,
    cursor: Cursor,
    edition: EditionId,
    frozen: LastNight,
    files: dict[str, bytes],
    summary: dict[str, Any],
) -> str:
    """Add the rows of the build and the manifest to the files; the manifest's hash."""
    sealed = sealed_rows(cursor.connection, night=frozen.night, run_id=frozen.run_id)
    files |= {data_file(one.relation): one.packed for one in sealed}
    manifest = make_manifest(
        cursor, settings, edition, frozen, reports=reports_of(edition.period, edition.revision), sealed=sealed,
        files=files, disclosure=summary,
    )  # fmt: skip
    files[NAME] = as_bytes(manifest)
    return str(manifest[OWN_HASH])


def _put(settings: Settings, edition: EditionId, files: dict[str, bytes]) -> None:
    folder = editions_folder(settings)
    try:
        exchange(folder, str(edition), files)
    except OSError as error:
        raise EditionError(
            f"The edition {edition} could not be written: {error.strerror} ({folder}). What was drafted before is "
            "untouched. Make room or give the right to write there, then draft it again."
        ) from error
