"""What the documents of a report per unit tell: one query per table for all units, dealt out by the code of the unit.

Figures are read as `o7_reporter`, rows of pupils as `o7_school`; both see one snapshot of the warehouse, so a switch of
the night in between cannot mix two builds.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import ReportError
from o7_warehouse.report.data import read_night
from o7_warehouse.report.figures import Material, Unit, unit_of
from o7_warehouse.report.listing import deal_out, read_listing
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from typing import Any

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class

    from o7_warehouse.report.definitions import Listing
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


def read_units(settings: Settings, report: Report, *, night: dt.date) -> tuple[Material, ...]:
    """The material of each unit of a night, in the order of printing, also of units without a single row.

    Raises ReportError when the night is not published, has no units of the scope, or a unit lacks rows it must have.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(transaction(settings, ROLE))
        snapshot = _begin(connection)
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            known = read_night(cursor, night)
            cursor.execute(_UNITS, {"night": night, "level": report.scope})
            units = tuple(unit_of(row) for row in cursor.fetchall())
            listings = {
                one: read_listing(cursor, one, night=night) for one in report.listings if not one.persons
            }
        if report.holds_persons:
            other = stack.enter_context(transaction(settings, ROLE_OF_PERSONS))
            _begin(other, snapshot)
            with other.cursor(cursor_factory=RealDictCursor) as cursor:
                listings |= {
                    one: read_listing(cursor, one, night=night) for one in report.listings if one.persons
                }
    if not units:
        raise ReportError(
            f"{report.id}: the night {night} has no unit of the level {report.scope!r}, so there is nobody to tell. "
            "Rebuild the night, or mend its model."
        )
    dealt = _dealt(report, listings, units)
    return tuple(
        Material(known, None, {one: rows[unit.code] for one, rows in dealt.items()}, unit) for unit in units
    )


def _dealt(
    report: Report, listings: Mapping[Listing, Sequence[Mapping[str, Any]]], units: Sequence[Unit]
) -> dict[Listing, dict[str, tuple[Mapping[str, Any], ...]]]:
    codes = [unit.code for unit in units]
    try:
        return {one: deal_out(rows, one, codes) for one, rows in listings.items()}
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


def name_of(code: str) -> str:
    """The code of a unit as a part of a file's name: О7 may give any identity, and it must lead nowhere else."""
    return quote(code, safe="").replace(".", "%2E").replace("_", "%5F").replace("~", "%7E")


def code_of(name: str) -> str:
    """The code that :func:`name_of` wrote."""
    return unquote(name)
