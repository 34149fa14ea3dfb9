"""From which columns a query makes each of its own, as PostgreSQL has understood it: stars, aliases, CTEs are resolved.

Nothing here reads SQL. The server analyses the query as a view and keeps what it found; its words are walked through:
each column of the result down to the columns of tables that it is computed from. What only filters or joins is not
among them. All indicators stand in the same columns, one below another: a part of a union, or a row of values, that
says which indicator it is of, is kept apart from those of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.errors import CatalogueError
from o7_warehouse.lineage.node_tree import Node, read_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from o7_warehouse.lineage.tables import Tables

# A column of a table: ("raw_o7.person", "snils").
Column = tuple[str, str]
# What a column is made of, by the indicator it is made for; by nothing where that is said nowhere.
Origins = dict[str, frozenset[Column]]
# What a query makes, by the names of its columns.
Made = dict[str, Origins]

TAG: Final = "indicator"
# The kinds of what a query reads from, as PostgreSQL numbers them (RTEKind).
_TABLE, _QUERY, _JOIN, _VALUES, _CTE, _GROUP = 0, 1, 2, 5, 6, 9


def made_by_tree(tree: str, tables: Tables, *, name: str) -> Made:
    """The columns of an analysed query; ``name`` names it in an error.

    Raises CatalogueError where the server keeps the query in another form than this one can read.
    """
    try:
        [query] = read_tree(tree)
        return dict(_Reader(tables).made(query, []))
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise CatalogueError(
            f"{name} was analysed by PostgreSQL in a form nobody here can read ({type(error).__name__}), so its "
            "lineage is not known. Nothing else is concerned. Tell the developers the revision of the server."
        ) from error


def merged(origins: Iterable[Origins]) -> Origins:
    """What all of them are made of."""
    found: Origins = {}
    for one in origins:
        for tag, columns in one.items():
            found[tag] = found.get(tag, frozenset()) | columns
    return found


def within(origins: Origins, tag: str) -> frozenset[Column]:
    """What a column is made of where it is made for one indicator; for none: whatever it is made of."""
    return frozenset().union(*(columns for own, columns in origins.items() if not tag or own in {"", tag}))


@dataclass(slots=True)
class _Level:
    """A query that is being read: what it reads from, and its CTEs; what was found out about them.

    ``names`` are what the query around it calls its columns: rows of values have no names of their own.
    """

    query: Node
    names: list[str] = field(default_factory=list)
    sources: dict[int, list[Origins]] = field(default_factory=dict)
    ctes: dict[str, list[Origins]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Walks through a query; ``levels`` are the queries around the one that is read, the outermost first."""

    tables: Tables

    def made(
        self, query: Node, around: list[_Level], names: list[str] | None = None
    ) -> list[tuple[str, Origins]]:
        """The columns of a query in their order; within a query two of them may have one name."""
        level = _Level(query, names or [])
        levels = [*around, level]
        listed = [one for one in query.nodes("targetList") if one.word("resjunk") != "true"]
        parts = list(_parts(query))
        if parts:
            columns = [self._source(part, levels, level) for part in parts]
            found = [merged(one) for one in zip(*columns, strict=True)]
        else:
            found = [self.origins(one.fields.get("expr"), levels) for one in listed]
            told = [one.fields.get("expr") for one in listed if one.word("resname") == TAG]
            found = _tagged(found, told[0] if told else None)
        return [(one.word("resname"), columns) for one, columns in zip(listed, found, strict=True)]

    def origins(self, expression: Any, levels: list[_Level]) -> Origins:
        """The columns of tables an expression is computed from; of a query within it also those it chooses by."""
        if isinstance(expression, list):
            return merged(self.origins(one, levels) for one in expression)
        if not isinstance(expression, Node):
            return {}
        if expression.kind == "VAR":
            return self._variable(expression, levels)
        if expression.kind == "QUERY":
            inner = [*levels, _Level(expression)]
            quals = [one.fields.get("quals") for one in expression.nodes("jointree")]
            return merged([*self._columns(expression, levels), self.origins(quals, inner)])
        return merged(self.origins(one, levels) for one in expression.fields.values())

    def _columns(self, query: Node, around: list[_Level], names: list[str] | None = None) -> list[Origins]:
        return [columns for _, columns in self.made(query, around, names)]

    def _variable(self, variable: Node, levels: list[_Level]) -> Origins:
        number, depth = variable.number("varattno"), len(levels) - variable.number("varlevelsup")
        columns = self._source(variable.number("varno"), levels[:depth], levels[depth - 1])
        if number == 0:  # the whole row
            return merged(columns)
        return (
            columns[number - 1] if number > 0 else {}
        )  # what PostgreSQL adds to each row has a number below nought

    def _source(self, place: int, levels: list[_Level], level: _Level) -> list[Origins]:
        """The columns of what stands at a place of a query's sources, in order."""
        if place not in level.sources:
            level.sources[place] = self._read(level.query.nodes("rtable")[place - 1], levels)
        return level.sources[place]

    def _read(self, source: Node, levels: list[_Level]) -> list[Origins]:
        kind = source.number("rtekind")
        if kind == _TABLE:
            return [{"": frozenset({one})} for one in self.tables.columns_of(source.number("relid"))]
        if kind == _QUERY:
            [query] = source.nodes("subquery")
            return self._columns(query, levels, _names(source))
        if kind == _CTE:
            return self._of_cte(source.word("ctename"), levels[: len(levels) - source.number("ctelevelsup")])
        listed = {_JOIN: "joinaliasvars", _GROUP: "groupexprs"}.get(kind)
        if listed:
            return [self.origins(one, levels) for one in source.fields.get(listed) or []]
        if kind == _VALUES:
            return self._of_values(source, levels)
        # A function in place of a table: each of its columns comes from all it is given.
        given = self.origins(source.fields.get("functions"), levels)
        return [given for _ in _names(source)]

    def _of_values(self, source: Node, levels: list[_Level]) -> list[Origins]:
        names = levels[-1].names
        place = names.index(TAG) if TAG in names else None
        rows = [
            _tagged([self.origins(one, levels) for one in row], None if place is None else row[place])
            for row in source.fields.get("values_lists") or []
        ]
        return [merged(column) for column in zip(*rows, strict=True)]

    def _of_cte(self, name: str, levels: list[_Level]) -> list[Origins]:
        holder = levels[-1]
        if name not in holder.ctes:
            [cte] = [one for one in holder.query.nodes("cteList") if one.word("ctename") == name]
            [query] = cte.nodes("ctequery")
            # A recursive one reads itself: what it adds is made of what it began with.
            holder.ctes[name] = [{} for _ in query.nodes("targetList")]
            holder.ctes[name] = self._columns(query, levels)
        return holder.ctes[name]


def _tagged(columns: list[Origins], told: Any) -> list[Origins]:
    """Columns of a query or row that says itself which indicator it is of, or not."""
    while isinstance(told, Node) and told.kind == "RELABELTYPE":
        told = told.fields.get("arg")
    if not isinstance(told, Node) or told.kind != "CONST" or not told.octets:
        return columns
    tag = told.text()
    return [{tag: within(one, tag)} for one in columns]


def _names(source: Node) -> list[str]:
    """What the columns of a source are called where it stands."""
    [named] = source.nodes("eref")
    return [str(one) for one in named.fields.get("colnames") or []]


def _parts(query: Node) -> Iterator[int]:
    """Where the queries of a union stand among the sources."""
    waiting = query.nodes("setOperations")
    while waiting:
        one = waiting.pop(0)
        if one.kind == "RANGETBLREF":
            yield one.number("rtindex")
        for side in "lr":
            waiting += one.nodes(f"{side}arg")
