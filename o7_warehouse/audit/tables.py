"""Which tables the chain covers, and how a row of one becomes a digest and gets a place.

Both come from the database's catalogue: a table added to ``audit`` is covered from its first run on. What was sealed
with fewer columns is checked with those; the seal remembers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# Written also after a run has ended, and nothing is wrong with that: a report on request, a sign-off, what happened to
# an edition and to its messages, logins that came or went, another key, who was erased, what was decided about a held
# build, a task that was cleared or outlived its run, what became of a night, an alarm. The next seal takes such rows
# in.
LATE: Final = frozenset(
    {
        "access_event",
        "alarm_event",
        "backfill_event",
        "edition_event",
        "edition_file",
        "erased_keys",
        "erased_person",
        "erased_rows",
        "erasure",
        "erasure_proof",
        "model_timing",
        "night_outcome",
        "outbox_event",
        "outbox_message",
        "rekeyed_run",
        "report_file",
        "restatement",
        "restated_figure",
        "sign_off",
        "task_record",
    }
)
# Person-level rows must be erasable (design §9), so their digests are not kept one by one.
ERASABLE: Final = frozenset({"failing_key"})
# An instant of a row may lie before the commit that shows it.
MARGIN: Final = "1 hour"
_COVERED: Final = """
    select
        relation.relname::text,
        array(
            select attribute.attname::text from pg_attribute as attribute
            where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
            order by attribute.attnum
        ),
        array(
            select attribute.attname::text
            from pg_index as index
            cross join unnest(index.indkey::int2[]) with ordinality as part (attnum, place)
            inner join pg_attribute as attribute
                on attribute.attrelid = relation.oid and part.attnum = attribute.attnum
            where index.indrelid = relation.oid and index.indisprimary
            order by part.place
        )
    from pg_class as relation
    where
        relation.relnamespace = 'audit'::regnamespace
        and relation.relkind in ('r', 'p') and not relation.relispartition and relation.relname <> 'seal'
    order by relation.relname
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A covered table with the columns that make a row's digest and those that make its place."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def name(self) -> sql.Identifier:
        """The table as a statement names it."""
        return sql.Identifier("audit", self.table)

    @property
    def digest(self) -> sql.Composed:
        """SHA-256 of a row's canonical text: a JSON array of the columns in their order, instants in UTC."""
        listed = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL("sha256(convert_to(json_build_array({})::text, 'UTF8'))").format(listed)

    @property
    def place(self) -> sql.Composable:
        """Where a row stands within its run: its key, or the instant at which it was written."""
        if not self.key:
            return sql.SQL("''")
        parts = (
            sql.SQL("{} || (to_json({}) #>> '{{}}')").format(sql.Literal(f"{name}="), sql.Identifier(name))
            for name in self.key
        )
        return sql.SQL("concat_ws(', ', {})").format(sql.SQL(", ").join(parts))


def covered(cursor: Cursor) -> list[Shape]:
    """Every table of the audit but the chain itself, as it is now."""
    cursor.execute(_COVERED)
    return [
        Shape(table, tuple(columns), _key(columns, primary_key))
        for table, columns, primary_key in cursor.fetchall()
        if "run_id" in columns
    ]


def _key(columns: Sequence[str], primary_key: Sequence[str]) -> tuple[str, ...]:
    if primary_key:
        return tuple(name for name in primary_key if name != "run_id")
    return tuple(name for name in ("recorded_at",) if name in columns)
