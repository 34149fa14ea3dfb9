"""Where the state of the warehouse is told to who looks: the file of metrics, and the page of the portal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from o7_warehouse.errors import O7Error
from o7_warehouse.lineage.emit import tell_lineage
from o7_warehouse.night_outcome import State
from o7_warehouse.portal.status import put_state
from o7_warehouse.report.formats import MOSCOW
from o7_warehouse.watch.facts import read_facts
from o7_warehouse.watch.memory import read_memory
from o7_warehouse.watch.metrics import write_metrics

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings
    from o7_warehouse.watch.facts import Facts
    from o7_warehouse.watch.memory import Memory


def publish_state(settings: Settings, facts: Facts | None, memory: Memory, *, now: datetime) -> list[str]:
    """Write both; returns what could not be written, for that must keep neither a night nor a watch from its end."""
    try:
        write_metrics(settings, facts, memory)
        put_state(settings, facts, memory, now=now)
    except OSError as error:
        told = f"The metrics and the page of the state could not be written ({error.strerror}); they tell what was."
        return [f"{told} Make room in the state directory."]
    return []


def after_night(settings: Settings, run_id: str, state: State) -> list[str]:
    """What the closing task tells: the same as things stand now, and of a published night its lineage."""
    troubles = tell_lineage(settings, run_id) if state is State.published else []
    return troubles + _present(settings)


def _present(settings: Settings) -> list[str]:
    """With the alarms the last look has left."""
    now = datetime.now(UTC)
    try:
        facts, memory = read_facts(settings, today=now.astimezone(MOSCOW).date()), read_memory(settings)
    except O7Error as error:
        return [str(error)]
    return publish_state(settings, facts, memory, now=now)
