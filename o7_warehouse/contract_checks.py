"""The small checks that reading the contract is made of; each names the place in the file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from o7_warehouse.contract import Entity

FILE = "contracts/o7.yml"


def flag(content: Mapping[str, Any], key: str, where: str) -> bool:
    """The boolean under ``key``, false when it is not there. Raises CatalogueError for anything else."""
    value = content.get(key, False)
    if not isinstance(value, bool):
        raise contradiction(where, f"has {key}: {value!r}; it must be true or false")
    return value


def twice(names: Iterable[str]) -> str | None:
    """The first name that comes a second time, None when each is alone."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def mapping(value: object, where: str) -> dict[str, Any]:
    """The value as a mapping with text keys. Raises CatalogueError when it is none."""
    if not isinstance(value, dict):
        raise contradiction(where, f"is {type(value).__name__}, not a mapping")
    return {str(key): content for key, content in value.items()}


def demand(content: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    """Raise CatalogueError unless every one of ``keys`` is there."""
    if missing := sorted(set(keys) - set(content)):
        raise contradiction(where, f"lacks {', '.join(missing)}")


def refuse_unknown(content: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    """Raise CatalogueError for a key that is not known: a misspelt one would have no effect."""
    if unknown := sorted(set(content) - known):
        raise contradiction(where, f"has the unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")


def quoted_version(value: object) -> str:
    """The version as text. Raises CatalogueError for a number: YAML would make "1.10" and "1.1" one."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]+\.[0-9]+", value):
        raise contradiction("version", f'is {value!r}; it must be quoted and look like "1.0"')
    return value


def contradiction(where: str, what: str) -> CatalogueError:
    """The error that says where the contract contradicts itself, and how."""
    return CatalogueError(f"{FILE}: {where} {what}. A contract in doubt loads nothing. Mend the file.")


def titled(entities: Sequence[Entity], titles: Mapping[str, Any]) -> Iterator[Entity]:
    """The entities with the Russian titles of their columns.

    Raises CatalogueError for a title of no column and for two columns of an entity that share one.
    """
    if strangers := set(titles) - {name for entity in entities for name in entity.column_names}:
        raise contradiction("titles", f"names {min(strangers)!r}, which is a column of no entity")
    for entity in entities:
        columns = tuple(replace(one, title=str(titles.get(one.name, ""))) for one in entity.columns)
        if title_twice := twice(column.title.casefold() for column in columns if column.title):
            raise contradiction(f"entity {entity.name!r}", f"has two columns with the title {title_twice!r}")
        yield replace(entity, columns=columns)


def check_links(entities: Sequence[Entity], *, key: str) -> None:
    """Raise CatalogueError for an entity without its key, and for a link that leads to no entity."""
    names = {entity.name for entity in entities}
    for entity in entities:
        if not any(column.name == key and column.is_key for column in entity.columns):
            raise contradiction(f"entity {entity.name!r}", f"has no key {key!r}")
        for column, parent in entity.parents.items():
            if parent not in names:
                where = f"entity {entity.name!r}, column {column!r}"
                raise contradiction(where, f"has the parent {parent!r}, which is no entity")
