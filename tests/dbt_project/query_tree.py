"""What PostgreSQL makes of a query, read back: names resolved, stars unfolded, references to parts of a WITH counted.

A distributed planner works on this tree and not on the text, so whoever asks what it can do with a query asks it too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

TOKENS = re.compile(r"[{}()]|(?:\\.|[^\s{}()\\])+")
EMPTY = "<>"


@dataclass(eq=False)
class Node:
    """A node of the tree by PostgreSQL's own name for it, with its fields by theirs."""

    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    def nodes(self, name: str) -> list[Node]:
        """A field that lists nodes; an empty one lists none."""
        found = self.fields.get(name, EMPTY)
        return [] if found == EMPTY else list(found)

    def node(self, name: str) -> Node | None:
        """A field that holds a node, or none."""
        found = self.fields.get(name, EMPTY)
        return None if found == EMPTY else found

    def number(self, name: str) -> int:
        """A field that is a whole number."""
        return int(self.fields[name])

    def holds(self, name: str) -> bool:
        """A field that is true or false."""
        return bool(self.fields.get(name) == "true")

    def walk(self, *, into_queries: bool = False) -> Iterator[Node]:
        """This node and all below it; those of other queries only where they are asked for."""
        yield self
        for value in self.fields.values():
            yield from _below(value, into_queries=into_queries)


def _below(value: object, *, into_queries: bool) -> Iterator[Node]:
    if isinstance(value, Node):
        if value.name != "QUERY" or into_queries:
            yield from value.walk(into_queries=into_queries)
    elif isinstance(value, list):
        for one in value:
            yield from _below(one, into_queries=into_queries)


def tree_of_view(cursor: Cursor, view: str) -> Node:
    """The query a view stands for."""
    cursor.execute(
        "select rule.ev_action::text from pg_catalog.pg_rewrite as rule"
        " where rule.ev_class = %s::regclass and rule.ev_type = '1'",
        (view,),
    )
    [(text,)] = cursor.fetchall()
    tokens = iter(TOKENS.findall(text))
    [query] = cast("list[Node]", _value(tokens, next(tokens)))
    return query


def _value(tokens: Iterator[str], token: str) -> Any:
    if token == "{":  # noqa: S105 - a sign of a text and no secret
        return _node(tokens)
    if token == "(":  # noqa: S105
        return _list(tokens)
    return token.replace("\\", "").strip('"')


def _list(tokens: Iterator[str]) -> list[Any]:
    found = []
    while (token := next(tokens)) != ")":
        found.append(_value(tokens, token))
    return found


def _node(tokens: Iterator[str]) -> Node:
    node = Node(next(tokens))
    name = ""
    while (token := next(tokens)) != "}":
        if token.startswith(":"):
            name = token[1:]
        else:
            # A constant's value is several tokens, of which nobody here asks.
            node.fields.setdefault(name, _value(tokens, token))
    return node
