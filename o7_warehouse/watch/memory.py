"""What the watch remembers between two passes, in a file: it must know what it has said also where no database answers.

The rows of ``audit.alarm_event`` are the record; this file holds what is open, and what is still to be written or told.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.errors import PermanentError
from o7_warehouse.watch.alarms import ALARMS, Key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.alarms import Found

FOLDER: Final = "watch"
FILE: Final = "alarms.json"
OPENED, CLOSED = "opened", "closed"


@dataclass(frozen=True, slots=True)
class Event:
    """An alarm that was opened or closed at an instant; ``said`` is what was found when it opened."""

    code: str
    subject: str
    event: str
    said: str
    happened_at: str

    @property
    def key(self) -> Key:
        """Which alarm."""
        return Key(self.code, self.subject)

    @property
    def at(self) -> dt.datetime:
        """The instant."""
        return dt.datetime.fromisoformat(self.happened_at)


@dataclass(slots=True)
class Memory:
    """Open alarms by the event that opened each; events the database has not got; events no letter has told."""

    passed_at: str = ""
    opened: list[Event] = field(default_factory=list)
    unwritten: list[Event] = field(default_factory=list)
    untold: list[Event] = field(default_factory=list)

    def change(
        self, holding: Iterable[Found], *, looked_at: Collection[str], now: dt.datetime
    ) -> list[Event]:
        """Open what holds and was not open, close what was looked at and holds no more; returns these changes.

        What nobody could look at stays as it was.
        """
        held, known = {one.key: one for one in holding}, {one.key for one in self.opened}
        instant = now.isoformat()
        fresh = [
            Event(key.code, key.subject, OPENED, one.said, instant)
            for key, one in sorted(held.items())
            if key not in known
        ]
        over = [one for one in self.opened if one.code in looked_at and one.key not in held]
        gone = [Event(one.code, one.subject, CLOSED, one.said, instant) for one in over]
        self.opened = [one for one in self.opened if one not in over] + fresh
        changes = fresh + gone
        self.unwritten += changes
        return changes


@contextmanager
def remembered(settings: Settings) -> Iterator[Memory]:
    """The memory of this state directory, for one pass at a time; kept by :func:`keep`. Raises PermanentError."""
    folder = settings.state / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield read_memory(settings)


def read_memory(settings: Settings) -> Memory:
    """What was remembered last; nothing before the first pass. Raises PermanentError for a file that is none."""
    path = settings.state / FOLDER / FILE
    if not path.exists():
        return Memory()
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        lists = {name: [Event(**one) for one in told[name]] for name in ("opened", "unwritten", "untold")}
    except (ValueError, KeyError, TypeError) as error:
        raise PermanentError(
            f"{path} cannot be read ({type(error).__name__}), so nobody knows which alarms were told. Look into it, "
            "then remove it: the next pass tells every alarm that holds anew."
        ) from None
    # An alarm that a newer revision has no more can never be closed by it.
    lists["opened"] = [one for one in lists["opened"] if one.code in ALARMS]
    return Memory(passed_at=told["passed_at"], **lists)


def keep(settings: Settings, memory: Memory) -> None:
    """Write the memory in one step. Raises OSError, as on a full disk."""
    path: Path = settings.state / FOLDER / FILE
    fresh = path.with_suffix(".unfinished")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(asdict(memory), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
