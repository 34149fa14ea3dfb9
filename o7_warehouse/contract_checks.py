"""The small checks that reading the contract is made of; each names the place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def contradiction(where: str, what: str) -> CatalogueError:
    """The error that says where the contract contradicts itself, and how."""
    return CatalogueError(f"{FILE}: {where} {what}. A contract in doubt loads nothing. Mend the file.")
