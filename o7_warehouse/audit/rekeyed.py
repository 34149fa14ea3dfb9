"""Another key of the pseudonyms under the seals: what it makes of the digest of each run's failing keys.

A seal holds one digest of the failing keys of its run. A rotation of the key (o7_warehouse/rotation.py) changes these
rows and nothing of what they say, so the digest before and after it is kept in ``audit.rekeyed_run``, from where the
check of the rows goes on (erased.py). The row itself is under the next seal.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.audit.tables import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

_SEALED_SHAPES: Final = """
    select distinct content #> '{tables,failing_key,columns}' from audit.seal
    where content #> '{tables,failing_key,columns}' is not null
"""
_DIGESTS: Final = """
    create temporary table {name} on commit drop as
    select line.run_id, encode(sha256(string_agg(line.digest, ''::bytea order by line.digest)), 'hex') as digest
    from (select run_id, {digest} as digest from audit.failing_key) as line
    where line.run_id in (
        select run_id from audit.seal where content #> '{{tables,failing_key,columns}}' = {columns}::jsonb
    )
    group by line.run_id
"""
_NOTE: Final = """
    insert into audit.rekeyed_run (run_id, key_version, digest_before, digest_after)
    select run_id, %s, before.digest, after.digest
    from {before} as before inner join {after} as after using (run_id)
"""


@contextmanager
def rekeyed(cursor: Cursor, version: int) -> Iterator[None]:
    """Note what the block makes of the failing keys of every sealed run, by the columns the run was sealed with."""
    cursor.execute(_SEALED_SHAPES)
    shapes = [columns for (columns,) in cursor.fetchall()]
    for number, columns in enumerate(shapes):
        _digest(cursor, columns, f"before_{number}")
    yield
    for number, columns in enumerate(shapes):
        _digest(cursor, columns, f"after_{number}")
        names = {part: sql.Identifier("pg_temp", f"{part}_{number}") for part in ("before", "after")}
        cursor.execute(sql.SQL(_NOTE).format(**names), (version,))


def _digest(cursor: Cursor, columns: list[str], name: str) -> None:
    statement = sql.SQL(_DIGESTS).format(
        name=sql.Identifier(name),
        digest=Shape("failing_key", tuple(columns), ()).digest,
        columns=sql.SQL("to_jsonb({}::text[])").format(sql.Literal(columns)),
    )
    cursor.execute(statement)
