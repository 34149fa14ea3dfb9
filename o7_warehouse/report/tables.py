"""Tables as every format prints them: each cell is written here once, so the formats cannot differ."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.errors import ReportError
from o7_warehouse.report import formats
from o7_warehouse.report.cells import Cell, cell
from o7_warehouse.report.definitions import MEDIA
from o7_warehouse.report.listing import listed_rows, told
from o7_warehouse.report.row_sets import ROW_SETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from o7_warehouse.report.definitions import Column, Listing, TableDefinition
    from o7_warehouse.report.figures import Indicator, Material, Published
    from o7_warehouse.report.legend import Legend
    from o7_warehouse.report.listing import ListedRow
    from o7_warehouse.report.registry import Report


@dataclass(frozen=True, slots=True)
class Row:
    """A line of figures: `row` or `total`; `group` is the heading under which it stands, if any.

    `keys` are the codes that tell it apart for programs.
    """

    kind: str
    group: str | None
    cells: tuple[Cell, ...]
    keys: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A finished table. `columns` and each row's cells go together."""

    id: str
    number: str
    title: str
    sheet: str
    landscape: bool
    new_page: bool
    indicator: str | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    # What is said in place of the rows where there are none.
    nothing: str = ""

    def columns_for(self, medium: str) -> tuple[int, ...]:
        """Places of the columns that a format shows."""
        return tuple(
            place
            for place, column in enumerate(self.columns)
            if column.only is None or medium in MEDIA[column.only]
        )

    def width(self, place: int, medium: str) -> float:
        """A column's part of the table's width in a medium, percent."""
        total = sum(self.columns[shown].width for shown in self.columns_for(medium))
        return round(100 * self.columns[place].width / total, 2)

    def groups(self) -> Iterator[tuple[str | None, tuple[Row, ...]]]:
        """Rows under their headings, in order."""
        start = 0
        for place in range(1, len(self.rows) + 1):
            if place == len(self.rows) or self.rows[place].group != self.rows[start].group:
                yield self.rows[start].group, self.rows[start:place]
                start = place


def build_tables(report: Report, material: Material, legend: Legend) -> tuple[Table, ...]:
    """Every table of a report for one night, in the order of its report.yml."""
    tables = []
    for definition in report.tables:
        published = material.figures
        if definition.listing is not None:
            rows = _listed(definition, definition.listing, report, material)
            tables.append(_table(definition, _words_of_listing(material, legend), rows))
        elif published is None:
            raise ReportError(
                f"{report.id}: no figures were read for table {definition.id!r}. It would be empty. "
                f"Read the night with the report that is to tell it."
            )
        elif definition.repeat is None:
            tables.append(_build(definition, report, published, None))
        elif definition.repeat == "indicators":
            tables += [_build(definition, report, published, indicator) for indicator in published.indicators]
        else:
            raise ReportError(
                f"{report.id}: table {definition.id!r} repeats {definition.repeat!r}. Known: indicators."
            )
    return tuple(tables)


def _words_of_listing(material: Material, legend: Legend) -> dict[str, str]:
    """What titles, headings and notes of a listing may be filled with."""
    night = material.night.night
    return {
        "night": formats.date_digits(night),
        "period": Period.of(night, Kind.quarter).name,
        "rounding": legend.rounding,
    }


def data_digest(tables: Sequence[Table], *, report_id: str, night: str, unit: str | None = None) -> str:
    """SHA-256 of all that the tables say, and of which unit: the fingerprint printed in the QR code."""
    content = [report_id, night, *([] if unit is None else [unit]),
               [[table.title, [[cell.text for cell in row.cells] for row in table.rows]]
                for table in tables]]  # fmt: skip
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _build(
    definition: TableDefinition, report: Report, published: Published, indicator: Indicator | None
) -> Table:
    make_rows = ROW_SETS.get(definition.rows or "")
    if make_rows is None:
        raise ReportError(
            f"{report.id}: table {definition.id!r} asks for rows {definition.rows!r}. Nobody makes them. "
            f"Choose one of: {', '.join(sorted(ROW_SETS))}."
        )
    words = {
        "night": formats.date_digits(published.night.night),
        "previous": formats.date_digits(published.previous_night),
    }
    if indicator is not None:
        words |= {
            "indicator": indicator.code,
            "name": indicator.name,
            "population": report.word("population", indicator.code),
            "counted": report.word("counted", indicator.code),
        }
    rows = tuple(_row(row, definition) for row in make_rows(published, report, indicator))
    return _table(definition, words, rows, indicator.code if indicator else None)


def _table(
    definition: TableDefinition, words: Mapping[str, str], rows: tuple[Row, ...], indicator: str | None = None
) -> Table:
    return Table(
        id=definition.id,
        number=_fill(definition.number, words),
        title=_fill(definition.title, words),
        sheet=definition.sheet.format_map(words),
        landscape=definition.landscape,
        new_page=definition.new_page,
        indicator=indicator,
        columns=tuple(replace(column, label=_fill(column.label, words)) for column in definition.columns),
        rows=rows,
        notes=tuple(_fill(note, words) for note in definition.notes),
        nothing="" if rows or definition.listing is None else _fill(definition.listing.nothing or "", words),
    )


def _fill(text: str, words: Mapping[str, str]) -> str:
    try:
        return formats.bind(text.format_map(words))
    except KeyError as error:
        raise ReportError(
            f"report.yml: {text!r} has the placeholder {error}, which has no meaning there. "
            f"Known: {', '.join(sorted(words))}."
        ) from error


def _listed(
    definition: TableDefinition, listing: Listing, report: Report, material: Material
) -> tuple[Row, ...]:
    return tuple(
        Row(
            row.kind,
            row.group,
            tuple(
                _listed_cell(
                    column,
                    row,
                    report,
                    listing.name,
                    where=f"table {definition.id!r}, row {number}",
                )
                for column in definition.columns
            ),
            row.keys,
        )
        for number, row in enumerate(listed_rows(listing, report, material.listings[listing]), start=1)
    )


def _listed_cell(column: Column, row: ListedRow, report: Report, view: str, *, where: str) -> Cell:
    try:
        return cell(told(column, row, report, view), column.format)
    except ReportError as error:
        raise ReportError(f"{report.id}, {where}, column {column.field!r}: {error}") from error


def _row(row: Any, definition: TableDefinition) -> Row:
    cells = []
    for column in definition.columns:
        if not hasattr(row, column.field):
            raise ReportError(
                f"report.yml: table {definition.id!r} has a column of {column.field!r}, which rows "
                f"{definition.rows!r} do not have. The column would be empty. Correct the field."
            )
        cells.append(cell(getattr(row, column.field), column.format))
    return Row(row.kind, getattr(row, "group", None), tuple(cells), row.keys)
