"""Two nights with every fault and with dates that come, and what the gate makes of a night."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import runs
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import GateError
from o7_warehouse.gate_days import is_lasting
from o7_warehouse.gate_in import gate_in
from o7_warehouse.gate_relations import ROLE
from o7_warehouse.raw_indexes import dates_of
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.faults import every_fault, renamed
from tests.expectations.nights import opened, results
from tests.expectations.world import NIGHT, clean_world, write

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

REGISTRY = read_rules()
RULES = all_rules(REGISTRY)
LASTING = {
    rule.rule_id
    for group in REGISTRY
    for rule in group.rules
    if is_lasting(rule, group, read_contract().entity(group.entity))
}
SECOND, THIRD, DUE = (
    (dt.date.fromisoformat(NIGHT) + dt.timedelta(days=days)).isoformat() for days in (1, 2, 8)
)
KEYS = "select rule_id, row_key, student_key, org_id from audit.failing_key where run_id = %s"
ASIDE = "select entity, source_id, row_hash, copies, rule_ids, org_id from quarantine.entry where night = %s"
KEPT = "select entity, source_id, org_id, student_id, row_hash, mask from quarantine.row_fault"
SAYS = "select outcome, message from audit.gate_finding where run_id = %s and gate = 'gate_in' and check_id = 'scope'"
# Rows that break rules about keys: other rows may point to them.
NAMELESS = ("", "twice")
Found = dict[str, Any]


def change(settings: Settings, *statements: str) -> None:
    with transaction(settings, runs.ROLE) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def forget(settings: Settings) -> None:
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("delete from quarantine.examined_state")


def judged(settings: Settings, night: str) -> tuple[str, Found, str]:
    """Let the gate judge a night, which it refuses for its faults: the run, what it wrote, and the refusal."""
    run_id = opened(settings, night)
    with pytest.raises(GateError) as refused:
        gate_in(settings, run_id)
    found = {
        "results": results(settings, run_id),
        "keys": Counter(asked(settings, KEYS, (run_id,))),
        "aside": Counter(map(repr, asked(settings, ASIDE, (night,)))),
        "kept": Counter(asked(settings, KEPT)),
    }
    return run_id, found, str(refused.value)


def turning(day: str) -> dict[str, list[dict[str, Any]]]:
    """A clean row for every date of every entity, with the day in it, and rows that see such a date through others."""
    contract, world = read_contract(), clean_world()
    rows: dict[str, list[dict[str, Any]]] = {entity: [] for entity in world}
    for entity, (first, *_) in world.items():
        for name in dates_of(contract.entity(entity)):
            is_instant = contract.entity(entity).column(name).type == "instant"
            value = f"{day}T08:00:00+03:00" if is_instant else day
            rows[entity].append({**first, "source_id": f"{name} on {day}", name: value})
    [year, *_], [klass, *_], [enrollment, *_] = (
        world["academic_year"],
        world["class"],
        world["enrollment_event"],
    )
    rows["academic_year"].append({**year, "source_id": f"ends {day}", "ends_on": day})
    rows["class"].append({**klass, "source_id": f"ends {day}", "academic_year_id": f"ends {day}"})
    rows["enrollment_event"].append({**enrollment, "source_id": f"in {day}", "class_id": f"ends {day}"})
    [basis, *_], [item, *_] = world["legal_basis"], world["portfolio_item"]
    rows["legal_basis"].append({**basis, "source_id": f"over {day}", "valid_to": day})
    rows["portfolio_item"].append({**item, "source_id": f"by {day}", "legal_basis_id": f"over {day}"})
    return rows


def live_through_two_nights(settings: Settings) -> Settings:
    """The first night holds every fault and is judged; on the second a third of the rows ended, and others came."""
    faults = every_fault(RULES.values())
    with transaction(settings, runs.ROLE) as connection, connection.cursor() as cursor:
        for entity, rows in faults.items():
            write(cursor, entity, *rows, batch_id=str(uuid.uuid4()))
    judged(settings, NIGHT)
    with transaction(settings, runs.ROLE) as connection, connection.cursor() as cursor:
        for entity in faults:
            cursor.execute(
                f"update raw_o7.{entity} set _night_to = %s where ctid in (select min(ctid) from raw_o7.{entity}"
                " group by source_id having abs(hashtext(source_id)) %% 3 = 0 or source_id = any(%s))",
                (SECOND, list(NAMELESS)),
            )
        named = {
            entity: [row for row in rows if row["source_id"] not in NAMELESS]
            for entity, rows in faults.items()
        }
        for rows_of in (renamed(named, "of the second night"), turning(THIRD), turning(SECOND)):
            for entity, rows in rows_of.items():
                write(cursor, entity, *rows, batch_id=str(uuid.uuid4()), night=SECOND)
    return settings
