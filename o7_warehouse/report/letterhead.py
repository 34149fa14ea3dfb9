"""The only reader of `reports/letterhead.yml`: the ministry's names and who signs, as they held on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from o7_warehouse.errors import ReportError
from o7_warehouse.report.registry import REPORTS

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs: position and initials with surname, as the order writes them."""

    position: str
    name: str


@dataclass(frozen=True, slots=True)
class LetterheadName:
    """The ministry's name in one language."""

    language: str
    lines: tuple[str, ...]
    needs_native_approval: bool


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The letterhead that holds on a day."""

    names: tuple[LetterheadName, ...]
    place: str
    signatory: Signatory
    source: str

    @property
    def awaits_approval(self) -> bool:
        """Whether a text still needs a native speaker's word."""
        return any(name.needs_native_approval for name in self.names)


def load_letterhead(day: dt.date) -> Letterhead:
    """The letterhead in force on a day; ReportError before the first one."""
    entries = yaml.safe_load((REPORTS / "letterhead.yml").read_text(encoding="utf-8"))
    in_force = [entry for entry in entries if entry["valid_from"] <= day]
    if not in_force:
        raise ReportError(
            f"reports/letterhead.yml: none is in force on {day}. Add an entry that begins earlier."
        )
    entry = max(in_force, key=lambda candidate: candidate["valid_from"])
    return Letterhead(
        names=tuple(
            LetterheadName(
                language=language,
                lines=tuple(entry["names"][language]["lines"]),
                needs_native_approval=entry["names"][language]["needs_native_approval"],
            )
            for language in entry["languages"]
        ),
        place=entry["place"],
        signatory=Signatory(**entry["signatory"]),
        source=entry["source"],
    )
