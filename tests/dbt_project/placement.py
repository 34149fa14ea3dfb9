"""Where the rows of each relation lie in a distributed warehouse, as the models say it in their meta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

REFERENCE: Final = "reference"


@dataclass(frozen=True)
class Rows:
    """Rows of a part of a query: which of their columns say the node (1 is the first), and of which type these are.

    Rows that are not spread are at hand wherever they are needed: of a reference table, or merged by the coordinator.
    """

    is_spread: bool = False
    keys: frozenset[int] = frozenset()
    kind: int = 0
    is_merged: bool = False


@dataclass
class Table:
    """A relation of the warehouse."""

    name: str
    distribution: str | None
    rows: Rows
    is_view: bool


def tables_of(cursor: Cursor, models: Iterable[dict[str, Any]]) -> dict[int, Table]:
    """Every relation of the warehouse by its number; what models say of their tables in dbt's manifest."""
    said = {
        f"{one['schema']}.{one['name']}": one["config"]["meta"].get("distribution")
        for one in models
        if one["config"]["materialized"] != "view"
    }
    cursor.execute(
        """
        select
            relation.oid::bigint, relation.oid::regclass::text, relation.relkind = 'v',
            array_agg(attribute.attname::text order by attribute.attnum),
            array_agg(attribute.atttypid::bigint order by attribute.attnum)
        from pg_catalog.pg_class as relation
        inner join pg_catalog.pg_attribute as attribute on relation.oid = attribute.attrelid
        where relation.relkind in ('r', 'v') and attribute.attnum > 0 and not attribute.attisdropped
        group by relation.oid
        """
    )
    found = {}
    for number, name, is_view, columns, types in cursor.fetchall():
        rows, by = Rows(), said.get(name)
        if by not in {None, REFERENCE}:
            place = columns.index(by)
            rows = Rows(is_spread=True, keys=frozenset({place + 1}), kind=types[place])
        found[number] = Table(name, by, rows, is_view)
    return found
