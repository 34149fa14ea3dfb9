"""A month of the synthetic О7: its nights as drop folders, the script of what comes when, and the truth of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o7_warehouse import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings

PROFILE = "eventful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the month is, and the seed it is drawn from."""

    pupils: int
    nights: int
    seed: int

    def options(self, nights: int) -> list[str]:
        """What the simulator is told for the first so many nights."""
        return [
            "--pupils", str(self.pupils), "--seed", str(self.seed), "--nights", str(nights), "--profile", PROFILE,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver a night, and how it must end; :mod:`o7_simulator.month` says what the words mean."""

    night: str
    transport: str
    folder: str | None
    ends: str
    says: str


@dataclass(frozen=True, slots=True)
class Month:
    """Every delivery in its order, the truth by night, and where the folders lie."""

    folder: Path
    size: Size
    deliveries: tuple[Delivery, ...]
    truth: dict[str, dict[str, list[dict[str, Any]]]]

    @property
    def nights(self) -> list[str]:
        """Every night of the calendar, also one that never came."""
        return sorted(self.truth)


def write_month(settings: Settings, size: Size, folder: Path) -> Month:
    """Let the simulator write a month. Raises SourceUnavailableError, CommandError for a month that is too short."""
    synthetic.simulate(settings, *size.options(size.nights), "--month", "--to", str(folder))
    script = json.loads((folder / "deliveries.json").read_text(encoding="utf-8"))
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return Month(folder, size, tuple(Delivery(**one) for one in script), truth)


def show_night(settings: Settings, server: Server, month: Month, night: str) -> str:
    """Let the synthetic replica show a night of the month; returns its address. Raises SourceUnavailableError."""
    count = month.nights.index(night) + 1
    return synthetic.fill(settings, server, *month.size.options(count))
