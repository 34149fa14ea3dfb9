"""What somebody who may read a view tries in order to see the rows that it leaves out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own lower-case class
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# Cheaper than any comparison, so that the planner asks it first of every row it can.
LEAK: Final = """
    create function public.leak(text) returns boolean language plpgsql immutable cost 0.0001 as
    $$ begin raise notice 'seen %', $1; return true; end $$;
    grant usage on schema public to o7_unit;
    grant execute on function public.leak(text) to o7_unit;
"""
PATCHED: Final = "drop function public.leak(text); revoke usage on schema public from o7_unit"


def by_function(connection: Connection, view: str, column: str) -> set[str]:
    """What a function in a condition was shown of a column last; the driver keeps fifty notices."""
    connection.notices.clear()
    with connection.cursor() as cursor:
        cursor.execute(f"select 1 from {view} where public.leak({column})")
    connection.rollback()
    return {notice.strip().removeprefix("NOTICE:  seen ") for notice in connection.notices}


def by_division(connection: Connection, view: str, column: str, value: str) -> bool:
    """Whether a division by nought tells that a row has the value."""
    return _breaks(
        connection, f"select 1 from {view} where 1 / (case when {column} = '{value}' then 0 else 1 end) = 1"
    )


def by_cast(connection: Connection, view: str, column: str, value: str) -> str:
    """The words of an error that quote what could not be cast, of a row that has the value; else nothing."""
    quoted = f"(case when {column} = '{value}' then 'x' || {column} else '1' end)::integer"
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"select 1 from {view} where {quoted} = 1")
        except psycopg2.errors.InvalidTextRepresentation as error:
            return str(error)
        finally:
            connection.rollback()
    return ""


def by_estimate(connection: Connection, view: str, column: str, value: str) -> tuple[int, ...]:
    """How many rows the planner believes each node will give for a pattern, which statistics would tell."""
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) select 1 from {view} where {column} like '{value}%'")
        [([plan],)] = cursor.fetchall()
    connection.rollback()
    return tuple(_estimates(plan["Plan"]))


def _estimates(node: dict[str, Any]) -> Iterator[int]:
    yield node["Plan Rows"]
    for below in node.get("Plans", ()):
        yield from _estimates(below)


@contextmanager
def without_barrier(cursor: Cursor, *views: str) -> Iterator[None]:
    """The views without what keeps a condition from being asked of rows they leave out."""
    for view in views:
        cursor.execute(f"alter view {view} set (security_barrier = false)")
    try:
        yield
    finally:
        for view in views:
            cursor.execute(f"alter view {view} set (security_barrier = true)")


def _breaks(connection: Connection, statement: str) -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement)
        except psycopg2.errors.DivisionByZero:
            return True
        finally:
            connection.rollback()
    return False
