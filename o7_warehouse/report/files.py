"""What the name of a file tells whoever sends it on: of which report it is, for whose eyes, of which unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from o7_warehouse.report.registry import load_report, report_ids
from o7_warehouse.report.units import code_of

if TYPE_CHECKING:
    from o7_warehouse.report.registry import Report

# Codes of units hold no underscore in a name (units.name_of); nights and periods begin with their year, or are one.
_UNIT: Final = r"(?P<unit>[^_/]+)"
_MARK: Final = r"(?P<mark>20\d\d[-_]\w[\w-]*)"


@dataclass(frozen=True, slots=True)
class SetFile:
    """A document of a report; `unit` is the code of a municipality or school, None for the republic.

    `mark` is what its name says of the time: a night, or an edition as `2025-Q4_рев01`.
    """

    report_id: str
    audience: str
    unit: str | None
    mark: str
    format: str
    holds_persons: bool


def described(path: str) -> SetFile | None:
    """What a file of a night or of an edition is, by its path or name; None where it is no document of a report."""
    name = path.rpartition("/")[2]
    for report in _reports():
        if found := _pattern(report).fullmatch(name):
            parts = found.groupdict()
            return SetFile(
                report_id=report.id,
                audience=report.audience,
                unit=code_of(parts["unit"]) if "unit" in parts else None,
                mark=parts["mark"],
                format=parts["format"],
                holds_persons=report.holds_persons,
            )
    return None


@lru_cache(maxsize=1)
def _reports() -> tuple[Report, ...]:
    return tuple(map(load_report, report_ids()))


def _pattern(report: Report) -> re.Pattern[str]:
    stem = re.escape(report.file_stem).replace(r"\{unit\}", _UNIT).replace(r"\{night\}", _MARK)
    return re.compile(rf"{stem}\.(?P<format>{'|'.join(report.formats)})")
