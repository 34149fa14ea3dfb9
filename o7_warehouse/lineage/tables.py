"""Tables and views as the server knows them, and what it keeps of an analysed query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

_RULE: Final = "select ev_action::text from pg_catalog.pg_rewrite where ev_class = %s and ev_type = '1'"
_TABLES: Final = """
    select relation.oid::bigint, namespace.nspname || '.' || relation.relname, relation.relkind = 'v',
        attribute.attnum, attribute.attname::text
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_namespace as namespace on relation.relnamespace = namespace.oid
    inner join pg_catalog.pg_attribute as attribute on relation.oid = attribute.attrelid
    where relation.relkind in ('r', 'p', 'v', 'm') and attribute.attnum > 0
        and namespace.nspname not in ('pg_catalog', 'information_schema')
    order by relation.oid, attribute.attnum
"""
_PROBE: Final = "o7_lineage"


@dataclass(slots=True)
class Tables:
    """Name and columns of every table and view, by the server's own numbers; which of them are views."""

    names: dict[int, str] = field(default_factory=dict)
    views: set[int] = field(default_factory=set)
    columns: dict[int, list[str]] = field(default_factory=dict)

    def columns_of(self, oid: int) -> list[tuple[str, str]]:
        """The columns of a table with its name, in the server's order, in which those that are gone have a place."""
        return [(self.names[oid], column) for column in self.columns[oid]]


def read_tables(cursor: Cursor) -> Tables:
    """The tables and views there are."""
    tables = Tables()
    cursor.execute(_TABLES)
    for oid, name, is_view, _, column in cursor.fetchall():
        tables.names[oid] = name
        tables.columns.setdefault(oid, []).append(column)
        if is_view:
            tables.views.add(oid)
    return tables


def tree_of_view(cursor: Cursor, oid: int) -> str:
    """What the server keeps of a view's query."""
    cursor.execute(_RULE, (oid,))
    [(tree,)] = cursor.fetchall()
    return str(tree)


def tree_of_query(cursor: Cursor, query: str) -> str:
    """The same of any query: for as long as it takes, it is a temporary view."""
    cursor.execute(f"create temporary view {_PROBE} as {query}")
    cursor.execute("select %s::regclass::oid::bigint", (f"pg_temp.{_PROBE}",))
    [(oid,)] = cursor.fetchall()
    tree = tree_of_view(cursor, oid)
    cursor.execute(f"drop view pg_temp.{_PROBE}")
    return tree
