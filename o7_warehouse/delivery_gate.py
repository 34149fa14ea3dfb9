"""The contract checks of a landed delivery (domain §5.4): raw is touched only if nothing critical is found.

All findings are collected and kept before the night is stopped, so that one delivery is mended once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_warehouse.changes.promise import behind_findings
from o7_warehouse.changes.reading import kept_reading
from o7_warehouse.changes.suspects import counts_of, keep_counts
from o7_warehouse.contract import read_contract
from o7_warehouse.delivery_findings import keep_findings, refuse_critical
from o7_warehouse.delivery_form import form_findings, transport_findings
from o7_warehouse.delivery_limits import Floors, Limits
from o7_warehouse.delivery_rows import erased_findings, row_findings
from o7_warehouse.delivery_volume import count_volumes, freshness_findings, volume_findings
from o7_warehouse.landing import read_landed
from o7_warehouse.parameters import parameter
from o7_warehouse.runs import ROLE, fence
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings


def check_delivery(settings: Settings, run_id: str) -> int:
    """Examine what the run landed; returns the number of findings that do not stop the night, 0 for a replay.

    Raises ContractError or DeliveryError naming every critical finding; NightError when the run may not work.
    """
    contract = read_contract(settings.root)
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        run = fence(cursor, run_id)
        if run.mode == "replay":
            return 0
        landed = read_landed(cursor, run_id)
        floors, limits = Floors.of(settings.root, run.night), Limits.of(settings.root, run.night)
        hours = parameter(settings.root, "freshness_hours", on=run.night)
        findings = [*transport_findings(run), *freshness_findings(run, contract, hours=hours)]
        findings += [*form_findings(contract, landed), *erased_findings(landed.values())]
        base = kept_reading(cursor, run_id).base
        findings += behind_findings(cursor, contract, base)
        found = list(row_findings(cursor, contract, landed, floors, counts_of(cursor, base)))
        keep_counts(cursor, found)
        findings += found
        count_volumes(cursor, contract, landed, base)
        findings += volume_findings(cursor, run, limits)
        keep_findings(cursor, run_id, findings)
    refuse_critical(findings)
    return len(findings)
