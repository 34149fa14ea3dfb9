"""The whole gate over every fault at once: what one engine counts, the other counts too."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import runs
from o7_warehouse.errors import GateError
from o7_warehouse.gate_in import gate_in
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.faults import every_fault
from tests.expectations.nights import Result, opened, results
from tests.expectations.world import clean_world, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.settings import Settings

RULES = all_rules(read_rules())
AWAITING = {rule.rule_id for group in read_rules() for rule in group.awaiting}


@pytest.fixture(scope="module")
def of_clean_rows(clean_warehouse: Settings) -> dict[str, Result]:
    run_id = opened(clean_warehouse)
    gate_in(clean_warehouse, run_id)
    return results(clean_warehouse, run_id)


@pytest.fixture(scope="module")
def faulty_run(clean_warehouse: Settings, of_clean_rows: object) -> Iterator[tuple[str, str]]:
    """The run whose rows hold every fault, and why the gate closed."""
    assert of_clean_rows
    batch_id = str(uuid.uuid4())
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
        for entity, rows in every_fault(RULES.values()).items():
            write(cursor, entity, *rows, batch_id=batch_id)
    run_id = opened(clean_warehouse)
    with pytest.raises(GateError) as refused:
        gate_in(clean_warehouse, run_id)
    yield run_id, str(refused.value)
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
        for entity in clean_world():
            cursor.execute(f"delete from raw_o7.{entity} where _batch_id = %s", (batch_id,))


def test_clean_rows_pass_every_rule_in_both_engines(of_clean_rows: dict[str, Result]) -> None:
    world = clean_world()

    assert {rule_id: one for rule_id, one in of_clean_rows.items() if rule_id not in AWAITING} == {
        rule_id: ("pass", len(world[rule.entity]), 0, 0) for rule_id, rule in RULES.items()
    }


def test_a_rule_about_values_the_contract_does_not_deliver_is_told_and_not_evaluated(
    of_clean_rows: dict[str, Result],
) -> None:
    assert {rule_id: of_clean_rows.get(rule_id) for rule_id in AWAITING} == dict.fromkeys(
        AWAITING, ("not_applicable_by_contract", None, None, None)
    )
    assert len(AWAITING) > 15


def test_every_fault_is_counted_alike_by_both_engines(
    clean_warehouse: Settings, faulty_run: tuple[str, str]
) -> None:
    run_id, _ = faulty_run
    found = results(clean_warehouse, run_id)

    assert set(found) == {*RULES, *AWAITING}
    found = {rule_id: one for rule_id, one in found.items() if rule_id not in AWAITING}
    assert {rule_id: one for rule_id, one in found.items() if one[0] != "fail" or not one[2]} == {}
    assert {rule_id: one for rule_id, one in found.items() if one[2] != one[3]} == {}


def test_every_counted_row_leaves_a_key(clean_warehouse: Settings, faulty_run: tuple[str, str]) -> None:
    run_id, _ = faulty_run
    keys = dict(
        asked(
            clean_warehouse,
            "select rule_id, count(*) from audit.failing_key where run_id = %s group by rule_id",
            (run_id,),
        )
    )

    counted = results(clean_warehouse, run_id)
    assert keys == {rule_id: one[2] for rule_id, one in counted.items() if rule_id not in AWAITING}


def test_no_two_rules_are_broken_by_the_same_rows(
    clean_warehouse: Settings, faulty_run: tuple[str, str]
) -> None:
    """Of two that are, one says nothing; the placement rules of an entity meet in rows without any link."""
    run_id, _ = faulty_run
    statement = "select rule_id, array_agg(row_key::text) from audit.failing_key where run_id = %s group by 1"
    by_rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for rule_id, keys in asked(clean_warehouse, statement, (run_id,)):
        if not RULES[rule_id].is_placement:
            by_rows[RULES[rule_id].entity, *sorted(map(str, keys))].append(rule_id)

    assert [rule_ids for rule_ids in by_rows.values() if len(rule_ids) > 1] == []


def test_the_gate_says_what_closed_it_and_not_what_did_not(faulty_run: tuple[str, str]) -> None:
    _, message = faulty_run

    assert "are critical and broken: academic_year.order_of_days" in message
    assert "rows cannot be placed" in message
    assert "differently" not in message
    assert "evaluated" not in message
