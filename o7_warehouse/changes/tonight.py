"""The rows a night stands on before raw has them: landing, and where only changes landed, what of raw stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from o7_warehouse.changes.fingerprint import key_hash

if TYPE_CHECKING:
    from o7_warehouse.contract import Entity
    from o7_warehouse.landing import Landed

_TONIGHT: Final = """(
    select {columns} from {raw} as known where _night_to = 'infinity' and not {is_replaced}
    union all
    select {columns} from {landing}
)"""
_IS_REPLACED: Final = """exists (
    select from landing._replaced as other
    where other.entity = {name} and other.key_hash = {hash} and other.source_id is not distinct from known.source_id
)"""


def tonight(entity: Entity, landed: Landed) -> sql.Composable:
    """What follows ``from`` in a statement about all of tonight's rows of an entity; a name must follow."""
    if landed.is_whole:
        return landing_of(entity)
    return sql.SQL(_TONIGHT).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, entity.column_names)),
        raw=raw_of(entity),
        landing=landing_of(entity),
        is_replaced=is_replaced(entity),
    )


def is_replaced(entity: Entity) -> sql.Composed:
    """Whether other rows, or none, stand tonight under the key of the raw row ``known``."""
    return sql.SQL(_IS_REPLACED).format(name=sql.Literal(entity.name), hash=key_hash("known"))


def replaced_rows(entity: Entity) -> sql.Composed:
    """The open rows of raw, as ``known``, whose keys are replaced: found key by key, by the index of their hash."""
    return sql.SQL(
        """landing._replaced as other inner join {raw} as known
        on {hash} = other.key_hash and known.source_id is not distinct from other.source_id
            and known._night_to = 'infinity' and other.entity = {name}"""
    ).format(raw=raw_of(entity), hash=key_hash("known"), name=sql.Literal(entity.name))


def landing_of(entity: Entity) -> sql.Identifier:
    """The table in which an entity lands."""
    return sql.Identifier("landing", entity.name)


def raw_of(entity: Entity) -> sql.Identifier:
    """The table in which raw keeps an entity."""
    return sql.Identifier("raw_o7", entity.name)
