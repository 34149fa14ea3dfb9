"""What a report may say about one night, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.errors import ReportError
from o7_warehouse.report.formats import Absent, oktmo_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from typing import Any

    from o7_warehouse.report.definitions import Listing
    from o7_warehouse.report.formats import Count, Share

REGION = "83000000"
ALL_STAGES = "all"


def previous_quarter_end(night: dt.date) -> dt.date:
    """The last day of the quarter before the one that holds the night (reporting calendar, domain §2)."""
    return Period.of(night, Kind.quarter).previous.last_day


@dataclass(frozen=True, slots=True)
class Night:
    """The published night and the delivery behind it; `run_id` serves the audit and is never printed."""

    night: dt.date
    run_id: str
    snapshot_at: dt.datetime
    transport: str
    contract_version: str
    code_revision: str


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator is to reach in a year, percent, and who says so."""

    year: int
    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class OneReading:
    """One way to read an indicator: its code in the catalogue, and the words for it."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the catalogue in force that night, with its figure of the previous quarter's end."""

    code: str
    name: str
    unit: str
    numerator_label: str
    denominator_label: str
    definition_version: str
    readings: tuple[str, ...]
    official_reading: OneReading
    previous: Share | Absent
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """The region, a municipality or the state organisations, in the order of printing."""

    level: str
    code: str
    name: str
    oktmo: str | Absent
    school_count: int
    student_count: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """Counts of one leaf of the profile over the region's contingent (domain §1.2).

    `due` are `filled` (a declared absence among them), `not_filled` (placeholders among them) and `invalid`.
    """

    code: str
    label: str
    block: str
    req_class: str
    due: Count
    filled: Count
    not_filled: Count
    invalid: Count

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Leaf:
        """A leaf as it was published; one whose source was not delivered has no counts."""
        told = row["code"], row["label"], row["block"], row["req_class"]
        if row["source_absent"]:
            return cls(*told, *[Absent.NO_DATA] * 4)
        filled, not_filled, invalid = (int(row[part]) for part in ("filled", "not_filled", "invalid"))
        return cls(*told, filled + not_filled + invalid, filled, not_filled, invalid)


@dataclass(frozen=True, slots=True)
class Control:
    """A reading of an indicator that is computed beside the official one (domain §1.4, «Also store»)."""

    indicator: str
    reading: OneReading
    share: Share


@dataclass(frozen=True, slots=True)
class Supply:
    """How complete the delivery was, in schools and rows."""

    schools_expected: int
    schools_delivered: int
    rows_in: int
    rows_quarantined: int


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """Field rules of one severity: how many there are, how many found something, in how many rows."""

    severity: str
    rules: int
    rules_failed: int
    rows_failed: int


@dataclass(frozen=True, slots=True)
class Published:
    """All figures that a report may tell of one night."""

    night: Night
    previous_night: dt.date
    indicators: tuple[Indicator, ...]
    units: tuple[Unit, ...]
    shares: Mapping[tuple[str, str, str], Share]
    leaves: tuple[Leaf, ...]
    controls: tuple[Control, ...]
    supply: Supply
    rules: tuple[RuleSummary, ...]
    # Code of a reading of the order -> how it is read, in the order of the catalogue.
    interpretations: Mapping[str, str]

    def share(self, indicator: str, unit: str = REGION, stage: str = ALL_STAGES) -> Share:
        """One cell; ReportError names it when nobody published it."""
        try:
            return self.shares[indicator, unit, stage]
        except KeyError:
            raise ReportError(
                f"Night {self.night.night}: indicator {indicator!r} has no row for org unit {unit!r}, stage "
                f"{stage!r}. An official report must not have a hole. Rebuild the night, or mend its model."
            ) from None


@dataclass(frozen=True, slots=True)
class Material:
    """What was read for one document: the night, its figures if the report tells any, the views it lists, whose it is.

    `unit` is None for a document of the republic; `edition` is the one that is restated, where one is.
    """

    night: Night
    figures: Published | None
    listings: Mapping[Listing, Sequence[Mapping[str, Any]]]
    unit: Unit | None = None
    edition: str | None = None


def unit_of(row: Mapping[str, Any]) -> Unit:
    """A row of `published.org_units`."""
    return Unit(
        level=row["level"],
        code=row["org_unit_code"],
        name=row["org_unit_name"],
        # State organisations are no territory, so they have no ОКТМО.
        oktmo=oktmo_text(row["oktmo_with_check"]) if row["oktmo_with_check"] else Absent.NOT_APPLICABLE,
        school_count=row["school_count"],
        student_count=row["student_count"],
    )
