"""Views that reports list row by row: what their rows count, and the same rows with signs in place of what is hidden.

Views of the catalogues and of rows of data tell no persons. Any view that is not named here is unknown, and an edition
with figures of it is not made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.disclosure.cells import Key, Sign
from o7_warehouse.disclosure.collect import ALL, DUE, FILLED, INVALID, NOT_FILLED, PROFILE, Place
from o7_warehouse.disclosure.figures import CountOf, LeafOf, WinOf, leaf_counts
from o7_warehouse.disclosure.signs import SIGNS, Signs
from o7_warehouse.errors import DisclosureError
from o7_warehouse.report.figures import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from o7_warehouse.disclosure.figures import Figure
    from o7_warehouse.report.formats import Absent
    from o7_warehouse.report.registry import Report

    Row = Mapping[str, Any]

# Forms of cells that hold a count or something computed from one. Every other form is text or a date.
OF_FIGURES: Final = ("count", "share", "percent", "points")
# Views of the catalogues, whose numbers are places in a list, decimals, targets and counts of codes; and views that
# count rows of data, rules or schools, whatever their content.
NO_PERSONS: Final = frozenset({
    "indicators_in_force", "profile_rules_in_force", "order_wordings_in_force", "readings_in_force",
    "populations_in_force", "targets_in_force", "leaf_classes_in_force", "classifiers",
    "rule_summary", "entity_outcomes", "quarantine_changes", "waivers", "delivery_findings", "rule_outcomes",
    "school_remarks", "org_units", "restatements", "restated_units",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """How a view is read: its figures, the columns each of them fills, where its units stand, what a place is among."""

    figures: Callable[[Row], Iterator[Figure]]
    hidden: Callable[[Row, Signs], dict[str, Absent]]
    places: Callable[[Row], dict[str, Place]]
    ranked: tuple[str, ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)


def refuse_unknown(report: Report) -> None:
    """Raise DisclosureError when a report lists figures of a view and nobody has said whether they count persons."""
    for table in report.tables:
        if table.listing is None or table.listing.view in NO_PERSONS:
            continue
        view = VIEWS.get(table.listing.view)
        known = frozenset[str]() if view is None else view.columns
        if unknown := sorted({one.field for one in table.columns if one.format in OF_FIGURES} - known):
            raise DisclosureError(
                f"reports/{report.id}/report.yml: table {table.id!r} lists figures of published.{table.listing.view} "
                f"({', '.join(unknown)}), which disclosure/listed.py does not know. They would leave the ministry "
                "unprotected. Say there what they count, or take the report out of reports/editions.yml."
            )


def read(view: str, rows: Sequence[Row]) -> tuple[list[Figure], dict[str, Place]]:
    """The figures of the rows of a view, and the org units they name."""
    if view not in VIEWS:
        return [], {}
    how = VIEWS[view]
    figures = [figure for row in rows for figure in how.figures(row)]
    return figures, {code: place for row in rows for code, place in how.places(row).items()}


def protected(view: str, rows: Sequence[Row], signs: Signs) -> list[Row]:
    """All rows of a view with signs; places are given anew among the values that are told."""
    if view not in VIEWS:
        return list(rows)
    how = VIEWS[view]
    told = [dict(row) | how.hidden(row, signs) for row in rows]
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in told if how.ranked else ():
        if row["place"] is not None:
            groups[tuple(row[column] for column in how.ranked)].append(row)
    for group in groups.values():
        values = [row["value"] for row in group if isinstance(row["value"], Decimal)]
        for row in group:
            value = row["value"]
            row["place"] = 1 + sum(other > value for other in values) if isinstance(value, Decimal) else value
    return list(told)


def _of_unit(row: Row) -> CountOf:
    return CountOf(
        "indicator", row["indicator"], row["org_unit_code"], ALL, _known(row["numerator"]), row["denominator"]
    )


def _of_republic(row: Row, prefix: str = "") -> CountOf:
    numerator, denominator = row[f"{prefix}numerator"], row[f"{prefix}denominator"]
    return CountOf("indicator", row["indicator"], REGION, ALL, _known(numerator), denominator)


def _restated(row: Row) -> Iterator[CountOf]:
    """The side of this edition; the other one was told, or hidden, by the edition before."""
    if row["new_denominator"] is not None:
        yield CountOf(
            "indicator", row["indicator"], row["org_unit_code"], ALL, _known(row["new_numerator"]),
            row["new_denominator"],
        )  # fmt: skip


def _restated_hidden(row: Row, signs: Signs) -> dict[str, Absent]:
    hidden: dict[str, Absent] = {}
    for count in _restated(row):
        hidden |= _hidden_count(count, signs, "new_")
    if row["old_numerator"] is not None:
        sign = signs.of_before(
            row["edition_id"], Key("indicator", row["indicator"], row["org_unit_code"], ALL)
        )
        if sign is not Sign.told:
            hidden |= dict.fromkeys(("old_numerator", "old_value"), SIGNS[sign])
    return hidden


def _restated_places(row: Row) -> dict[str, Place]:
    return _region_place(row) if row["level"] == "region" else _unit_places(row)


def _known(count: Any) -> int | None:
    return None if count is None else int(count)


def _hidden_count(count: CountOf, signs: Signs, prefix: str = "") -> dict[str, Absent]:
    """What a hidden numerator leaves of its columns: neither it nor its quotient."""
    sign = Sign.told if count.numerator is None else signs.of(count.key)
    return {} if sign is Sign.told else dict.fromkeys((f"{prefix}numerator", f"{prefix}value"), SIGNS[sign])


def _unit_hidden(row: Row, signs: Signs) -> dict[str, Absent]:
    return _hidden_count(_of_unit(row), signs) | _hidden_count(
        _of_republic(row, "republic_"), signs, "republic_"
    )


def _school_places(row: Row) -> dict[str, Place]:
    if row["is_total"]:
        return _unit_places(row)
    return {
        row["org_unit_code"]: Place("school", row["unit_code"]),
        row["unit_code"]: Place("municipality", REGION),
    }


def _unit_places(row: Row) -> dict[str, Place]:
    return {row["org_unit_code"]: Place("municipality", REGION)} | _region_place(row)


def _region_place(_row: Row) -> dict[str, Place]:
    return {REGION: Place("region", None)}


def _leaf(row: Row) -> Iterator[LeafOf]:
    if row["due"] is not None:
        parts = (int(row[part]) for part in (DUE, FILLED, NOT_FILLED, INVALID))
        yield LeafOf(row["leaf_code"], row["org_unit_code"], leaf_counts(*parts))


def _leaf_hidden(row: Row, signs: Signs) -> dict[str, Absent]:
    if row["due"] is None:
        return {}
    found = {
        part: signs.of_leaf(row["leaf_code"], row["org_unit_code"], part)
        for part in (DUE, FILLED, NOT_FILLED, INVALID)
    }
    return {part: SIGNS[sign] for part, sign in found.items() if sign is not Sign.told}


def _win(row: Row) -> WinOf:
    return WinOf(row["requirement"], row["org_unit_code"], int(row["lacks"]), int(row["completes"]))


def _wins(row: Row) -> Iterator[Figure]:
    yield _win(row)
    numerator = int(row["numerator_after"]) - int(row["completes"])
    yield CountOf("indicator", PROFILE, row["org_unit_code"], ALL, numerator, row["denominator"])


def _win_hidden(row: Row, signs: Signs) -> dict[str, Absent]:
    """The value that would be reached is the sum of two counts, and is told only with both."""
    lacks, completes = signs.of_win(_win(row))
    *_, count = _wins(row)
    hidden = {"lacks": lacks, "completes": completes}
    if completes is not Sign.told or _hidden_count(count, signs):  # type: ignore[arg-type]
        hidden["numerator_after"] = Sign.hidden
    return {column: SIGNS[sign] for column, sign in hidden.items() if sign is not Sign.told}


VIEWS: Final[Mapping[str, View]] = {
    "unit_indicators": View(
        figures=lambda row: iter((_of_unit(row), _of_republic(row, "republic_"))),
        hidden=_unit_hidden,
        places=_unit_places,
        ranked=("level", "indicator"),
        columns=frozenset({"numerator", "denominator", "republic_numerator", "place"}),
    ),
    "unit_schools": View(
        figures=lambda row: iter((_of_unit(row),)),
        hidden=lambda row, signs: _hidden_count(_of_unit(row), signs),
        places=_school_places,
        ranked=("unit_code", "indicator"),
        columns=frozenset({"numerator", "denominator", "place"}),
    ),
    "leaf_fill": View(
        figures=_leaf, hidden=_leaf_hidden, places=_unit_places,
        columns=frozenset({DUE, FILLED, NOT_FILLED, INVALID}),
    ),
    "unit_wins": View(
        figures=_wins, hidden=_win_hidden, places=_unit_places,
        columns=frozenset({"place", "lacks", "completes", "numerator_after"}),
    ),
    "restated_values": View(
        figures=_restated, hidden=_restated_hidden, places=_restated_places,
        columns=frozenset({"old_numerator", "old_denominator", "new_numerator", "new_denominator"}),
    ),
    "fgiski_values": View(
        figures=lambda row: iter((_of_republic(row),)),
        hidden=lambda row, signs: _hidden_count(_of_republic(row), signs),
        places=_region_place,
        columns=frozenset({"numerator", "denominator"}),
    ),
}  # fmt: skip
