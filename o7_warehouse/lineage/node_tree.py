"""Reads the text in which PostgreSQL keeps an analysed query (``pg_node_tree``): nodes with fields, lists, words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|[(){}]|(?:\\.|[^\s(){}\\])+')
_CLOSING: Final = frozenset({")", "}"})


@dataclass(slots=True)
class Node:
    """A node: its kind and its fields. A field is a word, a node or a list; nothing where it is empty.

    ``octets``: of a constant, what it is, as numbers.
    """

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    octets: list[str] = field(default_factory=list)

    def nodes(self, name: str) -> list[Node]:
        """The nodes of a field that holds a list of them, or one."""
        value = self.fields.get(name)
        found = value if isinstance(value, list) else [value]
        return [one for one in found if isinstance(one, Node)]

    def number(self, name: str) -> int:
        """A field that holds a number; 0 where it is not there, as in a revision of PostgreSQL that has none."""
        return int(self.fields.get(name) or 0)

    def word(self, name: str) -> str:
        """A field that holds a name."""
        return str(self.fields.get(name) or "")

    def text(self) -> str:
        """A constant that is a text: after four bytes that hold its length, the bytes of the text."""
        numbers = [int(one) % 256 for one in self.octets if one not in "[]"]
        return bytes(numbers[4:]).decode()


def read_tree(text: str) -> list[Node]:
    """The nodes of a tree at its top: of a rule, its queries."""
    value = _value(_TOKEN.finditer(text))
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Node)]


def _value(tokens: Iterator[re.Match[str]]) -> Any:
    """The next value: a node, a list or a word; a closing bracket is given back as the word it is."""
    word = next(tokens)[0]
    if word == "{":
        return _node(tokens)
    if word == "(":
        found = []
        while (one := _value(tokens)) != ")":
            found.append(one)
        return found
    if word == "<>":
        return None
    return word if word in _CLOSING else _unescaped(word)


def _node(tokens: Iterator[re.Match[str]]) -> Node:
    node = Node(next(tokens)[0])
    name = ""
    while (one := _value(tokens)) != "}":
        if isinstance(one, str) and one.startswith(":"):
            name = one[1:]
            node.fields[name] = None
        elif node.fields.get(name) is None:
            node.fields[name] = one
        elif name == "constvalue":  # its length, then its bytes
            node.octets.append(str(one))
    return node


def _unescaped(word: str) -> str:
    plain = word[1:-1] if word.startswith('"') else word
    return re.sub(r"\\(.)", r"\1", plain)
