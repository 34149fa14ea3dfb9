"""The contract with О7 as frozen values: the only reader of ``contracts/o7.yml`` (domain §5.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from o7_warehouse.contract_checks import (
    FILE,
    check_links,
    contradiction,
    demand,
    flag,
    mapping,
    quoted_version,
    refuse_unknown,
    titled,
    twice,
)
from o7_warehouse.errors import CatalogueError
from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TYPES = frozenset({"text", "boolean", "integer", "decimal", "date", "instant"})
SENSITIVITIES = frozenset({"N", "G", "S", "R", "F"})
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
KEY = "source_id"
OWNER = "org_id"
SCHOOL_ENTITY = "organization"

TOP_KEYS = frozenset({"contract", "version", "time_zone", "views", "common", "entities"})
ENTITY_KEYS = frozenset({"says", "owner", "optional", "may_be_empty", "without_cursor", "parents", "columns"})
COLUMN_KEYS = frozenset({"type", "sensitivity", "says", "key", "cursor", "optional", "parent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column that О7 promises.

    ``parent`` names the entity whose ``source_id`` the value is; ``sensitivity`` is N, G, S, R or F (o7.yml);
    ``title`` is its Russian header in an export made by hand.
    """

    name: str
    type: str
    sensitivity: str
    title: str = ""
    says: str = ""
    is_key: bool = False
    is_cursor: bool = False
    is_optional: bool = False
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entity:
    """One kind of thing that О7 delivers; ``columns`` stand as in the contract, the common ones first.

    ``owner`` is the column that names the school which keeps the row, None when no school does.
    """

    name: str
    says: str
    owner: str | None
    is_optional: bool
    may_be_empty: bool
    columns: tuple[Column, ...]

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    @property
    def parents(self) -> dict[str, str]:
        """Column -> entity, for every column that must point to a delivered row of another entity."""
        return {column.name: column.parent for column in self.columns if column.parent}

    @property
    def cursor(self) -> str | None:
        """The column that О7 promises to move forward with every change of a row; None: it promises nothing."""
        return next((column.name for column in self.columns if column.is_cursor), None)

    def column(self, name: str) -> Column:
        """The column of this name.

        Raises CatalogueError when the contract has none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise CatalogueError(
            f"{FILE}: entity {self.name!r} has no column {name!r}, so nothing can be said about it. "
            f"Columns: {', '.join(self.column_names)}."
        )


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What О7 delivers every night, in all three transports (domain §5.4)."""

    name: str
    version: str
    time_zone: str
    view_schema: str
    view_prefix: str
    delivery_view: str
    entities: tuple[Entity, ...]

    @property
    def major(self) -> str:
        """The part of the version that must be equal for a delivery to be understood."""
        return self.version.split(".")[0]

    @cached_property
    def entity_names(self) -> tuple[str, ...]:
        """Names of the entities, in the order of the contract."""
        return tuple(entity.name for entity in self.entities)

    def entity(self, name: str) -> Entity:
        """The entity of this name.

        Raises CatalogueError when the contract has none.
        """
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise CatalogueError(
            f"{FILE}: there is no entity {name!r}, so nothing can be said about it. "
            f"Entities: {', '.join(self.entity_names)}."
        )


@lru_cache(maxsize=4)
def read_contract(root: Path = ROOT) -> Contract:
    """Read and check ``<root>/contracts/o7.yml``.

    Raises CatalogueError naming the entity and the column where the file contradicts itself.
    """
    path = root / FILE
    try:
        return parse_contract(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(
            f"{path} cannot be read: {type(error).__name__}. Without it nothing can be loaded. Restore it."
        ) from error


def parse_contract(text: str) -> Contract:
    """The contract written in YAML in ``text``.

    Raises CatalogueError naming the entity and the column that cannot be understood.
    """
    try:
        top = mapping(yaml.safe_load(text), "the file")
    except yaml.YAMLError as error:
        raise CatalogueError(
            f"{FILE} is not YAML: {error}. Nothing can be loaded by it. Mend the line."
        ) from error
    refuse_unknown(top, TOP_KEYS | {"titles"}, "the file")
    demand(top, TOP_KEYS, "the file")
    views = mapping(top["views"], "views")
    demand(views, {"schema", "prefix", "delivery"}, "views")
    common = _columns(top["common"], where="common", parents={})
    bodies = mapping(top["entities"], "entities")
    untitled = [_entity(name, body, common) for name, body in bodies.items()]
    entities = tuple(titled(untitled, mapping(top.get("titles", {}), "titles")))
    check_links(entities, key=KEY)
    return Contract(
        name=str(top["contract"]),
        version=quoted_version(top["version"]),
        time_zone=str(top["time_zone"]),
        view_schema=str(views["schema"]),
        view_prefix=str(views["prefix"]),
        delivery_view=str(views["delivery"]),
        entities=entities,
    )


def _entity(name: str, body: object, common: tuple[Column, ...]) -> Entity:
    where = f"entity {name!r}"
    if not NAME.fullmatch(name):
        raise contradiction(where, "is not a lower-case name of at most 63 letters, digits and underscores")
    content = mapping(body, where)
    refuse_unknown(content, ENTITY_KEYS, where)
    demand(content, {"says", "columns"}, where)
    owner = content.get("owner")
    if owner not in {None, OWNER, KEY}:
        raise contradiction(where, f"has the owner {owner!r}; known are {OWNER!r} and {KEY!r}")
    parents = mapping(content.get("parents", {}), where)
    base = [_with_parent(column, parents) for column in common]
    if owner == OWNER:
        says = "school that keeps the row"
        base.append(Column(name=OWNER, type="text", sensitivity="N", says=says, parent=SCHOOL_ENTITY))
    columns = (*base, *_columns(content["columns"], where=where, parents=parents))
    if flag(content, "without_cursor", where):
        columns = tuple(replace(column, is_cursor=False) for column in columns)
    if name_twice := twice(column.name for column in columns):
        raise contradiction(where, f"has two columns {name_twice!r}")
    if strangers := set(parents) - {column.name for column in columns}:
        raise contradiction(where, f"gives a parent to {min(strangers)!r}, which is not one of its columns")
    return Entity(
        name=name,
        says=str(content["says"]),
        owner=owner,
        is_optional=flag(content, "optional", where),
        may_be_empty=flag(content, "may_be_empty", where),
        columns=columns,
    )


def _columns(body: object, *, where: str, parents: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(
        _with_parent(_column(name, content, f"{where}, column {name!r}"), parents)
        for name, content in mapping(body, where).items()
    )


def _column(name: str, body: object, where: str) -> Column:
    if not NAME.fullmatch(name) or name.startswith("_"):
        raise contradiction(where, "is not a lower-case name of at most 63 letters, digits and underscores")
    content = mapping(body, where)
    refuse_unknown(content, COLUMN_KEYS, where)
    demand(content, {"type", "sensitivity"}, where)
    if content["type"] not in TYPES:
        raise contradiction(where, f"has the type {content['type']!r}; known: {', '.join(sorted(TYPES))}")
    if content["sensitivity"] not in SENSITIVITIES:
        raise contradiction(where, f"has the sensitivity {content['sensitivity']!r}; known: N, G, S, R, F")
    return Column(
        name=name,
        type=content["type"],
        sensitivity=content["sensitivity"],
        says=str(content.get("says", "")),
        is_key=flag(content, "key", where),
        is_cursor=flag(content, "cursor", where),
        is_optional=flag(content, "optional", where),
        parent=content.get("parent"),
    )


def _with_parent(column: Column, parents: Mapping[str, Any]) -> Column:
    return replace(column, parent=str(parents[column.name])) if column.name in parents else column
