"""What a document is about and whose eyes it is for: the republic, one municipality, one school.

A report with rows of single pupils is for their school alone; that rule is kept here, where every report is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import ReportError

if TYPE_CHECKING:
    from o7_warehouse.report.registry import Report

REGION_SCOPE, SCHOOL_SCOPE = "region", "school"
SCOPES: Final = (REGION_SCOPE, "municipality", SCHOOL_SCOPE)
AUDIENCES: Final = ("ministry", "municipality", "school", "auditors")


def check_scope(report: Report, place: str) -> None:
    """Raise ReportError for a scope or an audience nobody knows, and for rows that would not find their unit."""
    for what, found, known in (("scope", report.scope, SCOPES), ("audience", report.audience, AUDIENCES)):
        if found not in known:
            raise ReportError(
                f"{place}: the {what} is {found!r}. Nobody would know whom the documents are of and for. "
                f"Choose one of: {', '.join(known)}."
            )
    _check_persons(report, place)
    if ("{unit}" in report.file_stem) != report.is_per_unit:
        raise ReportError(
            f"{place}: file_stem is {report.file_stem!r} and the scope {report.scope!r}. Files of several units must "
            "not have one name, and the republic has no code. Write {unit} in the stem of a report per unit only."
        )
    if report.is_per_unit and report.has_figures:
        raise ReportError(
            f"{place}: a table has 'rows', which are figures of the republic, in a report of the scope "
            f"{report.scope!r}. They would stand in every unit's document as its own. List a view instead."
        )
    for table in report.tables:
        if table.listing is not None and (table.listing.unit is not None) != report.is_per_unit:
            raise ReportError(
                f"{place}, table {table.id!r}: the scope is {report.scope!r} and listing.unit {table.listing.unit!r}. "
                "Rows must be dealt out by the code of their unit, and only in a report per unit. Name the column of "
                "the view that holds it, or leave it out."
            )


def _check_persons(report: Report, place: str) -> None:
    if report.holds_persons and (report.scope, report.audience) != (SCHOOL_SCOPE, SCHOOL_SCOPE):
        raise ReportError(
            f"{place}: a table lists single pupils, and the report is of the scope {report.scope!r} for the audience "
            f"{report.audience!r}. Nobody but a school may be told of its pupils. Take the table out, or make the "
            "report one of the scope and for the audience 'school'."
        )
