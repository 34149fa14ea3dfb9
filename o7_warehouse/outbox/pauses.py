"""How long a message waits after an attempt in vain, and after how many it is given up: dated parameters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_warehouse.parameters import parameter

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pauses:
    """The first pause, the longest, and how many attempts a message has; each pause is twice the one before."""

    first: dt.timedelta
    longest: dt.timedelta
    attempts: int

    def after(self, failures: int) -> dt.timedelta | None:
        """The pause after so many attempts in vain; None: there is no further one."""
        if failures >= self.attempts:
            return None
        pause: dt.timedelta = min(self.first * 2 ** (failures - 1), self.longest)
        return pause


def pauses_on(root: Path, day: dt.date) -> Pauses:
    """The pauses in force on a day. Raises CatalogueError."""
    return Pauses(
        dt.timedelta(minutes=int(parameter(root, "outbox_first_pause", on=day))),
        dt.timedelta(minutes=int(parameter(root, "outbox_longest_pause", on=day))),
        int(parameter(root, "outbox_attempts", on=day)),
    )
