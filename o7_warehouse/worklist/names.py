"""Russian names of entities and fields: the only reader of ``expectations/names.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import yaml

from o7_warehouse.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILE: Final = "expectations/names.yml"


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the entities of the contract, and the fields that are no leaf of the profile."""

    entities: Mapping[str, str]
    fields: Mapping[str, str]

    def section(self, entity: str) -> str:
        """The section of О7 in which rows of the entity are mended. Raises CatalogueError."""
        return _found(self.entities, entity)

    def field(self, entity: str, columns: Sequence[str]) -> str:
        """The fields of a section, separated by commas. Raises CatalogueError."""
        return ", ".join(_found(self.fields, f"{entity}.{column}") for column in columns)


@lru_cache(maxsize=4)
def read_names(root: Path) -> Names:
    """The names below the project's root. Raises CatalogueError."""
    try:
        content = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        return Names(entities=dict(content["entities"]), fields=dict(content["fields"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise CatalogueError(
            f"{FILE} cannot be read ({type(error).__name__}). A worklist would name fields that no school knows. "
            "Restore its two mappings, entities and fields."
        ) from error


def _found(names: Mapping[str, str], code: str) -> str:
    if code not in names:
        raise CatalogueError(
            f"{FILE} has no name for {code!r}. A school does not know the names of the contract. Add the line."
        )
    return names[code]
