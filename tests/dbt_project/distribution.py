"""What a model asks of distributed tables that Citus refuses, or does on the coordinator with every person's row.

Citus gives each node the parts of a query that need its own rows only: joins by the distribution column, groups that
are merged afterwards, windows within one value of the column. What it cannot give away it either refuses, or it
collects the rows on the coordinator and sends them to every node (its documentation: «SQL Support and Workarounds»). A
CASE with an operand it takes to the nodes broken where it works out a part of the query itself (seen in 13.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.dbt_project.placement import Rows, Table
from tests.dbt_project.query_tree import Node, tree_of_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

Column = tuple[int, int]
RELATION, SUBQUERY, JOIN, CTE, GROUP = "0", "1", "2", "6", "9"
ALWAYS_MATERIALIZED, NEVER_MATERIALIZED = "1", "2"
ANY_SUBLINK = "2"
CASES = {"CASE", "CASEEXPR"}  # before PostgreSQL 16, and since
# What the coordinator alone has and sends to every node: the few rows of the catalogue, and who is built tonight.
SENT_AROUND: Final = ("catalogue.", "rebuild.")


@dataclass
class Scope:
    """A query under examination, and those around it."""

    query: Node
    outer: tuple[Scope, ...]
    parts: dict[str, Rows] = field(default_factory=dict)
    sources: dict[int, Rows] = field(default_factory=dict)
    same: dict[Column, Column] = field(default_factory=dict)

    def find(self, column: Column) -> Column:
        """The one column that stands for all that equal this one."""
        while (other := self.same.get(column, column)) != column:
            column = other
        return column

    def column(self, expression: object, level: int = 0) -> Column | None:
        """The column of a source an expression is, of this query or of one around it."""
        while isinstance(expression, Node) and expression.name == "RELABELTYPE":
            expression = expression.fields["arg"]
        if not isinstance(expression, Node) or expression.name != "VAR":
            return None
        if expression.number("varlevelsup") != level:
            return None
        source, number = expression.number("varno"), expression.number("varattno")
        entry = self.query.nodes("rtable")[source - 1]
        named = {JOIN: "joinaliasvars", GROUP: "groupexprs"}.get(entry.fields["rtekind"])
        return self.column(entry.nodes(named)[number - 1]) if named else (source, number)

    @property
    def keys(self) -> set[Column]:
        """Columns that say the node, or equal one that does."""
        return {self.find((source, key)) for source, rows in self.sources.items() for key in rows.keys}

    def is_key(self, expression: object, level: int = 0) -> bool:
        """Whether an expression is a column that says the node."""
        column = self.column(expression, level)
        return column is not None and self.find(column) in self.keys


class Examination:
    """Examines one query after another; ``found`` are the offences, each once."""

    def __init__(self, cursor: Cursor, tables: dict[int, Table]) -> None:
        self.cursor, self.tables = cursor, tables
        self.found: list[str] = []
        cursor.execute("select oid from pg_catalog.pg_operator where oprname = '='")
        self.equalities = {str(number) for (number,) in cursor.fetchall()}

    def offences(self, view: str) -> list[str]:
        """What the query of a view asks for that its nodes cannot do."""
        self.found = []
        self._query(tree_of_view(self.cursor, view), ())
        return list(dict.fromkeys(self.found))

    def _query(self, query: Node, outer: tuple[Scope, ...]) -> Rows:
        scope = self._scope(query, outer)
        return self._united(scope) if query.node("setOperations") else self._result(scope)

    def _scope(self, query: Node, outer: tuple[Scope, ...]) -> Scope:
        """The query with all it reads examined."""
        scope = Scope(query, outer)
        for part in query.nodes("cteList"):
            scope.parts[part.fields["ctename"]] = Rows()
            scope.parts[part.fields["ctename"]] = self._part(part, (scope, *outer))
        for one in (query.node("setOperations") or query.fields["jointree"]).walk():
            if one.name == "RANGETBLREF":
                index = one.number("rtindex")
                scope.sources[index] = self._source(query.nodes("rtable")[index - 1], scope)
        for left, right in self._equal(query.fields["jointree"]):
            one, other = scope.column(left), scope.column(right)
            if one and other:
                scope.same[scope.find(one)] = scope.find(other)
        if not query.node("setOperations") and any(rows.is_spread for rows in scope.sources.values()):
            self._examine(scope)
        for link in (one for one in query.walk() if one.name == "SUBLINK"):
            self._sublink(link, scope)
        return scope

    def _part(self, part: Node, outer: tuple[Scope, ...]) -> Rows:
        known = len(self.found)
        rows = self._query(part.fields["ctequery"], outer)
        name, how = part.fields["ctename"], part.fields["ctematerialized"]
        if part.holds("cterecursive") and (rows.is_spread or self.found[known:]):
            self.found[known:] = [f"WITH RECURSIVE {name} goes over distributed rows"]
            return Rows(is_merged=True)
        if not rows.is_spread:
            return rows
        if how == ALWAYS_MATERIALIZED or (how != NEVER_MATERIALIZED and part.number("cterefcount") > 1):
            self.found.append(
                f"{name} is read twice or materialized: all its rows go through the coordinator"
            )
        else:
            return rows
        return Rows(is_merged=True)

    def _source(self, entry: Node, scope: Scope) -> Rows:
        kind = entry.fields["rtekind"]
        if kind == SUBQUERY:
            return self._query(entry.fields["subquery"], (scope, *scope.outer))
        if kind == CTE:
            return (scope, *scope.outer)[entry.number("ctelevelsup")].parts[entry.fields["ctename"]]
        if kind != RELATION:
            return Rows()
        table = self.tables[entry.number("relid")]
        if table.is_view:
            return self._query(tree_of_view(self.cursor, table.name), ())
        return table.rows

    def _equal(self, node: Node) -> Iterator[tuple[Any, Any]]:
        """The pairs that conditions of FROM and WHERE ask to be equal."""
        conditions = [one.node("quals") for one in node.walk() if one.name in {"FROMEXPR", "JOINEXPR"}]
        while conditions:
            one = conditions.pop()
            if one is not None and one.name == "BOOLEXPR" and one.fields["boolop"] == "and":
                conditions.extend(one.nodes("args"))
            elif one is not None and one.name == "OPEXPR" and one.fields["opno"] in self.equalities:
                left, right = one.nodes("args")
                yield left, right

    def _examine(self, scope: Scope) -> None:
        query = scope.query
        spread = {index: rows for index, rows in scope.sources.items() if rows.is_spread}
        if len(spread) > 1:
            places = (
                {(scope.find((index, key)), rows.kind) for key in rows.keys} for index, rows in spread.items()
            )
            if not set.intersection(*places):
                self.found.append(
                    f"{self._names(scope, spread)} are not joined by their distribution columns"
                )
        for index in scope.sources:
            entry = query.nodes("rtable")[index - 1]
            table = self.tables.get(entry.number("relid")) if entry.fields["rtekind"] == RELATION else None
            if (
                table
                and not table.is_view
                and not table.distribution
                and not table.name.startswith(SENT_AROUND)
            ):
                self.found.append(
                    f"{table.name}, which the coordinator alone has, is joined with distributed rows"
                )
        if query.nodes("groupingSets"):
            self.found.append("GROUPING SETS over distributed rows")
        if any(one.name in CASES and one.node("arg") for one in query.walk()):
            self.found.append("CASE with an operand over distributed rows")
        for window in query.nodes("windowClause"):
            if not self._has_key(scope, window.nodes("partitionClause")):
                self.found.append("a window that is not partitioned by the distribution column")
        if query.holds("hasDistinctOn") and not self._has_key(scope, query.nodes("distinctClause")):
            self.found.append("DISTINCT ON without the distribution column")

    def _names(self, scope: Scope, sources: dict[int, Rows]) -> str:
        entries = scope.query.nodes("rtable")
        return ", ".join(sorted(entries[index - 1].fields["eref"].fields["aliasname"] for index in sources))

    def _has_key(self, scope: Scope, clauses: list[Node]) -> bool:
        chosen = {one.fields["tleSortGroupRef"] for one in clauses}
        targets = scope.query.nodes("targetList")
        return any(
            one.fields["ressortgroupref"] in chosen and scope.is_key(one.fields["expr"]) for one in targets
        )

    def _sublink(self, link: Node, scope: Scope) -> None:
        query = link.fields["subselect"]
        inner = self._scope(query, (scope, *scope.outer))
        rows = self._united(inner) if query.node("setOperations") else self._result(inner)
        if not any(one.is_spread for one in inner.sources.values()):
            return
        if rows.is_merged and not any(
            one.name == "VAR" and one.number("varlevelsup") == 1 for one in query.walk()
        ):
            return
        test = link.node("testexpr")
        # One column IN a query; of several nobody here asks.
        is_in = link.fields["subLinkType"] == ANY_SUBLINK and test is not None and test.name == "OPEXPR"
        if is_in and 1 in rows.keys and any(scope.is_key(one) for one in test.nodes("args")):
            return
        for pair in self._equal(query.fields["jointree"]):
            if any(inner.is_key(one) and scope.is_key(other, 1) for one, other in (pair, pair[::-1])):
                return
        self.found.append("a subquery over distributed rows that does not go by the distribution column")

    def _united(self, scope: Scope) -> Rows:
        spread = [rows for rows in scope.sources.values() if rows.is_spread]
        if not spread:
            return Rows(is_merged=any(rows.is_merged for rows in scope.sources.values()))
        if len(spread) < len(scope.sources):
            self.found.append("UNION of distributed rows with others")
            return Rows(is_merged=True)
        keys = frozenset.intersection(*(rows.keys for rows in spread))
        united = scope.query.fields["setOperations"].walk()
        if not keys and any(one.name == "SETOPERATIONSTMT" and not one.holds("all") for one in united):
            return Rows(is_merged=True)
        return Rows(is_spread=True, keys=keys, kind=spread[0].kind)

    def _result(self, scope: Scope) -> Rows:
        query, spread = scope.query, [rows for rows in scope.sources.values() if rows.is_spread]
        if not spread:
            return Rows()
        merging = [query.nodes("groupClause"), query.nodes("distinctClause")]
        if any(one and not self._has_key(scope, one) for one in merging):
            return Rows(is_merged=True)
        if query.holds("hasAggs") and not query.nodes("groupClause"):
            return Rows(is_merged=True)
        targets = [one for one in query.nodes("targetList") if not one.holds("resjunk")]
        keys = frozenset(one.number("resno") for one in targets if scope.is_key(one.fields["expr"]))
        return Rows(is_spread=True, keys=keys, kind=spread[0].kind)
