"""The verb `render`: one report of one night, in all its formats, as a set that is exchanged as a whole.

`<state>/reports/<night>/<report id>` leads to the files; a report per unit has a folder for each unit there. What holds
rows of single pupils lies apart, in `<state>/school_reports`, where nobody but the account's owner may enter.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg2.extras import execute_values

from o7_warehouse.errors import ReportError
from o7_warehouse.report.data import read_material
from o7_warehouse.report.document import build_document
from o7_warehouse.report.registry import load_report
from o7_warehouse.report.sets import CLOSED, OPEN, Written, exchange, replacing
from o7_warehouse.report.units import ROLE, Materials, read_units, units_opened
from o7_warehouse.report.workers import Order, write_documents
from o7_warehouse.report.writers import written
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from o7_warehouse.report.document import Document
    from o7_warehouse.report.figures import Material
    from o7_warehouse.report.registry import Report
    from o7_warehouse.settings import Settings

__all__ = ["documents", "exchange", "gather", "prepare", "record_files", "render", "set_folder", "written"]
SHELF: Final = "reports"
SHELF_OF_PERSONS: Final = "school_reports"


def render(settings: Settings, *, report_id: str, night: dt.date) -> list[Path]:
    """Write every format of a report for a published night; the paths, by unit, in the order of the report's formats.

    The same published rows give the same bytes. Raises ReportError (unknown report, night not published, a
    hole, a page that cannot be set, a full disk) and WarehouseUnavailableError; the last good files stay.
    """
    report = load_report(report_id)
    link = set_folder(settings, report, night)
    rights = CLOSED if report.holds_persons else OPEN
    try:
        with _opened(settings, report, night) as told, replacing(link.parent, report_id, rights) as place:
            files = write_documents(documents(report, told.each), Order(place, rights), count=told.count)
        if report.holds_persons:
            _forget_nights_before(link.parent)
    except OSError as error:
        raise ReportError(
            f"{report_id} of {night} could not be written: {error.strerror} ({link.parent}). The last good files "
            f"are untouched. Make room or give the right to write there, then run ./o7 report again."
        ) from error
    shelf = link.relative_to(settings.state).as_posix()
    record_files(
        settings, run_id=told.known.run_id, night=night, report_id=report_id, shelf=shelf, files=files
    )
    return [link / one.path for one in files]


def prepare(settings: Settings, *, report_id: str, night: dt.date) -> tuple[Document, ...]:
    """The documents of a report for a published night, one or one per unit, in one snapshot. Raises ReportError."""
    return tuple(documents(*gather(settings, report_id=report_id, night=night)))


def gather(
    settings: Settings, *, report_id: str, night: dt.date, edition: str | None = None
) -> tuple[Report, Sequence[Material]]:
    """What the documents of a report tell, before any of them is made, in one snapshot.

    ``edition`` is the one that is restated, where one is. Raises ReportError.
    """
    report = load_report(report_id)
    return report, _materials(settings, report, night, edition)


def set_folder(settings: Settings, report: Report, night: dt.date) -> Path:
    """Where the files of a report of a night lie."""
    shelf = SHELF_OF_PERSONS if report.holds_persons else SHELF
    return settings.state / shelf / night.isoformat() / report.id


@contextmanager
def _opened(settings: Settings, report: Report, night: dt.date) -> Iterator[Materials]:
    """What the documents tell, read as they are made: rows of one unit at a time."""
    if report.is_per_unit:
        with units_opened(settings, report, night=night) as materials:
            yield materials
    else:
        [material] = _materials(settings, report, night)
        yield Materials(material.night, 1, iter((material,)))


def _materials(
    settings: Settings, report: Report, night: dt.date, edition: str | None = None
) -> Sequence[Material]:
    if report.is_per_unit:
        return read_units(settings, report, night=night)
    with transaction(settings, ROLE) as connection:
        return (read_material(connection, report, night=night, edition=edition),)


def documents(report: Report, materials: Iterable[Material]) -> Iterator[Document]:
    """The documents of a report from what each of them tells. Raises ReportError, which names the unit."""
    for material in materials:
        try:
            yield build_document(report, material)
        except ReportError as error:
            if material.unit is None:
                raise
            raise ReportError(f"{report.id}, unit {material.unit.code}: {error}") from error


def _forget_nights_before(newest: Path) -> None:
    """Numbers of pupils are kept as long as they are of use: until the list of a later night is there."""
    for night in newest.parent.iterdir():
        if night.name < newest.name:
            shutil.rmtree(night)


def record_files(
    settings: Settings, *, run_id: str, night: dt.date, report_id: str, shelf: str, files: Iterable[Written]
) -> None:
    """Tell the audit which files, below a folder of the state, were made of which run's figures."""
    rows = [
        (run_id, night, report_id, one.path.rpartition(".")[2], f"{shelf}/{one.path}", one.length, one.sha256)
        for one in files
    ]
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        execute_values(
            cursor,
            "insert into audit.report_file (run_id, night, report_id, format, path, bytes, sha256) values %s",
            rows,
        )
