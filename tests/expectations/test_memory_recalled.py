"""What a night may keep of an earlier one: only what was judged by the same rules, of rows that see the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import gate_before, gate_memory, runs
from o7_warehouse.contract import read_contract
from o7_warehouse.gate_days import is_lasting
from o7_warehouse.gate_relations import ROLE
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.nights import opened
from tests.expectations.world import NIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.gate_memory import Memory
    from o7_warehouse.rules import EntityRules
    from o7_warehouse.settings import Settings

from tests.expectations.memory import LASTING, REGISTRY, SECOND, THIRD, forget


def recalled(settings: Settings, night: str, registry: Sequence[EntityRules] = REGISTRY) -> Memory:
    """What a run of the night would keep; the tables it would compare with stay where they are."""
    run = runs.current(settings, opened(settings, night))
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        memory = gate_memory.recall(cursor, settings, read_contract(), run, registry)
        connection.rollback()
    return memory


@pytest.fixture
def examined(clean_warehouse: Settings) -> Settings:
    """The second night was examined by every rule last."""
    forget(clean_warehouse)
    run = runs.current(clean_warehouse, opened(clean_warehouse, SECOND))
    with transaction(clean_warehouse, ROLE) as connection, connection.cursor() as cursor:
        memory = gate_memory.recall(cursor, clean_warehouse, read_contract(), run, REGISTRY)
        gate_before.mark(cursor, run.run_id)
        gate_memory.remember(cursor, run, memory)
    return clean_warehouse


def test_a_later_night_goes_on_from_what_was_examined(examined: Settings) -> None:
    assert str(recalled(examined, THIRD).since) == SECOND


def test_the_first_night_of_a_school_year_is_examined_whole(examined: Settings) -> None:
    memory = recalled(examined, "2026-09-01")

    assert (memory.since, memory.why) == (None, "начался учебный год")


def test_a_night_without_the_relations_of_the_one_before_is_examined_whole(examined: Settings) -> None:
    """A crash of the server empties them, an erasure drops them: nobody knows whom a change would reach."""
    with transaction(examined, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("truncate gate.made_for")

    memory = recalled(examined, THIRD)

    assert (memory.base, memory.since) == (None, None)
    assert memory.why == "с чем сравнить связи записей, не сохранено"


@pytest.mark.parametrize("night", [NIGHT, SECOND])
def test_the_same_or_an_earlier_night_is_examined_whole(examined: Settings, night: str) -> None:
    memory = recalled(examined, night)

    assert memory.since is None
    assert memory.why == "проверена ночь 16.12.2025, не более ранняя, или её открывали снова"


def test_a_night_after_one_that_was_opened_again_is_examined_whole(examined: Settings) -> None:
    """Its rows may have been delivered anew since they were examined."""
    opened(examined, SECOND)

    assert recalled(examined, THIRD).since is None


def test_other_words_of_a_rule_of_the_rows_let_every_row_be_examined(examined: Settings) -> None:
    def changed(rule_id: str) -> list[EntityRules]:
        return [
            replace(
                group,
                rules=tuple(
                    replace(rule, predicate=f"({rule.predicate})") if rule.rule_id == rule_id else rule
                    for rule in group.rules
                ),
            )
            for group in REGISTRY
        ]

    of_rows, of_the_night = min(LASTING), "identity_document.passport_after_fourteen"

    assert recalled(examined, THIRD, changed(of_rows)).since is None
    assert str(recalled(examined, THIRD, changed(of_the_night)).since) == SECOND


def test_a_function_that_judges_otherwise_lets_every_row_be_examined(examined: Settings) -> None:
    [(definition,)] = asked(examined, "select pg_get_functiondef('dq.full_years(date, date)'::regprocedure)")
    with transaction(examined, "o7_transformer") as connection, connection.cursor() as cursor:
        cursor.execute(
            definition.replace("select", "select /* otherwise */", 1).replace("SELECT", "SELECT --\n", 1)
        )
    memory = recalled(examined, THIRD)
    with transaction(examined, "o7_transformer") as connection, connection.cursor() as cursor:
        cursor.execute(definition)

    assert memory.since is None
    assert str(recalled(examined, THIRD).since) == SECOND


def test_rules_that_ask_for_the_day_in_another_way_look_at_every_row() -> None:
    assert {rule.rule_id for group in REGISTRY for rule in group.rules} - LASTING == {
        "address.whole",
        "identity_document.passport_after_fourteen",
    }


@pytest.mark.parametrize(
    ("predicate", "lasts"),
    [
        ("coalesce(dq.as_date(born_on) <= the_night, true)", True),
        ("the_night\n between known_from and known_to", True),
        ("dq.as_date(born_on) <= the_night and dq.full_years(known_from, the_night) > 6", False),
        ("dq.as_date(told_on) <= the_night", False),
        ("dq.as_date(born_on) <= the_night - 5", False),
        ("dq.as_date(born_on) + 5 <= the_night", False),
        ("known_from + known_to <= the_night", False),
        ("(known_from + interval '1 year')::known_to <= the_night", False),
        ("dq.full_years(known_from, dq.first_september(the_night)) > 6", True),
    ],
)  # fmt: skip
def test_an_outcome_lasts_that_turns_on_dates_alone(predicate: str, *, lasts: bool) -> None:
    entity = replace(
        read_contract().entity("person"),
        columns=(replace(read_contract().entity("person").column("birth_date"), name="born_on"),),
    )
    [group] = [group for group in REGISTRY if group.entity == "person"]
    helper = replace(group.helpers[0], gives=("known_from", "known_to"))

    rule = replace(group.rules[0], predicate=predicate)

    assert is_lasting(rule, replace(group, helpers=(helper,)), entity) is lasts
