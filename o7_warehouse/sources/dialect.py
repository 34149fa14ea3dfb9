"""How a delivery writes its values, and the SQL that makes the contract's canonical text of them.

What an expression does not know it leaves as it is: the contract checks then see it, and nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg2 import sql

if TYPE_CHECKING:
    from o7_warehouse.contract import Column

# Type of the contract -> expression over the delivered text; a type that is not named comes as it is.
# The vendor's data mart: local time without a zone, which is Moscow's (domain §5.2).
DATAMART = {
    "instant": r"regexp_replace({0}, '^(\d{{4}}-\d\d-\d\d) (\d\d:\d\d:\d\d)$', '\1T\2+03:00')",
}
# An export made by hand: the forms of a Russian spreadsheet, every one of them kept as text.
RUSSIAN = {
    "boolean": "case when {0} in ('да', 'Да', 'ДА') then 'true' when {0} in ('нет', 'Нет', 'НЕТ') then 'false' "
    "else {0} end",
    "date": r"regexp_replace({0}, '^(\d\d)\.(\d\d)\.(\d{{4}})$', '\3-\2-\1')",
    "instant": r"regexp_replace({0}, '^(\d\d)\.(\d\d)\.(\d{{4}}) (\d\d:\d\d:\d\d)$', '\3-\2-\1T\4+03:00')",
    "decimal": r"regexp_replace({0}, '^(-?\d+),(\d+)$', '\1.\2')",
}
EXPRESSIONS = {"canonical": {}, "datamart": DATAMART, "russian": RUSSIAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The forms of the values; ``prefix`` stands before every identity, and names the installation of О7."""

    name: Literal["canonical", "datamart", "russian"] = "canonical"
    prefix: str = ""

    @property
    def is_canonical(self) -> bool:
        """Whether every value is the contract's canonical text already."""
        return self.name == "canonical" and not self.prefix

    def is_prefixed(self, column: Column) -> bool:
        """Whether the values of the column begin with the installation's prefix: keys and links do."""
        return bool(self.prefix) and (column.is_key or column.parent is not None)

    def canonical(self, column: Column) -> sql.Composable:
        """The expression that makes the canonical text of a delivered column."""
        name = sql.Identifier(column.name)
        if self.is_prefixed(column):
            return sql.SQL("substr({}, {})").format(name, sql.Literal(len(self.prefix) + 1))
        written = EXPRESSIONS[self.name].get(column.type)
        return sql.SQL(written).format(name) if written else name


CANONICAL = Dialect()
