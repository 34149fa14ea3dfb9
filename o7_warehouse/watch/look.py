"""One pass of the watch: look, compare with what was said before, and say what has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from o7_warehouse import night_outcome
from o7_warehouse.errors import CatalogueError, O7Error
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.watch import alarms, machine, nights, reporting
from o7_warehouse.watch.alarms import Found, found
from o7_warehouse.watch.facts import read_facts
from o7_warehouse.watch.memory import keep, remembered
from o7_warehouse.watch.publish import publish_state
from o7_warehouse.watch.tell import send_letter, write_events
from o7_warehouse.watch.words import error_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.facts import Facts
    from o7_warehouse.watch.memory import Event, Memory

STOPS: Final = (alarms.NIGHT_FAILED, alarms.SOURCE_SILENT, alarms.DELIVERY_REFUSED, alarms.GATE_CLOSED)
EDITIONS: Final = (alarms.DRAFT_LATE, alarms.SIGNATURE_WAITS, alarms.EDITION_LATE)


@dataclass(slots=True)
class Seen:
    """What holds now, and the alarms that were looked for: of the others nobody knows anything."""

    found: list[Found] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def look(self, codes: Iterable[str], check: Callable[[], Iterable[Found]]) -> None:
        """Do one check; where a seed it stands on is not complete, its alarms stay as they were, and that is told."""
        try:
            self.found += check()
            self.looked_at.update(codes)
        except CatalogueError as error:
            self.found.append(found(alarms.CALENDAR_MISSING, error_text(error), ", ".join(codes)))


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass changed, what is open after it, and what it read; ``facts`` None: the warehouse did not answer."""

    changes: list[Event]
    memory: Memory
    facts: Facts | None
    troubles: list[str]


def watch_once(settings: Settings, *, now: dt.datetime) -> Passed:
    """Look at everything once and speak of what has changed since the pass before.

    Raises PermanentError where the memory cannot be read, and SettingsError for settings that cannot be used.
    """
    with remembered(settings) as memory:
        seen, facts = see(settings, now=now)
        changes = memory.change(seen.found, looked_at=seen.looked_at, now=now)
        memory.passed_at = now.isoformat()
        memory.untold += changes
        troubles = _kept(settings, memory)
        changes += _told(settings, memory, troubles, now=now)
        troubles += _kept(settings, memory)
        if facts is not None:
            troubles += _recorded(settings, memory, facts, seen)
            troubles += _kept(settings, memory)
        troubles += publish_state(settings, facts, memory, now=now)
    return Passed(changes, memory, facts, sorted(set(troubles)))


def see(settings: Settings, *, now: dt.datetime) -> tuple[Seen, Facts | None]:
    """Everything that holds at an instant, and what the warehouse says of itself."""
    root, seen = settings.root, Seen()
    seen.look([alarms.CALENDAR_MISSING], lambda: machine.unknown_year(root, now))
    seen.look([alarms.SCHEDULER_SILENT], lambda: machine.silent_scheduler(settings))
    seen.look([alarms.DISK_LOW], lambda: machine.low_disk(settings, now))
    seen.look([alarms.BACKUP_OLD], lambda: machine.old_backup(settings, now))
    seen.look([alarms.UPKEEP_FAILED], lambda: machine.failed_upkeep(settings, now))
    seen.looked_at.add(alarms.WAREHOUSE_SILENT)
    try:
        facts = read_facts(settings, today=now.astimezone(MOSCOW).date())
    except O7Error as error:
        seen.found.append(found(alarms.WAREHOUSE_SILENT, f"{type(error).__name__}. {error_text(error)}"))
        return seen, None
    seen.look([alarms.NIGHT_MISSING], lambda: nights.late_night(facts, root, now))
    seen.look([alarms.NIGHT_STUCK], lambda: nights.stuck_night(facts, root, now))
    seen.look(STOPS, lambda: nights.failed_night(facts))
    seen.look(EDITIONS, lambda: reporting.due_editions(facts, root, now))
    seen.look([alarms.OUTBOX_STUCK], lambda: reporting.stuck_messages(facts, root, now))
    return seen, facts


def _recorded(settings: Settings, memory: Memory, facts: Facts, seen: Seen) -> list[str]:
    """Write to the audit what has changed, and the outcome of a night that nobody else is left to write it for."""
    stuck = any(one.key.code == alarms.NIGHT_STUCK for one in seen.found)
    try:
        if stuck and facts.newest is not None and not facts.is_held:
            state = night_outcome.State.interrupted
            night_outcome.note(settings, facts.newest.run_id, state, night_outcome.KILLED)
        write_events(settings, memory.unwritten)
    except O7Error as error:
        return [str(error)]
    memory.unwritten = []
    return []


def _kept(settings: Settings, memory: Memory) -> list[str]:
    """Write the memory; a disk that takes nothing must not keep the watch from speaking."""
    try:
        keep(settings, memory)
    except OSError as error:
        told = f"The memory of the watch could not be written ({error.strerror}), so the next pass says the same again."
        return [f"{told} Make room in the state directory."]
    return []


def _told(settings: Settings, memory: Memory, troubles: list[str], *, now: dt.datetime) -> list[Event]:
    """Send the letter, where there is an operator; that it cannot be sent is an alarm of its own."""
    holding: list[Found] = []
    if not settings.operator:
        memory.untold = []
    elif memory.untold:
        try:
            send_letter(settings, memory.untold)
            memory.untold = []
        except O7Error as error:
            troubles.append(str(error))
            holding = [found(alarms.LETTER_UNSENT, error_text(error))]
    return memory.change(holding, looked_at=[alarms.LETTER_UNSENT], now=now)
