"""The machine twin of a report: what its tables print, with exact counts, values and codes, as JSON and as CSV.

Its form has a version of its own and a published schema (report.twin_schema, docs/report-data.md). Every text is the
cell's own; where there is no figure, a status says why and the legend what that means.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from o7_warehouse.csv_text import inert
from o7_warehouse.report.formats import Absent
from o7_warehouse.report.row_sets import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from o7_warehouse.report.cells import Cell
    from o7_warehouse.report.document import Document
    from o7_warehouse.report.figures import Published
    from o7_warehouse.report.tables import Row, Table

GIVEN = "value"
STATUSES = (
    GIVEN,
    Absent.NO_DATA.value,
    Absent.NOT_APPLICABLE.value,
    Absent.SUPPRESSED.value,
    Absent.HIDDEN.value,
)
# What a cell of each form holds beside its text and status.
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "count": ("value",),
    "percent": ("value",),
    "points": ("value",),
    "share": ("value", "numerator", "denominator"),
}
KEY_COLUMNS = tuple(dict.fromkeys(key for keys in KEYS.values() for key in keys))
CSV_COLUMNS = (
    "version", "report", "night", "table", "number", "row", "kind", "group", *KEY_COLUMNS,
    "field", "label", "status", "meaning", "text", "value", "numerator", "denominator",
)  # fmt: skip


def write_json(document: Document) -> bytes:
    """The twin as one JSON object in UTF-8 without a byte order mark (RFC 8259)."""
    content = json.dumps(_twin(document), ensure_ascii=False, separators=(",", ":"))
    return f"{content}\n".encode()


def write_csv(document: Document) -> bytes:
    """The twin as one long table, a line for each printed cell (RFC 4180), so that a new column only adds lines.

    UTF-8 with a byte order mark: without it a spreadsheet takes the Russian for another alphabet, and every common
    reader of CSV leaves it out by itself or when told `utf-8-sig`.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows(_lines(document))
    return text.getvalue().encode("utf-8-sig")


def schema_name(report_id: str, version: str) -> str:
    """The name of a schema: all versions that only add to one another share it."""
    return f"urn:o7:report:{report_id}:{version.partition('.')[0]}"


def _twin(document: Document) -> dict[str, Any]:
    version, figures = document.report.twin or "", document.figures
    return {
        "schema": schema_name(document.report.id, version),
        "version": version,
        "report": {"id": document.report.id, "title": document.report.title},
        "night": document.night.night.isoformat(),
        "digest": f"sha256:{document.digest}",
        "delivery": {
            "snapshot_at": document.night.snapshot_at.isoformat(),
            "transport": document.night.transport,
            "contract_version": document.night.contract_version,
            "code_revision": document.night.code_revision,
        },
        **(_figures(figures) if figures is not None else {}),
        "legend": [
            {"status": absent.value, "sign": absent.sign, "meaning": meaning}
            for absent, meaning in document.legend.signs.items()
        ],
        "rounding": document.legend.rounding,
        "tables": {
            definition.id: [_table(table) for table in document.table(definition.id)]
            for definition in document.report.tables
        },
    }


def _figures(published: Published) -> dict[str, Any]:
    supply = published.supply
    return {
        "previous_night": published.previous_night.isoformat(),
        "supply": {
            "schools_expected": supply.schools_expected,
            "schools_delivered": supply.schools_delivered,
            "rows_in": supply.rows_in,
            "rows_quarantined": supply.rows_quarantined,
        },
        "indicators": [
            {
                "indicator": one.code,
                "name": one.name,
                "unit": one.unit,
                "numerator": one.numerator_label,
                "denominator": one.denominator_label,
                "definition_version": one.definition_version,
                "readings": list(one.readings),
            }
            for one in published.indicators
        ],
    }


def _table(table: Table) -> dict[str, Any]:
    places = table.columns_for("json")
    return {
        "number": table.number,
        "title": table.title,
        "columns": [
            {"field": table.columns[place].field, "label": table.columns[place].label} for place in places
        ],
        "notes": list(table.notes),
        "rows": [
            {
                "kind": row.kind,
                "group": row.group,
                "keys": dict(row.keys),
                "cells": {
                    table.columns[place].field: _cell(row.cells[place], table.columns[place].format)
                    for place in places
                },
            }
            for row in table.rows
        ],
    }


def _cell(cell: Cell, form: str) -> dict[str, Any]:
    return {"text": cell.text, "status": _status(cell), **_numbers(cell, form)}


def _status(cell: Cell) -> str:
    return GIVEN if cell.absent is None else cell.absent.value


def _numbers(cell: Cell, form: str) -> dict[str, int | float | None]:
    """The exact figures of a cell. Six decimals of a percentage come back from a float as they went in."""
    share = cell.share
    known = {
        "value": _exact(cell.number),
        "numerator": None if share is None or isinstance(share.numerator, Absent) else share.numerator,
        "denominator": None if share is None or isinstance(share.denominator, Absent) else share.denominator,
    }
    return {name: known[name] for name in NUMBERS.get(form, ())}


def _exact(number: Decimal | int | None) -> int | float | None:
    return number if number is None or isinstance(number, int) else float(number)


def _lines(document: Document) -> Iterator[tuple[Any, ...]]:
    head = (document.report.twin, document.report.id, document.night.night.isoformat())
    meanings = {absent.value: meaning for absent, meaning in document.legend.signs.items()}
    for table in document.tables:
        for number, row in enumerate(table.rows, start=1):
            for place in table.columns_for("csv"):
                column, cell = table.columns[place], row.cells[place]
                status = _status(cell)
                figures = _numbers(cell, column.format)
                yield (
                    *head, table.id, table.number, number, *_place(row), column.field, column.label,
                    status, meanings.get(status), _text(cell), *map(figures.get, NUMBERS["share"]),
                )  # fmt: skip


def _text(cell: Cell) -> str:
    """What is printed; a change of a figure begins with its sign and is no formula, words of О7 may be one."""
    return cell.text if cell.number is not None else inert(cell.text)


def _place(row: Row) -> tuple[str | None, ...]:
    words = (row.kind, row.group, *map(row.keys.get, KEY_COLUMNS))
    return tuple(word if word is None else inert(word) for word in words)
