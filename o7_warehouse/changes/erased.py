"""Whether a night of changes may go on where rows of erased persons came among them.

О7 still has these rows and raw does not, so each night finds them anew by comparison, counts them and keeps them out.
Only where a row that raw holds under somebody else's name has become an erased person's, rows that point to it must go
as well, and these may not have changed: then everything is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import key_hash
from o7_warehouse.changes.tonight import landing_of, replaced_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract

# Keys that came, are in raw and were kept out. Those that are gone at the source never came.
_TAKEN: Final = """
    select exists (
        select from {replaced_rows}
        where other.is_there and not exists (
            select from {landing} as landed
            where {landed_hash} = other.key_hash and landed.source_id is not distinct from other.source_id
        )
    )
"""


def came_to_an_erased_person(cursor: Cursor, contract: Contract, erased: Iterable[str]) -> str:
    """Why everything must be read: raw holds rows that are an erased person's now; empty where it holds none."""
    taken = []
    for name in sorted(erased):
        entity = contract.entity(name)
        cursor.execute(
            sql.SQL(_TAKEN).format(
                replaced_rows=replaced_rows(entity),
                landing=landing_of(entity),
                landed_hash=key_hash("landed"),
            )
        )
        [(is_taken,)] = cursor.fetchall()
        if is_taken:
            taken.append(name)
    return f"к записям уничтоженных лиц отошли прежние записи: {', '.join(taken)}" if taken else ""
