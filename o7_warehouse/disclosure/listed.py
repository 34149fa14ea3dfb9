"""Views that reports list row by row: those of catalogues tell no persons, any other is unknown until named here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import DisclosureError

if TYPE_CHECKING:
    from o7_warehouse.report.registry import Report

# Forms of cells that hold a count or something computed from one. Every other form is text or a date.
OF_FIGURES: Final = ("count", "share", "percent", "points")
# Views of the catalogues: their numbers are places in a list, decimals, targets and counts of codes.
OF_CATALOGUES: Final = frozenset({
    "indicators_in_force", "profile_rules_in_force", "order_wordings_in_force", "readings_in_force",
    "populations_in_force", "targets_in_force", "leaf_classes_in_force", "classifiers",
})  # fmt: skip


def refuse_unknown(report: Report) -> None:
    """Raise DisclosureError when a report lists figures of a view and nobody has said whether they count persons."""
    for table in report.tables:
        if table.listing is None or table.listing.view in OF_CATALOGUES:
            continue
        if unknown := sorted({one.field for one in table.columns if one.format in OF_FIGURES}):
            raise DisclosureError(
                f"reports/{report.id}/report.yml: table {table.id!r} lists figures of published.{table.listing.view} "
                f"({', '.join(unknown)}), which disclosure/listed.py does not know. They would leave the ministry "
                "unprotected. Say there what they count, or take the report out of reports/editions.yml."
            )
