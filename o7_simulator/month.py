"""A month as it really comes: what О7 delivers night by night, and what goes wrong on the way.

Beside the nights of a drop folder it leaves `deliveries.json`, every delivery in its order with how it must end, and a
folder for each one that is spoilt. The truth stays what it was: nothing here changes what is known of a pupil.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from o7_simulator import mishaps
from o7_simulator.clock import ZONE
from o7_simulator.errors import RequestError
from o7_simulator.randomness import Chance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_simulator.clock import Clock

DELIVERIES = "deliveries.json"
LEAST_NIGHTS = 20
FILES, REPLICA, SILENCE = "files", "replica", "silence"
PUBLISHED, REFUSED, UNAVAILABLE = "published", "refused", "unavailable"
REPLICA_NIGHTS = 3
# The first nights are quiet: a volume can be judged once there is one to compare it with.
QUIET_NIGHTS = 2


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver a night.

    transport: `files` (the folder, below the target), `replica` (which shows the night), or `silence` (nobody answers).
    ends: `published`, `refused` (a person must act) or `unavailable` (try again).
    says: what is special about it, in Russian; empty for an ordinary one.
    """

    night: str
    transport: str
    folder: str | None
    ends: str
    says: str


def write_month(target: Path, clock: Clock, seed: int) -> None:
    """Spoil the nights of a finished drop folder by a script drawn from the seed, and write the script down.

    Raises:
        RequestError: the month is too short for everything that can happen.
    """
    if clock.nights < LEAST_NIGHTS:
        raise RequestError(
            f"--nights is {clock.nights}; a month in which everything goes wrong needs "
            f"{LEAST_NIGHTS} nights at least. Give more, or leave out --month."
        )
    script = _drawn(clock.nights, Chance(seed, "month"))
    nights = [clock.night(k).isoformat() for k in range(clock.nights)]
    _change_for_good(target, nights, script)
    deliveries = [
        delivery
        for k, night in enumerate(nights)
        for delivery in _of_night(target, night, nights[k - 1], script.get(k, ""))
    ]
    content = json.dumps([asdict(one) for one in deliveries], ensure_ascii=False, indent=1)
    (target / DELIVERIES).write_text(content + "\n", "utf-8", newline="\n")


def _drawn(nights: int, chance: Chance) -> dict[int, str]:
    """Number of the night -> what happens on it; the nights by replica are on end."""
    free = list(range(QUIET_NIGHTS, nights))
    start = chance.pick(free[1 : -REPLICA_NIGHTS - 1])
    script = {start + place: REPLICA for place in range(REPLICA_NIGHTS)}
    free = [night for night in free if night not in script]
    for happening in (*mishaps.LASTING, *mishaps.SPOILT, *_OTHERS):
        script[night := chance.pick(free)] = happening
        free.remove(night)
    return script


_MISSED, _DOUBLED, _SILENT, _LATE = "missed", "doubled", "silent", "late"
_OTHERS = (_MISSED, _DOUBLED, _SILENT, _LATE)


def _change_for_good(target: Path, nights: list[str], script: dict[int, str]) -> None:
    """What О7 changes on a night stays so on every later one."""
    for since, happening in script.items():
        if happening in mishaps.LASTING:
            for night in nights[since:]:
                mishaps.LASTING[happening].spoil(target / night)


def _of_night(target: Path, night: str, before: str, happening: str) -> Iterator[Delivery]:
    good = Delivery(night, FILES, night, PUBLISHED, "")
    if happening == _MISSED:
        return
    if happening == REPLICA:
        yield Delivery(night, REPLICA, None, PUBLISHED, "поставка репликой вместо файлов")
    elif happening == _DOUBLED:
        yield good
        yield Delivery(night, FILES, night, PUBLISHED, "та же ночь поставлена второй раз")
    elif happening == _SILENT:
        yield Delivery(night, SILENCE, None, UNAVAILABLE, "источник не отвечает")
        yield good
    elif happening == _LATE:
        old = dt.date.fromisoformat(night) - dt.timedelta(days=40)
        mishaps.date_back(target / night, target / before, to=f"{old}T12:00:00{ZONE}")
        yield Delivery(night, FILES, night, PUBLISHED, "новые строки помечены прошлым месяцем")
    elif happening in mishaps.LASTING:
        yield Delivery(night, FILES, night, PUBLISHED, mishaps.LASTING[happening].says)
    elif happening in mishaps.SPOILT:
        folder = f"{night}.{happening}"
        shutil.rmtree(target / folder, ignore_errors=True)
        shutil.copytree(target / night, target / folder)
        mishaps.SPOILT[happening].spoil(target / folder)
        yield Delivery(night, FILES, folder, REFUSED, mishaps.SPOILT[happening].says)
        yield good
    else:
        yield good
