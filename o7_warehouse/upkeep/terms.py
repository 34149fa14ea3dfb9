"""How long anything is kept: the only reader of dbt_project/seeds/retention.csv."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import CatalogueError
from o7_warehouse.parameters import rows_in_force

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

FILE: Final = "dbt_project/seeds/retention.csv"
FILES: Final = "files/"
EVERY: Final = "*"
ACTIONS: Final = frozenset(
    {
        "empty",
        "remake",
        "expire_nights",
        "expire_persons",
        "expire_rows",
        "expire_keys",
        "remove_files",
        "clean_runs",
        "keep",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What is kept how long: a schema, a table of one, or a folder of the state directory. No days: without end."""

    place: str
    part: str
    days: int | None
    action: str

    @property
    def name(self) -> str:
        """As a statement or a path names it."""
        return self.place.removeprefix(FILES) if self.part == EVERY else f"{self.place}.{self.part}"


def terms(root: Path, *, on: date) -> list[Term]:
    """The terms in force on a day. Raises CatalogueError for an action nobody knows, or one without its days."""
    found = []
    for row in rows_in_force(root, "retention", on=on):
        days = int(row["days"]) if row["days"] else None
        if row["action"] not in ACTIONS or (days is None) != (row["action"] == "keep"):
            raise CatalogueError(
                f"{FILE}: {row['place']}, {row['part']} has the action {row['action']!r} and the days {row['days']!r}, "
                f"so nobody knows what happens when. Only what is kept has no days. "
                f"Actions: {', '.join(sorted(ACTIONS))}."
            )
        found.append(Term(place=row["place"], part=row["part"], days=days, action=row["action"]))
    return found


def term_of(root: Path, place: str, part: str = EVERY, *, on: date) -> Term:
    """The term of one thing. Raises CatalogueError where it has none or two."""
    found = [one for one in terms(root, on=on) if (one.place, one.part) == (place, part)]
    if len(found) != 1:
        raise CatalogueError(
            f"{FILE}: {place}, {part} has {len(found)} terms on {on}; there must be one. Add the row, or end the older."
        )
    return found[0]
