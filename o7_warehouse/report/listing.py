"""Views of `published` shown row by row: the catalogues, as they held on a night, without a row set of their own.

Such a view has a column `night`. A report names it in its `report.yml` with the order of its rows; codes become
words there, by the labels of the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from o7_warehouse.errors import ReportError
from o7_warehouse.report.formats import Absent, plain_yo

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from psycopg2.extras import RealDictCursor

    from o7_warehouse.report.registry import Column, Listing, Report

NOTHING = "none"


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row of a listed view: `row` or `total` (in bold), the heading it stands under, its values by column."""

    kind: str
    group: str | None
    values: Mapping[str, Any]


def listing_query(listing: Listing) -> sql.Composed:
    """All rows of the view on the night, in the order of the report."""
    return sql.SQL("select * from {} where night = %(night)s order by {}").format(
        sql.Identifier("published", listing.view),
        sql.SQL(", ").join(map(sql.Identifier, listing.order)),
    )


def read_listing(
    cursor: RealDictCursor, listing: Listing, *, night: dt.date
) -> tuple[Mapping[str, Any], ...]:
    """The rows of a view on a night. ReportError when there are none."""
    cursor.execute(listing_query(listing), {"night": night})
    rows = tuple(cursor.fetchall())
    if not rows:
        raise ReportError(
            f"Night {night}: published.{listing.view} has no rows. A report without them would be a guess. "
            f"Publish the night first (./o7 night), then render."
        )
    return rows


def listed_rows(listing: Listing, report: Report, rows: Sequence[Mapping[str, Any]]) -> tuple[ListedRow, ...]:
    """The lines of a table. Raises ReportError for a column the view lacks and for a code without a word."""
    return tuple(
        ListedRow(
            kind="total" if listing.bold and _field(row, listing.bold, listing.view) else "row",
            group=_group(listing, report, row),
            values=row,
        )
        for row in rows
    )


def told(column: Column, row: ListedRow, report: Report, view: str) -> Any:
    """A value as its cell may hold it: codes as words, several values in one line.

    `Absent.UNSET` where the column allows a row without a value. Raises ReportError for any other hole.
    """
    value = _field(row.values, column.field, view)
    if column.words is not None:
        return _in_words(report, column.words, value)
    if value is None:
        if column.empty:
            return Absent.UNSET
        raise ReportError(
            f"reports/{report.id}/report.yml: published.{view} has a row without {column.field!r}. The cell "
            f"would be a hole. Complete the catalogue, or allow it by 'empty: true'."
        )
    text = ", ".join(map(str, value)) if isinstance(value, list) else value
    return plain_yo(text) if isinstance(text, str) else text


def _group(listing: Listing, report: Report, row: Mapping[str, Any]) -> str | None:
    if listing.group is None:
        return None
    value = _field(row, listing.group, listing.view)
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
            f"report.yml: published.{view} has no column {name!r}. What it should say would be missing. "
            f"Choose one of: {', '.join(row)}."
        ) from None
