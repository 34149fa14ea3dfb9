"""The proof in the databases: no column of any table says anything of the persons any more.

What was removed is looked for word by word in every table of every schema, the statistics of the planner among them. A
value that rows of other people hold as well (a telephone of two children, a common name) finds nobody: it is left out
and counted. So is a word of our own catalogues.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# Rows of the others, and what we have written ourselves.
OTHERS: Final = ("raw_o7",)
OURS: Final = ("catalogue",)
OUR_TABLES: Final = frozenset(
    {"audit.rule_text", "audit.rule_predicate", "audit.rule_ground", "audit.waiver_applied"}
)
# A word ends where no letter or digit follows.
SIGN: Final = "0-9a-zа-яё"
ROWS_AT_ONCE: Final = 5_000
_TABLES: Final = """
    select
        relation.relnamespace::regnamespace::text, relation.relname::text,
        (
            select count(*) from pg_catalog.pg_attribute as attribute
            where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
        )
    from pg_catalog.pg_class as relation
    where
        relation.relkind in ('r', 'm')
        and relation.relnamespace::regnamespace::text !~ '^(pg_temp|pg_toast|information_schema)'
        -- Passwords of roles, readable by the administrator of the server alone.
        and relation.oid <> 'pg_catalog.pg_authid'::regclass
    order by 1, 2
"""


class Sought:
    """Words to be found whole in any text, in whatever letters.

    Each is looked for by itself, as fast as memory is read: one regular expression of all of them, here or in
    PostgreSQL, takes many times as long.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = {word.casefold() for word in words}

    def found_in(self, text: str) -> set[str]:
        """Those of the words that stand in the text."""
        whole = text.casefold()
        return {word for word in self.words if any(_stands(spelt, whole) for spelt in _spellings(word))}


def _spellings(word: str) -> set[str]:
    """As it is, and as PostgreSQL writes it in a row's text."""
    return {word, word.replace('"', '""'), word.replace("\\", "\\\\")}


def _stands(word: str, whole: str) -> bool:
    return word in whole and bool(re.search(f"(?<![{SIGN}]){re.escape(word)}(?![{SIGN}])", whole))


@dataclass(kw_only=True)
class Searched:
    """What was searched, and where a word was found: table or file -> how many different ones."""

    tables: int = 0
    columns: int = 0
    files: int = 0
    unreadable: int = 0
    words: int = 0
    shared: int = 0
    hits: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """What may be told of it."""
        return {
            "tables": self.tables, "columns": self.columns, "files": self.files, "unreadable": self.unreadable,
            "words": self.words, "shared": self.shared, "hits": len(self.hits),
        }  # fmt: skip


def search_tables(cursor: Cursor, *, certain: set[str], values: set[str], searched: Searched) -> set[str]:
    """Search every table of the warehouse; returns the words that find nobody but the persons.

    ``certain`` are words that nobody else can have. What is found is written into ``searched``.
    """
    tables = _tables(cursor)
    searched.tables, searched.columns = len(tables), sum(columns for *_, columns in tables)
    words = {word.casefold() for word in certain | values}
    alien = {table[:2] for table in tables if _is_alien(*table[:2])}
    found = {table: _found(cursor, *table, words) for table in sorted(alien)}
    shared = set().union(*found.values()) - {word.casefold() for word in certain}
    own = words - shared
    searched.words, searched.shared = len(own), len(shared)
    for schema, table, _ in tables:
        hits = (
            found[schema, table] - shared if (schema, table) in alien else _found(cursor, schema, table, own)
        )
        if hits:
            searched.hits[f"{schema}.{table}"] = len(hits)
    return own


def search_database(cursor: Cursor, words: set[str], *, name: str, searched: Searched) -> None:
    """Search every table of another database for the same words."""
    tables = _tables(cursor)
    searched.tables += len(tables)
    searched.columns += sum(columns for *_, columns in tables)
    for schema, table, _ in tables:
        if hits := _found(cursor, schema, table, words):
            searched.hits[f"{name}: {schema}.{table}"] = len(hits)


def _tables(cursor: Cursor) -> list[tuple[str, str, int]]:
    cursor.execute(_TABLES)
    return [(str(schema), str(table), int(columns)) for schema, table, columns in cursor.fetchall()]


def _is_alien(schema: str, table: str) -> bool:
    return schema in (*OTHERS, *OURS) or f"{schema}.{table}" in OUR_TABLES


def _found(cursor: Cursor, schema: str, table: str, words: set[str]) -> set[str]:
    """The words in a table; it is read in parts, within the transaction of the cursor."""
    sought, found = Sought(words), set()
    with cursor.connection.cursor(name="searched") as rows:
        rows.execute(sql.SQL("select line::text from {} as line").format(sql.Identifier(schema, table)))
        while part := rows.fetchmany(ROWS_AT_ONCE):
            found |= sought.found_in("\n".join(line for (line,) in part))
    return found
