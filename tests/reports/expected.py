"""What the tables must say, worked out from published rows by means of its own: no code of the renderer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from psycopg2.extras import NamedTupleCursor

if TYPE_CHECKING:
    from collections.abc import Iterator

NBSP = "\u00a0"
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Line:
    """A line of a table: the figures to be found there, as text, and the exact share if it has one."""

    table: str
    figures: tuple[str, ...]
    share: Decimal | None


def count(number: int) -> str:
    """`115 234`."""
    return f"{number:,}".replace(",", NBSP)


def share(numerator: int | None, denominator: int, value: Decimal | None) -> str:
    """`66,7`, guarded; the symbols for nothing."""
    if value is None:
        return "–" if numerator is None else "х"
    assert numerator is not None
    shown = value.quantize(TENTH, ROUND_HALF_UP)
    if numerator < denominator:
        shown = min(shown, Decimal("99.9"))
    if numerator:
        shown = max(shown, TENTH)
    return str(shown).replace(".", ",")


def lines(connection: Any, night: Any) -> Iterator[Line]:
    """Every line of tables А to Д."""
    with connection.cursor(cursor_factory=NamedTupleCursor) as cursor:
        cursor.execute(
            """
            select
                figures.*,
                rank() over (
                    partition by indicator, level, education_stage, org_unit_code = 'STATE'
                    order by value desc nulls last
                ) as place
            from published.indicator_values as figures
            where night = %s order by indicator, level desc, sort_key, education_stage
            """,
            (night,),
        )
        for row in cursor.fetchall():
            numerator = "–" if row.numerator is None else count(row.numerator)
            printed = share(row.numerator, row.denominator, row.value)
            if row.level == "municipality":
                place = "х" if row.org_unit_code == "STATE" else "–" if row.value is None else str(row.place)
                figures = (count(row.denominator), numerator, printed, place)
                yield Line(f"Б.{row.indicator}", figures, row.value)
            elif row.education_stage == "all":
                yield Line("А", (numerator, count(row.denominator), printed), row.value)
                yield Line(f"Б.{row.indicator}", (count(row.denominator), numerator, printed, "х"), row.value)
                yield Line("Д", (count(row.denominator), numerator, printed), row.value)
            elif row.denominator:
                yield Line("Г", (count(row.denominator), numerator, printed), row.value)
        cursor.execute(
            "select * from published.control_values where night = %s and level = 'region'", (night,)
        )
        for row in cursor.fetchall():
            numerator = "–" if row.numerator is None else count(row.numerator)
            figures = (count(row.denominator), numerator, share(row.numerator, row.denominator, row.value))
            yield Line("Д", figures, row.value)
        cursor.execute("select * from published.leaf_counts where night = %s and level = 'region'", (night,))
        for row in cursor.fetchall():
            yield _leaf(row)


def _leaf(row: Any) -> Line:
    if row.source_absent:
        return Line("В", (row.leaf_code, "–", "–", "–", "–", "–"), None)
    filled, missing = row.filled + row.declared_none, row.empty + row.placeholder
    due = filled + missing + row.invalid
    value = (Decimal(100 * filled) / due).quantize(Decimal("1e-6"), ROUND_HALF_UP) if due else None
    figures = (count(due), count(filled), share(filled, due, value), count(missing), count(row.invalid))
    return Line("В", (row.leaf_code, *figures), value)
