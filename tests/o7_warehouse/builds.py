"""Hand-made builds: what dbt would have left in marts and indicators for a few pupils, worked out in Python.

No mock: the catalogues are the seeds, and ``built_warehouse`` writes these rows to real tables.
"""

from __future__ import annotations

import csv
import uuid
from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence


ROOT = Path(__file__).resolve().parents[2]
REGION, UNIT, OTHER_UNIT = "83000000", "83701000", "83703000"
SCHOOLS = {"school-1": UNIT, "school-2": OTHER_UNIT}
FULL = "f" * 51
LETTERS = {
    "filled": "f", "declared_none": "n", "invalid": "i", "placeholder": "p", "empty": "e",
    "not_applicable": "x",
    "not_due": "d", "source_absent": "s",
}  # fmt: skip


@dataclass(frozen=True)
class Pupil:
    """One row of the facts of pupils; complete in every sense of the profile unless told otherwise."""

    number: int
    school: str = "school-1"
    class_id: str = "class-1"
    stage: str = "ooo"
    statuses: str = FULL
    is_complete: bool | None = True
    trajectory_loss: str | None = "no_plan"
    access_loss: str | None = "no_grant"

    @property
    def unit(self) -> str:
        """Municipality of the school."""
        return SCHOOLS[self.school]

    @property
    def key(self) -> str:
        """The pseudonym."""
        return str(uuid.UUID(int=self.number))


@dataclass(frozen=True)
class Build:
    """A coherent build of one night: nobody has plan or access; of ten teachers five have access."""

    night: dt.date
    pupils: Sequence[Pupil]
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def counted(self) -> dict[tuple[str, str, str], list[Pupil]]:
        """(level, unit, stage) -> the pupils counted there."""
        counted: dict[tuple[str, str, str], list[Pupil]] = {}
        for level, code, _ in self.units():
            if level != "class":
                for stage in ("all", "ooo"):
                    counted[level, code, stage] = []
        for pupil in self.pupils:
            for level, code in self._places(pupil):
                for stage in ("all", pupil.stage):
                    counted.setdefault((level, code, stage), []).append(pupil)
        return counted

    def _places(self, pupil: Pupil) -> Iterator[tuple[str, str]]:
        yield "region", REGION
        yield "municipality", pupil.unit
        yield "school", pupil.school
        yield "class", pupil.class_id

    def units(self) -> list[tuple[str, str, str | None]]:
        """(level, code, parent) of every unit."""
        municipalities = [row["oktmo"] for row in seed("municipalities")]
        codes = [*municipalities, *([] if "STATE" in municipalities else ["STATE"])]
        classes = {pupil.class_id: pupil.school for pupil in self.pupils}
        return [
            ("region", REGION, None),
            *(("municipality", code, REGION) for code in codes),
            *(("school", code, unit) for code, unit in SCHOOLS.items()),
            *(("class", code, school) for code, school in classes.items()),
        ]

    def figures(self) -> Iterator[tuple[Any, ...]]:
        """Rows of indicator_values after (night, build_id)."""
        for (level, code, stage), pupils in self.counted().items():
            complete = [pupil.is_complete for pupil in pupils]
            numerator = None if None in complete else sum(map(bool, complete))
            yield ("4.1", level, code, stage, numerator, len(pupils), percent(numerator, len(pupils)), "1.0")
            for indicator in ("4.2", "4.4"):
                yield (indicator, level, code, stage, 0, len(pupils), percent(0, len(pupils)), "1.0")
            if stage == "all" and level != "class":
                has_staff = code in (REGION, UNIT, "school-1")
                staff = (5, 10) if has_staff else (0, 0)
                yield ("4.3", level, code, "all", *staff, percent(*staff), "1.0")

    def controls(self) -> Iterator[tuple[Any, ...]]:
        """Rows of control_values after (night, build_id): every reading as large as the official one."""
        for indicator, level, code, stage, numerator, denominator, value, _ in self.figures():
            if stage == "all":
                for reading, _ in control_readings(indicator):
                    yield (indicator, reading, level, code, numerator, denominator, value)

    def leaves(self) -> Iterator[tuple[Any, ...]]:
        """Rows of leaf_counts after (night, build_id)."""
        for (level, code, stage), pupils in self.counted().items():
            # As the model: where nobody is left there is nothing to count.
            if stage == "all" and level != "class" and pupils:
                for place in range(51):
                    letters = Counter(pupil.statuses[place] for pupil in pupils)
                    yield (level, code, f"P{place + 1:02}", *(letters[letter] for letter in LETTERS.values()))


def percent(numerator: int | None, denominator: int) -> Decimal | None:
    """100 · numerator / denominator with six decimals, half up."""
    if numerator is None or denominator == 0:
        return None
    return (Decimal(100 * numerator) / denominator).quantize(Decimal("1e-6"), ROUND_HALF_UP)


def control_readings(indicator: str) -> list[tuple[str, int]]:
    """The readings of an indicator that are not official, with their ordinals; of 4.1 these are profile rules."""
    rules = [{"indicator": "4.1", "reading": row["rule_code"], **row} for row in seed("profile_rules")]
    return [
        (row["reading"], int(row["ordinal"]))
        for row in [*rules, *seed("indicator_readings")]
        if row["indicator"] == indicator and row["is_official"] == "false"
    ]


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a catalogue."""
    with (ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
