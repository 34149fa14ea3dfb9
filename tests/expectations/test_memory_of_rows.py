"""A night that goes on from an earlier one finds what it would find by looking at every row, and says what it kept."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import GateError
from o7_warehouse.gate_in import gate_in
from o7_warehouse.gate_relations import ROLE
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.nights import results

if TYPE_CHECKING:
    from o7_warehouse.settings import Settings

from tests.expectations.memory import (
    DUE,
    KEPT,
    LASTING,
    RULES,
    SAYS,
    SECOND,
    THIRD,
    Found,
    forget,
    judged,
    live_through_two_nights,
)


@pytest.fixture(scope="module")
def two_nights(clean_warehouse: Settings) -> Settings:
    """The first night holds every fault and is judged; on the second a third of the rows ended, and others came."""
    return live_through_two_nights(clean_warehouse)


def test_what_is_kept_and_what_changed_are_together_what_every_row_would_give(two_nights: Settings) -> None:
    run_id, going_on, _ = judged(two_nights, SECOND)
    forget(two_nights)
    run_of_all, looking_at_all, _ = judged(two_nights, SECOND)

    assert going_on == looking_at_all
    assert {rule_id for rule_id in LASTING if going_on["results"][rule_id][2]} >= {
        rule_id for rule_id in LASTING if isinstance(RULES[rule_id].fault, dict)
    }
    [(outcome, message)] = asked(two_nights, SAYS, (run_id,))
    assert outcome == "pass"
    assert message.startswith(f"Правила ({len(LASTING)}) применены к записям, изменившимся с ночи 15.12.2025")
    [(_, message)] = asked(two_nights, SAYS, (run_of_all,))
    assert message == "Все правила применены ко всем записям: проверенной ночи нет"


def test_a_date_that_comes_is_seen_in_a_row_that_nobody_changed(two_nights: Settings) -> None:
    judged(two_nights, SECOND)
    _, going_on, _ = judged(two_nights, THIRD)
    forget(two_nights)
    _, looking_at_all, _ = judged(two_nights, THIRD)

    assert going_on == looking_at_all


def test_a_run_may_examine_its_night_again(two_nights: Settings) -> None:
    """Its task may be cut off after the results were written, and is repeated."""
    run_id, once, _ = judged(two_nights, SECOND)
    with pytest.raises(GateError, match="are critical and broken"):
        gate_in(two_nights, run_id)

    assert results(two_nights, run_id) == once["results"]
    assert Counter(asked(two_nights, KEPT)) == once["kept"]
    assert asked(two_nights, "select run_id::text from quarantine.examined_state") == [(run_id,)]


def test_a_row_that_nobody_changed_is_not_looked_at_again_until_every_row_is(two_nights: Settings) -> None:
    """What was kept wrongly stays wrong for some nights; the examination of every row names it and stops the night."""
    judged(two_nights, SECOND)
    with transaction(two_nights, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(
            "delete from quarantine.row_fault where ctid ="
            " (select min(ctid) from quarantine.row_fault where entity = 'contact') returning mask"
        )
        [(mask,)] = cursor.fetchall()

    _, third, _ = judged(two_nights, THIRD)
    run_id, due, refusal = judged(two_nights, DUE)

    assert failed_of(due, "contact") - failed_of(third, "contact") == mask.bit_count()
    assert (
        "contact: 1 outcomes kept of rows since 2025-12-17 are not what examining every row finds" in refusal
    )
    assert asked(two_nights, SAYS, (run_id,))[0][0] == "fail"
    assert asked(two_nights, "select * from quarantine.examined_state") == []


def failed_of(found: Found, entity: str) -> int:
    """Rows that both engines found to break rules of the rows of an entity, rule by rule."""
    counts = [found["results"][rule_id][2:] for rule_id in LASTING if RULES[rule_id].entity == entity]
    assert all(ours == theirs for ours, theirs in counts)
    return sum(ours or 0 for ours, _ in counts)


def test_every_row_is_examined_when_due_and_what_was_kept_is_what_is_found(two_nights: Settings) -> None:
    forget(two_nights)
    judged(two_nights, SECOND)
    judged(two_nights, THIRD)
    run_id, _, refusal = judged(two_nights, DUE)

    assert "outcomes kept" not in refusal
    assert asked(two_nights, SAYS, (run_id,)) == [
        ("pass", "Все правила применены ко всем записям: последняя полная проверка 16.12.2025")
    ]
    assert asked(
        two_nights, "select night::text, examined_whole_on::text from quarantine.examined_state"
    ) == [(DUE, DUE)]
