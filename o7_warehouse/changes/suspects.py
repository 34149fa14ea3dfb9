"""Counts of a night of changes without looking at rows that stay: those of the base, less what goes, and what comes.

What a check counts hangs on a row alone, or on the rows of one key, and all rows of a key are replaced at once. So what
was counted on the base (``raw_o7.row_check``; a check that counted nothing left nothing), less the same count over the
replaced rows of raw, and the count over landing, is what a count over every row would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql
from psycopg2.extras import execute_values

from o7_warehouse.changes.tonight import landing_of, replaced_rows, tonight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Entity
    from o7_warehouse.delivery_findings import Finding
    from o7_warehouse.landing import Landed

    # (entity, column, check) -> bad rows, and of how many.
    Counts = Mapping[tuple[str, str, str], tuple[int, int]]

CHECKS: Final = frozenset({"key_missing", "key_twice", "names_damaged", "parent_unknown", "zeros_lost"})


def counts_of(cursor: Cursor, base: date | None) -> Counts:
    """What the checks of the rows counted on a night; nothing where tonight is read whole."""
    cursor.execute(
        "select entity, column_name, check_id, rows_bad, rows_seen from raw_o7.row_check where night = %s",
        (base,),
    )
    return {(entity, column, check): (bad, seen) for entity, column, check, bad, seen in cursor.fetchall()}


def keep_counts(cursor: Cursor, findings: Iterable[Finding]) -> None:
    """Keep beside the landed rows what was counted, for the next night."""
    cursor.execute("delete from landing._row_check")
    execute_values(
        cursor,
        "insert into landing._row_check (entity, column_name, check_id, rows_bad, rows_seen) values %s",
        [(one.entity, one.column, one.check, one.bad, one.seen) for one in findings if one.check in CHECKS],
    )


def settled(
    cursor: Cursor,
    entity: Entity,
    landed: Landed,
    query: Callable[[sql.Composable], sql.Composable],
    base: tuple[int, ...] | None,
) -> tuple[int, ...]:
    """What ``query`` counts over all of tonight's rows, the bad ones first; it is given what follows ``from``.

    ``base`` is what it counted on the base, None where it found nothing bad and the rest is not known.
    """
    if landed.is_whole:
        return _asked(cursor, query(landing_of(entity)))
    came = _asked(cursor, query(landing_of(entity)))
    if base is None:
        return _asked(cursor, query(tonight(entity, landed))) if came[0] else came
    if not any(base):
        return came
    goes = sql.SQL("(select known.* from {})").format(replaced_rows(entity))
    gone = _asked(cursor, query(goes))
    return tuple(was - less + more for was, less, more in zip(base, gone, came, strict=True))


def _asked(cursor: Cursor, query: sql.Composable) -> tuple[int, ...]:
    cursor.execute(query)
    [found] = cursor.fetchall()
    return tuple(int(one) for one in found)
