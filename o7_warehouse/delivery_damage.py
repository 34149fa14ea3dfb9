"""Values that a tool on the way has damaged: names in a lost encoding, numbers without their leading zero."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from psycopg2 import sql

from o7_warehouse.changes.suspects import settled
from o7_warehouse.delivery_findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.changes.suspects import Counts
    from o7_warehouse.contract import Entity
    from o7_warehouse.delivery_limits import Floors
    from o7_warehouse.landing import Landed

# Where a broken encoding would be seen first.
NAMES = {
    "person": ("last_name", "first_name", "middle_name"),
    "guardian": ("last_name", "first_name", "middle_name"),
    "organization": ("name",),
    "municipality_ref": ("name",),
}
# Numbers of so many digits, some of which begin with a nought: those of the republic's tax offices do (07).
DIGITS = {"person": {"inn": 12, "snils": 11}, "organization": {"inn": 10}}


def damaged_names(
    cursor: Cursor, entity: Entity, landed: Landed, floors: Floors, base: Counts
) -> Iterator[Finding]:
    """Names with the marks of a lost encoding."""
    if entity.name not in NAMES:
        return
    whole = sql.SQL("concat_ws(' ', {})").format(sql.SQL(", ").join(map(sql.Identifier, NAMES[entity.name])))
    query = sql.SQL(
        "select count(*) from {table} as row where {whole} like '%\ufffd%' or {whole} like '%????%'"
    )
    had, _ = base.get((entity.name, "", "names_damaged"), (0, 0))
    [damaged] = settled(cursor, entity, landed, lambda table: query.format(table=table, whole=whole), (had,))
    rows = landed.rows_landed
    if damaged:
        yield Finding(
            entity=entity.name,
            check="names_damaged",
            severity="critical" if floors.is_broken(damaged, rows) else "warning",
            message=f"{entity.name}: {damaged} of {rows} names hold U+FFFD or «????», the marks of a lost "
            "encoding.",
            bad=damaged,
            seen=rows,
        )


def lost_zeros(
    cursor: Cursor, entity: Entity, landed: Landed, floors: Floors, base: Counts
) -> Iterator[Finding]:
    """Numbers one digit too short: a spreadsheet took them for quantities."""
    for name, digits in DIGITS.get(entity.name, {}).items():
        if name not in landed.columns:
            continue
        lost, filled = settled(
            cursor, entity, landed, partial(_short, name, digits), base.get((entity.name, name, "zeros_lost"))
        )
        is_broken = lost > floors.few_rows and Decimal(lost) > filled * floors.lost_zero_ceiling
        if lost:
            yield Finding(
                entity=entity.name,
                column=name,
                check="zeros_lost",
                severity="critical" if is_broken else "warning",
                message=f"{entity.name}.{name}: {lost} of {filled} values have {digits - 1} digits, so their leading "
                "zero was lost.",
                bad=lost,
                seen=filled,
            )


def _short(name: str, digits: int, table: sql.Composable) -> sql.Composed:
    query = "select count(*) filter (where {0} ~ {1}), count(nullif({0}, '')) from {2} as row"
    pattern = sql.Literal(f"^[1-9][0-9]{{{digits - 2}}}$")
    return sql.SQL(query).format(sql.Identifier(name), pattern, table)
