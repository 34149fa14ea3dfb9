"""Small worlds for the tests of the simulator, and plain reading of what they delivered."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from o7_simulator import cli
from o7_simulator.clock import Clock
from o7_simulator.plan import Request
from o7_simulator.rates import profile

if TYPE_CHECKING:
    from pathlib import Path

FIRST = dt.date(2025, 12, 15)
Row = dict[str, str]


@dataclass(frozen=True)
class World:
    """A drop folder with its truth."""

    folder: Path

    def night(self, k: int) -> str:
        """ISO date of night k."""
        return (FIRST + dt.timedelta(days=k)).isoformat()

    def rows(self, k: int, entity: str) -> list[Row]:
        """Rows of an entity as the CSV module reads them; every line has all fields."""
        return _rows(self.folder / self.night(k) / f"{entity}.csv")

    def manifest(self, k: int) -> dict[str, Any]:
        """The manifest of night k."""
        text = (self.folder / self.night(k) / "manifest.json").read_text("utf-8")
        return dict(json.loads(text))

    def truth(self, k: int) -> dict[str, list[dict[str, Any]]]:
        """The truth of night k."""
        path = self.folder / "truth.json"
        return dict(_truth(path, path.stat().st_mtime)[self.night(k)])

    def indicator(self, k: int, code: str) -> tuple[int, int]:
        """Numerator and denominator of an indicator for the region."""
        found = [i for i in self.truth(k)["indicators"] if (i["indicator"], i["level"]) == (code, "region")]
        assert len(found) == 1
        return found[0]["numerator"], found[0]["denominator"]

    def leaf(self, k: int, code: str) -> Counter[str]:
        """Pupils of the region by status of a leaf."""
        return Counter(
            {
                leaf["status"]: leaf["pupils"]
                for leaf in self.truth(k)["leaves"]
                if (leaf["leaf"], leaf["level"]) == (code, "region")
            }
        )


@cache
def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        header, *body = csv.reader(lines, delimiter=";")
    return [dict(zip(header, fields, strict=True)) for fields in body]


@cache
def _truth(path: Path, _changed: float) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def make(folder: Path, *, pupils: int, nights: int = 1, kind: str = "realistic", processes: int = 1) -> World:
    """A world of the seed 7 in the folder."""
    request = Request(pupils, 7, Clock(FIRST, nights), profile(kind))
    cli.run(request, str(folder), truth_file=None, processes=processes)
    return World(folder)
