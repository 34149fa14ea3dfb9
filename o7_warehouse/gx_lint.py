"""Which expectations of Great Expectations may look at a column: those whose results hold no value of it (vrs A2).

Some types answer with what they found — the smallest birth date, the distinct names, whole rows — in every result
format. Over a column that is personal they are refused before anything is evaluated; so is a type nobody has looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from o7_warehouse.contract import Entity

# Their results under the format of counts hold numbers alone.
SILENT: Final = frozenset({
    "expect_rule_to_hold",
    "expect_column_values_to_be_unique",
    "expect_column_values_to_be_null",
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_match_regex",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_be_between",
    "expect_column_value_lengths_to_be_between",
    "expect_compound_columns_to_be_unique",
})  # fmt: skip
COLUMNS: Final = ("column", "column_A", "column_B", "column_list")


def leaks(expectations: Iterable[Any], entity: Entity) -> list[str]:
    """Expectations whose results may hold values of the entity's personal columns, with the column."""
    personal = {column.name for column in entity.columns if column.sensitivity != "N"}
    return [
        f"{one.expectation_type} over {entity.name}.{', '.join(seen)}"
        for one in expectations
        # A type that names no column, like a query of one's own, may show all of them.
        if one.expectation_type not in SILENT and (seen := sorted(_columns(one, entity) & personal))
    ]


def refuse_leaks(expectations: Iterable[Any], entity: Entity) -> None:
    """Raise CatalogueError where a result could hold a personal value."""
    if found := leaks(expectations, entity):
        raise CatalogueError(
            f"{len(found)} expectations would write personal values into their results: {found[0]}. Results are kept "
            f"and shown, values must not be. Use one of the types that only count: {', '.join(sorted(SILENT))}."
        )


def _columns(expectation: Any, entity: Entity) -> set[str]:
    named: set[str] = set()
    for key in COLUMNS:
        value = getattr(expectation, key, None)
        named |= {value} if isinstance(value, str) else set(value or ())
    return named or set(entity.column_names)
