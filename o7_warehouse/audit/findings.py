"""What a check of the audit can find, and where; never what a row says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - a field's type
from enum import StrEnum


class Kind(StrEnum):
    """What was found; the value is the word of JSON."""

    changed = "row_changed"
    removed = "row_removed"
    inserted = "row_inserted"
    column_removed = "column_removed"
    keys = "keys_differ"
    seal_changed = "seal_changed"
    seal_removed = "seal_removed"
    seal_misplaced = "seal_misplaced"
    run_removed = "published_run_removed"
    head_unknown = "head_unknown"
    # No damage: an erasure took keys away and wrote down which digest it found and left; what the next seal takes in.
    erased = "keys_erased"
    addition = "not_sealed_yet"
    at_work = "run_not_ended"


HARMLESS = frozenset({Kind.addition, Kind.at_work, Kind.erased})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found: the table, the run and its night, the key or the instant of the row, and what may be told."""

    kind: Kind
    table: str
    run_id: str = ""
    night: date | None = None
    place: str = ""
    detail: str = ""

    @property
    def is_damage(self) -> bool:
        """Whether the audit is no longer what it was."""
        return self.kind not in HARMLESS


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal; who keeps its chain outside can prove later that nothing before it was changed."""

    run_no: int
    run_id: str
    night: date
    chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of a check."""

    head: Head | None
    seals: int
    findings: list[Finding]

    @property
    def damages(self) -> list[Finding]:
        """What may not be."""
        return [one for one in self.findings if one.is_damage]

    @property
    def is_sound(self) -> bool:
        """Whether every sealed row and every seal is as it was written."""
        return not self.damages
