"""Tables of keys and helpers that nothing has changed are taken from the night before; a night cut off loses none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from o7_warehouse import gate_memory, runs
from o7_warehouse.contract import read_contract
from o7_warehouse.gate_examination import Plan, prepare
from o7_warehouse.gate_relations import ROLE
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.nights import opened

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

from tests.expectations.memory import (
    REGISTRY,
    SAYS,
    SECOND,
    THIRD,
    change,
    forget,
    judged,
    live_through_two_nights,
)

FOURTH = "2025-12-18"
RELATIONS = """
    select relname, relkind = 'v', oid from pg_class
    where relnamespace = 'gate'::regnamespace and relkind in ('r', 'v')
"""
A_CLASS_HAS_GONE = (
    f"update raw_o7.class set _night_to = '{FOURTH}' where ctid ="
    " (select min(ctid) from raw_o7.class where _night_to = 'infinity')"
)


def prepared(settings: Settings, night: str, *, is_cut_off: bool = False) -> Plan:
    """Make the relations of a night, and take it for examined, or leave it at that."""
    plan = prepare(settings, read_contract(), REGISTRY, runs.current(settings, opened(settings, night)))
    if not is_cut_off:
        with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
            gate_memory.remember(cursor, plan.run, plan.memory)
    return plan


def taken(settings: Settings) -> dict[str, int]:
    """Table that is a view of the one of an earlier night -> the identity of that one."""
    found = asked(settings, RELATIONS)
    tables = {name: oid for name, is_view, oid in found if not is_view}
    return {
        name: tables[f"{name}__before"]
        for name, is_view, _ in found
        if is_view and f"{name}__before" in tables
    }


def test_what_nothing_has_changed_is_not_made_again_even_after_a_run_that_was_cut_off(
    clean_warehouse: Settings,
) -> None:
    prepared(clean_warehouse, SECOND)
    prepared(clean_warehouse, THIRD, is_cut_off=True)
    third = prepared(clean_warehouse, THIRD)
    on_third = taken(clean_warehouse)
    change(clean_warehouse, A_CLASS_HAS_GONE)
    fourth = prepared(clean_warehouse, FOURTH)
    on_fourth = taken(clean_warehouse)

    assert (str(third.memory.since), str(fourth.memory.since)) == (SECOND, THIRD)
    assert "key_of_class" in on_third.keys() - on_fourth.keys()
    assert "key_of_person" in on_fourth
    assert on_fourth.items() < on_third.items()


@pytest.mark.full
def test_a_night_after_one_that_took_its_tables_finds_what_looking_at_every_row_finds(
    clean_warehouse: Settings,
) -> None:
    live_through_two_nights(clean_warehouse)
    judged(clean_warehouse, SECOND)
    judged(clean_warehouse, THIRD)
    change(clean_warehouse, A_CLASS_HAS_GONE)
    run_id, going_on, _ = judged(clean_warehouse, FOURTH)
    [(_, message)] = asked(clean_warehouse, SAYS, (run_id,))
    forget(clean_warehouse)
    _, looking_at_all, _ = judged(clean_warehouse, FOURTH)

    assert "изменившимся с ночи 17.12.2025" in message
    assert going_on == looking_at_all
