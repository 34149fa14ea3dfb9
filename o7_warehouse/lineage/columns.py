"""From which columns a query makes each of its own, as PostgreSQL has understood it: stars, aliases, CTEs are resolved.

Nothing here reads SQL. The server analyses the query as a view and keeps what it found; its words are walked through:
each column of the result down to the columns of tables that it is computed from. What only filters or joins is not
among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.lineage.node_tree import Node, read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# A column of a table: ("raw_o7.person", "snils").
Column = tuple[str, str]
# What a query makes, in order -> the columns of tables it is made of.
Made = dict[str, frozenset[Column]]

NOTHING: Final[frozenset[Column]] = frozenset()
# The kinds of what a query reads from, as PostgreSQL numbers them (RTEKind).
_TABLE, _QUERY, _JOIN, _VALUES, _CTE, _GROUP = 0, 1, 2, 5, 6, 9
_RULE: Final = "select ev_action::text from pg_catalog.pg_rewrite where ev_class = %s and ev_type = '1'"
_TABLES: Final = """
    select relation.oid::bigint, namespace.nspname || '.' || relation.relname, relation.relkind = 'v',
        attribute.attnum, attribute.attname::text
    from pg_catalog.pg_class as relation
    inner join pg_catalog.pg_namespace as namespace on relation.relnamespace = namespace.oid
    inner join pg_catalog.pg_attribute as attribute on relation.oid = attribute.attrelid
    where relation.relkind in ('r', 'p', 'v', 'm') and attribute.attnum > 0 and not attribute.attisdropped
        and namespace.nspname not in ('pg_catalog', 'information_schema')
"""
_PROBE: Final = "o7_lineage"


@dataclass(slots=True)
class Tables:
    """Name and columns of every table and view, by the server's own numbers; which of them are views."""

    names: dict[int, str] = field(default_factory=dict)
    views: set[int] = field(default_factory=set)
    columns: dict[int, dict[int, str]] = field(default_factory=dict)


def read_tables(cursor: Cursor) -> Tables:
    """The tables and views there are."""
    tables = Tables()
    cursor.execute(_TABLES)
    for oid, name, is_view, number, column in cursor.fetchall():
        tables.names[oid] = name
        if is_view:
            tables.views.add(oid)
        tables.columns.setdefault(oid, {})[number] = column
    return tables


def made_by_view(cursor: Cursor, oid: int, tables: Tables) -> Made:
    """The columns of a view that is there, by the server's own number of it."""
    cursor.execute(_RULE, (oid,))
    [(tree,)] = cursor.fetchall()
    [query] = read_tree(tree)
    return _Reader(tables).made(query, [])


def made_by_query(cursor: Cursor, query: str, tables: Tables) -> Made:
    """The columns of a query. The server analyses it as a temporary view, which is gone afterwards."""
    cursor.execute(f"create temporary view {_PROBE} as {query}")
    cursor.execute("select %s::regclass::oid::bigint", (f"pg_temp.{_PROBE}",))
    [(oid,)] = cursor.fetchall()
    made = made_by_view(cursor, oid, tables)
    cursor.execute(f"drop view pg_temp.{_PROBE}")
    return made


@dataclass(slots=True)
class _Level:
    """A query that is being read: what it reads from, and its CTEs; what was found out about them."""

    query: Node
    sources: dict[int, list[frozenset[Column]]] = field(default_factory=dict)
    ctes: dict[str, list[frozenset[Column]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Walks through a query; ``levels`` are the queries around the one that is read, the outermost first."""

    tables: Tables

    def made(self, query: Node, around: list[_Level]) -> Made:
        """The columns of a query by their names."""
        level = _Level(query)
        levels = [*around, level]
        listed = [one for one in query.nodes("targetList") if one.word("resjunk") != "true"]
        found = [self.origins(one.fields.get("expr"), levels) for one in listed]
        for part in _parts(query):
            found = [one | other for one, other in zip(found, self._source(part, levels, level), strict=True)]
        return {one.word("resname"): columns for one, columns in zip(listed, found, strict=True)}

    def origins(self, expression: Any, levels: list[_Level]) -> frozenset[Column]:
        """The columns of tables an expression is computed from; of a query within it also those it chooses by."""
        if isinstance(expression, list):
            return NOTHING.union(*(self.origins(one, levels) for one in expression))
        if not isinstance(expression, Node):
            return NOTHING
        if expression.kind == "VAR":
            return self._variable(expression, levels)
        if expression.kind == "QUERY":
            inner = [*levels, _Level(expression)]
            told = NOTHING.union(*self.made(expression, levels).values())
            return told | self.origins(
                [one.fields.get("quals") for one in expression.nodes("jointree")], inner
            )
        return NOTHING.union(*(self.origins(one, levels) for one in expression.fields.values()))

    def _variable(self, variable: Node, levels: list[_Level]) -> frozenset[Column]:
        number, depth = variable.number("varattno"), len(levels) - variable.number("varlevelsup")
        level = levels[depth - 1]
        columns = self._source(variable.number("varno"), levels[:depth], level)
        if number == 0:  # the whole row
            return NOTHING.union(*columns)
        return columns[number - 1] if 0 < number <= len(columns) else NOTHING

    def _source(self, place: int, levels: list[_Level], level: _Level) -> list[frozenset[Column]]:
        """The columns of what stands at a place of a query's sources, in order."""
        if place not in level.sources:
            level.sources[place] = self._read(level.query.nodes("rtable")[place - 1], levels)
        return level.sources[place]

    def _read(self, source: Node, levels: list[_Level]) -> list[frozenset[Column]]:
        kind = source.number("rtekind")
        if kind == _TABLE:
            return self._of_table(source.number("relid"))
        if kind == _QUERY:
            [query] = source.nodes("subquery")
            return list(self.made(query, levels).values())
        if kind == _CTE:
            return self._of_cte(source.word("ctename"), levels[: len(levels) - source.number("ctelevelsup")])
        listed = {_JOIN: "joinaliasvars", _GROUP: "groupexprs"}.get(kind)
        if listed:
            return [self.origins(one, levels) for one in source.fields.get(listed) or []]
        if kind == _VALUES:
            rows = source.fields.get("values_lists") or []
            return [self.origins(list(column), levels) for column in zip(*rows, strict=True)]
        # A function in place of a table: each of its columns comes from all it is given.
        given = self.origins(source.fields.get("functions"), levels)
        [named] = source.nodes("eref")
        return [given for _ in named.fields.get("colnames") or []]

    def _of_table(self, oid: int) -> list[frozenset[Column]]:
        known = self.tables.columns.get(oid, {})
        name = self.tables.names.get(oid, "")
        return [
            frozenset({(name, known[number])}) if number in known else NOTHING
            for number in range(1, max(known, default=0) + 1)
        ]

    def _of_cte(self, name: str, levels: list[_Level]) -> list[frozenset[Column]]:
        holder = levels[-1]
        if name not in holder.ctes:
            [cte] = [one for one in holder.query.nodes("cteList") if one.word("ctename") == name]
            [query] = cte.nodes("ctequery")
            # A recursive one reads itself: what it adds is made of what it began with.
            holder.ctes[name] = [NOTHING for _ in query.nodes("targetList")]
            holder.ctes[name] = list(self.made(query, levels).values())
        return holder.ctes[name]


def _parts(query: Node) -> Iterator[int]:
    """Where the queries of a union stand among the sources."""
    waiting = query.nodes("setOperations")
    while waiting:
        one = waiting.pop()
        if one.kind == "RANGETBLREF":
            yield one.number("rtindex")
        waiting += [*one.nodes("larg"), *one.nodes("rarg")]
