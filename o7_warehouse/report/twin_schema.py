"""The published form of a machine twin: JSON Schema (draft 2020-12), derived from the report and kept by version.

A derived schema that differs from the one published under the report's version means that the form changed without a
new version. `python -m o7_warehouse.report.twin_schema <report>` prints the derived one, to be published as
`reports/<report>/twin/<version>.json`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from o7_warehouse.report import registry
from o7_warehouse.report.definitions import MEDIA
from o7_warehouse.report.row_sets import KEYS
from o7_warehouse.report.twin import CSV_COLUMNS, GIVEN, NUMBERS, STATUSES, schema_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from o7_warehouse.report.definitions import TableDefinition
    from o7_warehouse.report.registry import Report

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT, _WHOLE, _DAY = (
    {"type": "string"},
    {"type": "integer", "minimum": 0},
    {"type": "string", "format": "date"},
)
_FORMS = {"count": "integer", "percent": "number", "points": "number", "share": "number"}


def published_versions(report_id: str) -> dict[tuple[int, int], Path]:
    """The schemas published for a report, by major and minor version, the oldest first."""
    found = (registry.REPORTS / report_id / "twin").glob("*.json")
    versions = {(int(path.stem.split(".")[0]), int(path.stem.split(".")[1])): path for path in found}
    return dict(sorted(versions.items()))


def derive(report: Report) -> dict[str, Any]:
    """The schema of what report.twin writes for a report that tells figures."""
    version = report.twin or ""
    major = version.partition(".")[0]
    return {
        "$schema": DRAFT,
        "$id": schema_name(report.id, version),
        "title": report.title,
        **_object(
            schema={"const": schema_name(report.id, version)},
            version={"type": "string", "pattern": rf"^{major}\.[0-9]+$"},
            report=_object(id={"const": report.id}, title=_TEXT),
            night=_DAY,
            digest={"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
            delivery=_object(
                snapshot_at={"type": "string", "format": "date-time"},
                transport=_TEXT,
                contract_version=_TEXT,
                code_revision=_TEXT,
            ),
            **_figures(),
            legend=_list(_object(status={"enum": list(STATUSES[1:])}, sign=_TEXT, meaning=_TEXT)),
            rounding=_TEXT,
            tables=_object(**{table.id: _list(_table(table)) for table in report.tables}),
        ),
        "$defs": {"text": _cell("text"), **{form: _cell(form) for form in NUMBERS}},
        "x-csv-columns": list(CSV_COLUMNS),
    }


def _figures() -> dict[str, Any]:
    return {
        "previous_night": _DAY,
        "supply": _object(
            schools_expected=_WHOLE,
            schools_delivered=_WHOLE,
            rows_in=_WHOLE,
            rows_quarantined=_WHOLE,
        ),
        "indicators": _list(
            _object(
                indicator=_TEXT,
                name=_TEXT,
                unit=_TEXT,
                numerator=_TEXT,
                denominator=_TEXT,
                definition_version=_TEXT,
                readings=_list(_TEXT),
            )
        ),
    }


def step_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """How the version must move from one schema to the next: `none`, `minor` (only added to) or `major`."""
    if old == new:
        return "none"
    return "minor" if _only_adds(_form(old), _form(new)) else "major"


def _form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without what is told to people."""
    return {key: part for key, part in schema.items() if key != "title"}


def _only_adds(old: Any, new: Any, name: str = "") -> bool:
    """Whether everything that a program could rely on is still there as it was."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and _only_adds(part, new[key], key) for key, part in old.items())
    if name == "required":
        return set(old) <= set(new)
    if name == "x-csv-columns":
        # A program may read by place: what is new stands at the end.
        return bool(new[: len(old)] == old)
    return bool(old == new)


def _table(table: TableDefinition) -> dict[str, Any]:
    shown = [column for column in table.columns if column.only is None or "json" in MEDIA[column.only]]
    keys = {
        key: {"type": ["string", "null"] if key == "oktmo" else "string"} for key in KEYS[table.rows or ""]
    }
    cells = {
        column.field: {"$ref": f"#/$defs/{column.format if column.format in NUMBERS else 'text'}"}
        for column in shown
    }
    return _object(
        number=_TEXT,
        title=_TEXT,
        columns=_list(_object(field=_TEXT, label=_TEXT)),
        notes=_list(_TEXT),
        rows=_list(
            _object(
                kind={"enum": ["row", "total"]},
                group={"type": ["string", "null"]},
                keys=_object(**keys),
                cells=_object(**cells),
            )
        ),
    )


def _cell(form: str) -> dict[str, Any]:
    """The text, the status, and the exact figures: a value exactly where the status says so."""
    numbers = {name: {"type": ["integer", "null"]} for name in NUMBERS.get(form, ())}
    if not numbers:
        return _object(text=_TEXT, status={"enum": list(STATUSES)})
    numbers["value"] = {"type": [_FORMS[form], "null"]}
    return {
        **_object(text=_TEXT, status={"enum": list(STATUSES)}, **numbers),
        "if": {"properties": {"status": {"const": GIVEN}}},
        "then": {"properties": {"value": {"type": _FORMS[form]}}},
        "else": {"properties": {"value": {"type": "null"}}},
    }


def _object(**properties: Any) -> dict[str, Any]:
    """An object with all of these; more may come with a later minor version."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def text_of(schema: Mapping[str, Any]) -> str:
    """A schema as it lies in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text_of(derive(registry.load_report(sys.argv[1]))))
