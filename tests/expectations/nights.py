"""Runs that have come as far as the gate, and what the audit says of their rules."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from o7_warehouse import runs
from o7_warehouse.run_records import OpenedRun, write_run
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.world import NIGHT

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

# outcome, rows checked, rows that failed by the set-based pass, and by Great Expectations
Result = tuple[str, int | None, int | None, int | None]


def opened(settings: Settings, night: str = NIGHT) -> str:
    """A run of the night that has come as far as the gate."""
    run = OpenedRun(
        run_id=str(uuid.uuid4()),
        night=datetime.fromisoformat(night).date(),
        snapshot_at=datetime.now(UTC),
        transport="T2",
        mode="extract",
        contract_version="1.0",
    )
    with transaction(settings, runs.ROLE) as connection, connection.cursor() as cursor:
        write_run(cursor, run, trigger="test", code="test")
    return run.run_id


def results(settings: Settings, run_id: str) -> dict[str, Result]:
    """What the audit says of each rule."""
    columns = "rule_id, outcome, rows_checked, rows_failed, gx_failed"
    found = asked(settings, f"select {columns} from audit.rule_result where run_id = %s", (run_id,))
    return {rule_id: (outcome, *counts) for rule_id, outcome, *counts in found}
