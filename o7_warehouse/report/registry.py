"""The only reader of `reports/<id>/report.yml`: which tables, charts, words and formats make a report.

A report is a folder. Unknown keys are errors, so that a misspelt one cannot be ignored silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from o7_warehouse.errors import ReportError
from o7_warehouse.report.definitions import Column, Listing, TableDefinition
from o7_warehouse.report.formats import Absent
from o7_warehouse.report.scopes import check_scope

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORTS = Path(__file__).resolve().parents[2] / "reports"
FONTS = REPORTS / "fonts"
FORMATS = ("html", "pdf", "docx", "xlsx", "csv", "json")
# Formats for programs, which rely on a published schema.
TWINS = ("csv", "json")
# `edition`: with the further revisions of an edition, and never by itself.
OF_EDITION = "edition"
SCHEDULES = ("nightly", "on_request", OF_EDITION)


@dataclass(frozen=True, slots=True)
class Report:
    """One report of the registry: one document of a night, or below the `scope` of the region one per unit."""

    id: str
    title: str
    file_stem: str
    audience: str
    formats: tuple[str, ...]
    tables: tuple[TableDefinition, ...]
    text: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    schedule: str = "nightly"
    scope: str = "region"
    # Version of the form that csv and json have, "major.minor".
    twin: str | None = None

    @property
    def has_figures(self) -> bool:
        """Whether it tells figures of the night, or only what the catalogues say."""
        return any(table.rows is not None for table in self.tables)

    @property
    def may_lack_values(self) -> bool:
        """Whether a cell of a listing may hold the sign for a value that is not set."""
        return any(column.nothing is Absent.UNSET for column in self.columns)

    @property
    def tells_shares(self) -> bool:
        """Whether a cell may hold a percentage, so that the signs of figures and the rule of rounding are told."""
        return self.has_figures or any(column.format == "share" for column in self.columns)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all its tables."""
        return tuple(column for table in self.tables for column in table.columns)

    @property
    def is_per_unit(self) -> bool:
        """Whether there is a document for each unit, and not one for the republic."""
        return self.scope != "region"

    @property
    def holds_persons(self) -> bool:
        """Whether it has rows of single pupils: such a document is for one school and nobody else."""
        return any(listing.persons for listing in self.listings)

    @property
    def listings(self) -> tuple[Listing, ...]:
        """The views it shows row by row."""
        return tuple(table.listing for table in self.tables if table.listing is not None)

    def word(self, family: str, code: str) -> str:
        """The report's word for a code of the warehouse; ReportError when nobody gave one."""
        try:
            return self.labels[family][code]
        except KeyError:
            raise ReportError(
                f"reports/{self.id}/report.yml: labels.{family} has no word for {code!r}. "
                f"A report does not print codes its reader cannot know. Add the word."
            ) from None


def report_ids() -> tuple[str, ...]:
    """Every report there is."""
    return tuple(sorted(path.parent.name for path in REPORTS.glob("*/report.yml")))


def load_report(report_id: str) -> Report:
    """One report by its id; ReportError names the known ones, or the key that is wrong."""
    if report_id not in report_ids():
        raise ReportError(
            f"There is no report {report_id!r}, so nothing can be rendered. "
            f"Choose one of: {', '.join(report_ids())}."
        )
    place = f"reports/{report_id}/report.yml"
    content = yaml.safe_load((REPORTS / report_id / "report.yml").read_text(encoding="utf-8"))
    if "tables" in content:
        content["tables"] = [_table(table, place) for table in content["tables"]]
    report: Report = _strict(Report, {**content, "id": report_id}, place)
    unknown = set(report.formats) - set(FORMATS)
    if unknown:
        raise ReportError(
            f"{place}: no writer for {', '.join(sorted(unknown))}. Known formats: {', '.join(FORMATS)}."
        )
    _check_twin(report, place)
    check_scope(report, place)
    if report.schedule not in SCHEDULES:
        raise ReportError(
            f"{place}: the schedule is {report.schedule!r}. Nobody would know when to render the report. "
            f"Choose one of: {', '.join(SCHEDULES)}."
        )
    if any(one.restates for one in report.listings) != (report.schedule == OF_EDITION):
        raise ReportError(
            f"{place}: the schedule is {report.schedule!r}, and of its listings "
            f"{sum(one.restates for one in report.listings)} restate an edition. A night by itself restates none. "
            f"Give the schedule {OF_EDITION!r} to what restates, and to nothing else."
        )
    return report


def _check_twin(report: Report, place: str) -> None:
    """What programs read has a version, and a code for each of its rows."""
    if not set(report.formats) & set(TWINS):
        return
    if not isinstance(report.twin, str) or not re.fullmatch(r"[1-9]\d*\.\d+", report.twin):
        raise ReportError(
            f"{place}: csv and json need a version 'major.minor' under 'twin', quoted, not {report.twin!r}. Programs "
            f"could not tell one form from another. Write it and publish its schema (docs/report-data.md)."
        )
    if report.listings:
        raise ReportError(
            f"{place}: csv and json are made of row sets, and a listing gives its rows no codes. Programs could "
            f"not tell them apart. Take csv and json out of 'formats'."
        )


def _table(content: dict[str, Any], place: str) -> TableDefinition:
    where = f"{place}, table {content.get('id')!r}"
    if "columns" in content:
        content = {**content, "columns": [_strict(Column, column, where) for column in content["columns"]]}
    if "listing" in content:
        listing = {**content["listing"], "where": list(content["listing"].get("where", {}).items())}
        content = {**content, "listing": _strict(Listing, listing, where)}
    table: TableDefinition = _strict(TableDefinition, content, where)
    return table


def _strict(kind: type[Any], content: Mapping[str, Any], place: str) -> Any:
    known = {field.name for field in fields(kind)}
    unknown = set(content) - known
    if unknown:
        raise ReportError(
            f"{place}: unknown key {', '.join(sorted(map(repr, unknown)))}. It would be ignored. "
            f"Known keys: {', '.join(sorted(known))}."
        )
    try:
        return kind(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
        )
    except TypeError as error:
        raise ReportError(f"{place}: {error}. Complete the entry.") from error
