"""What the closing task does with the lineage of a published night: a file, and the service of the settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from o7_warehouse.errors import O7Error
from o7_warehouse.lineage.events import send_events, write_events
from o7_warehouse.lineage.graph import read_lineage

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings


def tell_lineage(settings: Settings, run_id: str) -> list[str]:
    """Write the events of a run, and send them where somebody wants them; returns what could not be done.

    A night is as good without, so nothing of this keeps it from its end.
    """
    now = datetime.now(UTC)
    try:
        lineage = read_lineage(settings)
        write_events(settings, lineage, run_id=run_id, at=now)
        if settings.openlineage_url:
            send_events(settings, lineage, run_id=run_id, at=now)
    except O7Error as error:
        return [str(error)]
    except OSError as error:
        return [
            f"The lineage of the run {run_id} could not be written ({error.strerror}). Make room in the state."
        ]
    return []
