"""Views shown row by row, without a row set of their own: the catalogues as they held on a night, figures of units.

Such a view has a column `night`. A report names it in its `report.yml` with the order of its rows; codes become
words there, by the labels of the report. In a report per unit the rows of all units come by one query, unit by unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from o7_warehouse.errors import ReportError
from o7_warehouse.report.formats import Absent, Share, plain_yo, published_share, share_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2's own lower-case class

    from o7_warehouse.report.definitions import Column, Listing
    from o7_warehouse.report.registry import Report

NOTHING = "none"


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row of a listed view: `row` or `total` (in bold), the heading it stands under, its values by column."""

    kind: str
    group: str | None
    values: Mapping[str, Any]
    keys: Mapping[str, str | None]


def listing_query(listing: Listing) -> sql.Composed:
    """All rows of the view on the night that the report wants: in its order, of units in the order of `codes`."""
    conditions: list[sql.Composable] = [sql.SQL("night = %(night)s")]
    conditions += [
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(value))
        for column, value in listing.where
    ]
    if listing.restates:
        conditions.append(sql.SQL("edition_id = %(edition)s"))
    order: list[sql.Composable] = [sql.Identifier(column) for column in listing.order]
    if listing.unit is not None:
        order.insert(
            0, sql.SQL("array_position(%(codes)s::text[], {}::text)").format(sql.Identifier(listing.unit))
        )
    return sql.SQL("select * from {} where {} order by {}").format(
        sql.Identifier(listing.schema, listing.view),
        sql.SQL(" and ").join(conditions),
        sql.SQL(", ").join(order),
    )


def read_listing(
    cursor: RealDictCursor, listing: Listing, *, night: dt.date, edition: str | None = None
) -> tuple[Mapping[str, Any], ...]:
    """The rows of a view on a night, or of the edition that is restated by it.

    ReportError when there are none, and the report has no sentence for that; or no edition is restated.
    """
    if listing.restates and edition is None:
        raise ReportError(
            f"published.{listing.view} tells what a further revision of an edition changes, and none is being made. "
            "There would be nothing to compare. Draft the revision: ./o7 edition draft PERIOD --reason …"
        )
    _plan_for_all_rows(cursor)
    cursor.execute(listing_query(listing), {"night": night, "edition": edition})
    rows = tuple(cursor.fetchall())
    if not rows and listing.nothing is None:
        raise _empty(listing, f"Night {night}")
    return rows


def read_by_unit(
    connection: Connection, listing: Listing, codes: Sequence[str], *, night: dt.date
) -> Iterator[tuple[Mapping[str, Any], ...]]:
    """The rows of each unit in the order of the codes, read as they are asked for. Raises as :func:`deal_out` does."""
    with connection.cursor() as cursor:
        _plan_for_all_rows(cursor)
    with connection.cursor(f"rows of {listing.name}", cursor_factory=RealDictCursor) as rows:
        rows.execute(listing_query(listing), {"night": night, "codes": list(codes)})
        yield from deal_out(rows, listing, codes)


def _plan_for_all_rows(cursor: Cursor) -> None:
    # Views join all units of a night with all units; the planner takes a night for one row and would look up each in a
    # scan of all (112 seconds for the classes of the republic instead of half a second). Every row is fetched.
    cursor.execute("set local enable_nestloop = off; set local cursor_tuple_fraction = 1")


def deal_out(
    rows: Iterable[Mapping[str, Any]], listing: Listing, codes: Sequence[str]
) -> Iterator[tuple[Mapping[str, Any], ...]]:
    """The rows of each unit in the order of the codes, from rows in that order, those of strangers last.

    Raises ReportError for rows of a unit the night does not know, and for a unit without rows where the report has no
    sentence for that.
    """
    units = groupby(rows, key=lambda row: _field(row, str(listing.unit), listing.name))
    next_unit = next(units, None)
    for code in codes:
        own: tuple[Mapping[str, Any], ...] = ()
        if next_unit is not None and next_unit[0] == code:
            own, next_unit = tuple(next_unit[1]), next(units, None)
        if not own and listing.nothing is None:
            raise _empty(listing, f"Unit {code}")
        yield own
    if next_unit is not None:
        raise ReportError(
            f"{listing.name} has a row of the unit {next_unit[0]!r}, which the night does not know. No document would "
            "tell it. Rebuild the night, or mend the view."
        )


def _empty(listing: Listing, whose: str) -> ReportError:
    return ReportError(
        f"{whose}: {listing.name} has no rows. A report without them would be a guess. "
        f"Publish the night first (./o7 night), then render."
    )


def listed_rows(listing: Listing, report: Report, rows: Sequence[Mapping[str, Any]]) -> tuple[ListedRow, ...]:
    """The lines of a table. Raises ReportError for a column the view lacks and for a code without a word."""
    return tuple(
        ListedRow(
            kind="total" if listing.bold and _field(row, listing.bold, listing.name) else "row",
            group=_group(listing, report, row),
            values=row,
            keys={key: _field(row, key, listing.name) for key in listing.keys},
        )
        for row in rows
    )


def told(column: Column, row: ListedRow, report: Report, view: str) -> Any:
    """A value as its cell may hold it: codes as words, several values in one line.

    The sign of the column where it allows a row without a value. Raises ReportError for any other hole.
    """
    if column.of is not None:
        return _share(column, row.values, report, view)
    value = _field(row.values, column.field, view)
    if column.words is not None:
        return _in_words(report, column.words, value)
    if value is None:
        return _nothing(column, column.field, report, view)
    text = ", ".join(map(str, value)) if isinstance(value, list) else value
    return plain_yo(text) if isinstance(text, str) else text


def _share(column: Column, values: Mapping[str, Any], report: Report, view: str) -> Share | Absent:
    """A share from its two counts, and the published quotient if there is one; a numerator may be unknown."""
    denominator = _field(values, str(column.of), view)
    if denominator is None:
        return _nothing(column, str(column.of), report, view)
    numerator = _field(values, column.field, view)
    if isinstance(numerator, Absent) or isinstance(denominator, Absent):
        return share_of(numerator, denominator)
    if column.quotient is None:
        return share_of(Absent.NO_DATA if numerator is None else int(numerator), int(denominator))
    return published_share(numerator, denominator, _field(values, column.quotient, view))


def _nothing(column: Column, field: str, report: Report, view: str) -> Absent:
    if column.nothing is None:
        raise ReportError(
            f"reports/{report.id}/report.yml: {view} has a row without {field!r}. The cell would be a hole. "
            f"Complete the catalogue, or allow it by 'empty'."
        )
    return column.nothing


def _group(listing: Listing, report: Report, row: Mapping[str, Any]) -> str | None:
    if listing.group is None:
        return None
    value = _field(row, listing.group, listing.name)
    return str(value) if listing.words is None else _in_words(report, listing.words, value)


def _in_words(report: Report, family: str, value: Any) -> str:
    """The words for a code, for each of several, for yes and no, and for nothing."""
    if isinstance(value, list):
        return ", ".join(report.word(family, str(one)) for one in value)
    code = NOTHING if value is None else str(value)
    return report.word(family, code.lower() if isinstance(value, bool) else code)


def _field(row: Mapping[str, Any], name: str, view: str) -> Any:
    try:
        return row[name]
    except KeyError:
        raise ReportError(
            f"report.yml: {view} has no column {name!r}. What it should say would be missing. "
            f"Choose one of: {', '.join(row)}."
        ) from None
