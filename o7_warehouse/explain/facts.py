"""What an explanation consists of, as frozen values; their names and order are the JSON of ``./o7 explain``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

OFFICIAL_PROFILE = "4.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Whose figure it is."""

    level: str
    org_unit_code: str
    org_unit_name: str
    parent_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A paragraph of the order, verbatim."""

    wording: str
    legal_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """The value is 100 × numerator / denominator; these say who is counted, and by which official reading.

    ``requirements`` are what the official profile rule asks; only 4.1 has any.
    """

    numerator_label: str
    denominator_label: str
    reading: str
    reading_label: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Counts of persons and their quotient, percent; None without the source, or without anybody."""

    numerator: int | None
    denominator: int
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Persons the numerator leaves out for one reason and no other; ``remaining`` are left after it."""

    reason: str
    label: str
    remedy: str | None
    persons: int
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Win:
    """A requirement of the profile: who lacks nothing else, and who lacks it at all; percentage points."""

    place: int
    requirement: str
    label: str
    fill: str | None
    completes: int
    lacks: int
    value_after: Decimal | None
    rise: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Another reading of the indicator, worked out beside the official one."""

    reading: str
    label: str
    answers: str
    numerator: int | None
    denominator: int
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where the value would lie if everybody whose row could not be placed counted against it, or for it."""

    unplaced: int
    lowest: Decimal | None
    highest: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """How an ambiguity of the order is read."""

    code: str
    question: str
    reading: str
    legal_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A dated row of a catalogue that was in force."""

    catalogue: str
    key: str
    version: str | None
    valid_from: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The build that is published for the night, and the delivery it was made of."""

    build_id: str
    code_revision: str
    published_at: dt.datetime
    snapshot_at: dt.datetime
    transport: str
    contract_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one entity of the delivery: counted at the source = admitted + set aside."""

    entity: str
    rows_in: int
    rows_admitted: int
    rows_quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """A pupil the numerator of 4.1 leaves out, by his pseudonym: requirement -> the status it has instead."""

    student_key: str
    class_id: str
    missing: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryRow:
    """A pupil the numerator of 4.2 leaves out: the first test he fails, and what he has of the things it asks for."""

    student_key: str
    class_id: str
    reason: str
    label: str
    has_recommendation: bool
    has_plan: bool
    has_portfolio: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """A pupil the numerator of 4.4 leaves out: what the account nearest to access lacks."""

    student_key: str
    class_id: str
    reason: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow:
    """A teacher the numerator of 4.3 leaves out: what the account nearest to access lacks. Staff have no class."""

    staff_key: str
    position_code: str | None
    position_name: str | None
    reason: str
    label: str


Row = ProfileRow | TrajectoryRow | AccessRow | StaffRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything behind one figure."""

    indicator: str
    night: dt.date
    unit: Unit
    name: str
    legal_place: str
    wordings: tuple[Wording, ...]
    formula: Formula
    figure: Figure
    losses: tuple[Loss, ...]
    nearest_wins: tuple[Win, ...]
    controls: tuple[Control, ...]
    interval: Interval | None
    interpretations: tuple[Interpretation, ...]
    definitions: tuple[Definition, ...]
    build: Build
    batches: tuple[Batch, ...]
    rows: tuple[Row, ...] | None
