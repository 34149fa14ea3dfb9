"""Closed periods on record: a delivery that never changes, and the figures that were worked out from it.

    .venv/bin/python -m tests.closed_periods.record [NIGHT ...]

works the figures out by the code as it is and writes them down, once a line of CHANGELOG.md says why they move.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from o7_warehouse import server
from o7_warehouse.readings import reading_rows
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parent
NIGHTS = sorted(path.name for path in FOLDER.glob("????-??-??"))
COLUMNS = ("indicator", "level", "org_unit_code", "numerator", "denominator")
DIGITS = 12


def worked_out(night: str) -> list[dict[str, Any]]:
    """Every reading of every indicator at every level, from the delivery on record, by the code as it is."""
    with open_folder() as folder:
        with zipfile.ZipFile(FOLDER / night / "delivery.zip") as packed:
            packed.extractall(folder / "drop")
        state = State(folder / "state")
        walked = state.walk("--until", "publish", O7_DROP=str(folder / "drop"))
        if walked.code:
            raise SystemExit(f"The night {night} on record cannot be built any more: {walked.words}")
        settings = state.settings()
        with server.running(settings):
            rows = reading_rows(settings)
    return [row | {"indicator": f"{row['indicator']} {row['reading']}"} for row in rows]


def on_record(night: str) -> list[dict[str, Any]]:
    """The figures that were written down."""
    with (FOLDER / night / "figures.csv").open(encoding="utf-8", newline="") as text:
        return [_typed(night, row) for row in csv.DictReader(text)]


def _typed(night: str, row: dict[str, str]) -> dict[str, Any]:
    counts = {name: int(row[name]) if row[name] else None for name in ("numerator", "denominator")}
    numerator, denominator = counts.values()
    value = None if numerator is None or not denominator else 100 * numerator / denominator
    return row | counts | {"night": night, "value": value}


def as_text(rows: Iterable[dict[str, Any]]) -> str:
    """Figures as they are written down."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def digest_of(text: str) -> str:
    """What a line of the changelog names the figures by."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def changelog_lines(night: str, digest: str) -> list[str]:
    """The lines of the changelog that name this night together with these figures."""
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if night in line and digest in line]


if __name__ == "__main__":
    for chosen in sys.argv[1:] or NIGHTS:
        written = as_text(worked_out(chosen))
        (FOLDER / chosen / "figures.csv").write_text(written, encoding="utf-8")
        sys.stdout.write(f"- Closed period {chosen}, figures {digest_of(written)}: \n")
