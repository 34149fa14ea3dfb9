"""What the documents of a report per unit tell: one query per table for all units, read unit by unit as they are made.

Figures are read as `o7_reporter`, rows of pupils as `o7_school`; both see one snapshot of the warehouse, so a switch of
the night in between cannot mix two builds. Whoever asks for one unit after the other holds the rows of one.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import ReportError
from o7_warehouse.report.data import read_night
from o7_warehouse.report.figures import Material, Unit, unit_of
from o7_warehouse.report.listing import read_by_unit
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

    from o7_warehouse.report.figures import Night
    from o7_warehouse.report.registry import Report
    from o7_warehouse.settings import Settings

ROLE: Final = "o7_reporter"
ROLE_OF_PERSONS: Final = "o7_school"
_UNITS: Final = """
    select level, org_unit_code, org_unit_name, oktmo_with_check, school_count, student_count
    from published.org_units
    where night = %(night)s and level = %(level)s
    order by sort_key, org_unit_code
"""


@dataclass(frozen=True, slots=True)
class Materials:
    """What the documents of a night tell, one after the other, and how many they are."""

    known: Night
    count: int
    each: Iterator[Material]


@contextmanager
def units_opened(settings: Settings, report: Report, *, night: dt.date) -> Iterator[Materials]:
    """The material of each unit of a night, in the order of printing, also of units without a single row.

    Raises ReportError when the night is not published or has no units of the scope; what is read of a unit raises it
    when the unit lacks rows it must have.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(transaction(settings, ROLE))
        snapshot = _begin(connection)
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            known = read_night(cursor, night)
            cursor.execute(_UNITS, {"night": night, "level": report.scope})
            units = tuple(unit_of(row) for row in cursor.fetchall())
        of_persons = connection
        if report.holds_persons:
            of_persons = stack.enter_context(transaction(settings, ROLE_OF_PERSONS))
            _begin(of_persons, snapshot)
        if not units:
            raise ReportError(
                f"{report.id}: the night {night} has no unit of the level {report.scope!r}, so there is nobody to "
                "tell. Rebuild the night, or mend its model."
            )
        for one in {connection, of_persons}:
            _let_idle(one)
        yield Materials(known, len(units), _each(report, known, units, connection, of_persons))


def read_units(settings: Settings, report: Report, *, night: dt.date) -> tuple[Material, ...]:
    """The material of all units at once. Raises what :func:`units_opened` and what is read there raise."""
    with units_opened(settings, report, night=night) as materials:
        return tuple(materials.each)


def _each(
    report: Report, known: Night, units: Sequence[Unit], connection: Connection, of_persons: Connection
) -> Iterator[Material]:
    codes = [unit.code for unit in units]
    listings = {
        one: read_by_unit(of_persons if one.persons else connection, one, codes, night=known.night)
        for one in report.listings
    }
    try:
        for unit in units:
            yield Material(known, None, {one: next(rows) for one, rows in listings.items()}, unit)
        # Only now it is known that no row was left over.
        for rows in listings.values():
            next(rows, None)
    except ReportError as error:
        raise ReportError(f"{report.id}: {error}") from error


def _begin(connection: Connection, snapshot: str | None = None) -> str:
    """Begin a transaction that only reads one snapshot, a given one or its own; returns its name."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        if snapshot is not None:
            cursor.execute("set transaction snapshot %s", (snapshot,))
        cursor.execute("select pg_export_snapshot()")
        [(name,)] = cursor.fetchall()
    return str(name)


def _let_idle(connection: Connection) -> None:
    """Documents are made between two rows, or after the last one, as long as that may take."""
    with connection.cursor() as cursor:
        cursor.execute("set local idle_in_transaction_session_timeout = 0")


def name_of(code: str) -> str:
    """The code of a unit as a part of a file's name: О7 may give any identity, and it must lead nowhere else."""
    return quote(code, safe="").replace(".", "%2E").replace("_", "%5F").replace("~", "%7E")


def code_of(name: str) -> str:
    """The code that :func:`name_of` wrote."""
    return unquote(name)
