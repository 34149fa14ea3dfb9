"""Which rows of О7's entities belong to a person: read from the contract alone, so a new entity is covered by itself.

A row belongs to whom its links name: a pupil by links to ``person`` or ``student``, staff by links to ``staff_person``.
A row that names nobody, but points to such a row, belongs with it: a telephone of a guardian, for example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from psycopg2 import sql

from o7_warehouse.contract import KEY
from o7_warehouse.pseudonyms import REGISTERS

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.contract import Contract, Entity

Kind = Literal["student", "staff"]
KINDS: Final[tuple[Kind, ...]] = ("student", "staff")
# Whom an erasure is about, and the rows that are theirs by now; the caller fills the first.
TABLES: Final = """
    create temporary table erased_person (kind text not null, identity text not null, primary key (kind, identity))
    on commit drop;
    create temporary table erased_id (entity text not null, source_id text not null) on commit drop
"""
_DIRECT: Final = "{column} in (select identity from pg_temp.erased_person where kind = {kind})"
_NAMES_NOBODY: Final = "coalesce({column}, '') = ''"
_THROUGH: Final = "{column} in (select source_id from pg_temp.erased_id where entity = {parent})"
_NOTE: Final = """
    insert into pg_temp.erased_id (entity, source_id)
    select distinct {name}, source_id from {table} as row where ({condition}) and source_id is not null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """How rows of an entity belong to persons of a kind.

    ``persons``: columns that name one. ``through``: columns that point to a row of one, with its entity.
    """

    entity: str
    kind: Kind
    persons: tuple[str, ...]
    through: tuple[tuple[str, str], ...]

    @property
    def condition(self) -> sql.Composed:
        """Whether a row, called ``row``, belongs to one of the persons."""
        direct = sql.SQL(" or ").join(
            sql.SQL(_DIRECT).format(column=sql.Identifier("row", name), kind=sql.Literal(self.kind))
            for name in self.persons
        )
        if not self.through:
            return sql.Composed([direct])
        nobody = sql.SQL(" and ").join(
            sql.SQL(_NAMES_NOBODY).format(column=sql.Identifier("row", name)) for name in self.persons
        )
        through = sql.SQL(" or ").join(
            sql.SQL(_THROUGH).format(column=sql.Identifier("row", name), parent=sql.Literal(parent))
            for name, parent in self.through
        )
        return sql.SQL("{} or ({}) and ({})").format(direct, nobody, through)


def belongings(contract: Contract) -> list[Belonging]:
    """Every entity that holds rows of persons, parents before the rows that point to them."""
    found = [
        one for kind in KINDS for entity in contract.entities for one in _belongings(contract, entity, kind)
    ]
    return sorted(found, key=lambda one: bool(one.through))


def _belongings(contract: Contract, entity: Entity, kind: Kind) -> list[Belonging]:
    persons = _naming(entity, kind)
    if not persons:
        return []
    through = tuple(
        (column, parent)
        for column, parent in entity.parents.items()
        if column not in persons and _naming(contract.entity(parent), kind)
    )
    return [Belonging(entity=entity.name, kind=kind, persons=persons, through=through)]


def _naming(entity: Entity, kind: Kind) -> tuple[str, ...]:
    """The columns of an entity that name a person of the kind."""
    [registers] = [one.entities for one in REGISTERS if one.kind == kind]
    own = (KEY,) if entity.name in registers else ()
    return own + tuple(
        column for column, parent in entity.parents.items() if parent in registers and column not in own
    )


def note_rows(cursor: Cursor, one: Belonging, schema: str) -> None:
    """Note the identities of the persons' rows of an entity, for the rows that point to them."""
    cursor.execute(
        sql.SQL(_NOTE).format(
            name=sql.Literal(one.entity), table=sql.Identifier(schema, one.entity), condition=one.condition
        )
    )
