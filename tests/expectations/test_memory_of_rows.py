"""A night that goes on from an earlier one finds what it would find by looking at every row, and says what it kept."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import gate_memory, runs
from o7_warehouse.errors import GateError
from o7_warehouse.gate_in import ROLE, gate_in
from o7_warehouse.gate_memory import hangs_on_its_row
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.faults import every_fault, renamed
from tests.expectations.nights import opened, results
from tests.expectations.world import NIGHT, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.gate_memory import Memory
    from o7_warehouse.rules import EntityRules
    from o7_warehouse.settings import Settings

REGISTRY = read_rules()
RULES = all_rules(REGISTRY)
OF_ROWS = {rule_id for rule_id, rule in RULES.items() if hangs_on_its_row(rule)}
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


@pytest.fixture(scope="module")
def two_nights(clean_warehouse: Settings) -> Settings:
    """The first night holds every fault and is judged; on the second a third of the rows ended, and others came."""
    faults = every_fault(RULES.values())
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
        for entity, rows in faults.items():
            write(cursor, entity, *rows, batch_id=str(uuid.uuid4()))
    judged(clean_warehouse, NIGHT)
    with transaction(clean_warehouse, runs.ROLE) as connection, connection.cursor() as cursor:
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
        for entity, rows in renamed(named, "of the second night").items():
            write(cursor, entity, *rows, batch_id=str(uuid.uuid4()), night=SECOND)
    return clean_warehouse


def test_what_is_kept_and_what_changed_are_together_what_every_row_would_give(two_nights: Settings) -> None:
    run_id, going_on, _ = judged(two_nights, SECOND)
    forget(two_nights)
    run_of_all, looking_at_all, _ = judged(two_nights, SECOND)

    assert going_on == looking_at_all
    assert {rule_id for rule_id in OF_ROWS if going_on["results"][rule_id][2]} >= {
        rule_id for rule_id in OF_ROWS if isinstance(RULES[rule_id].fault, dict)
    }
    [(outcome, message)] = asked(two_nights, SAYS, (run_id,))
    assert outcome == "pass"
    assert message.startswith(
        f"Правила самих записей ({len(OF_ROWS)}) применены к изменившимся с ночи 15.12.2025"
    )
    [(_, message)] = asked(two_nights, SAYS, (run_of_all,))
    assert message == "Все правила применены ко всем записям: проверенной ночи нет"


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
    counts = [found["results"][rule_id][2:] for rule_id in OF_ROWS if RULES[rule_id].entity == entity]
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


def recalled(settings: Settings, night: str, registry: Sequence[EntityRules] = REGISTRY) -> Memory:
    """What a run of the night would keep."""
    run = runs.current(settings, opened(settings, night))
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        return gate_memory.recall(cursor, settings, run, {group.entity: group.rules for group in registry})


@pytest.fixture
def examined(two_nights: Settings) -> Settings:
    """The second night was examined by every rule last."""
    forget(two_nights)
    run = runs.current(two_nights, opened(two_nights, SECOND))
    with transaction(two_nights, ROLE) as connection, connection.cursor() as cursor:
        rules = {group.entity: group.rules for group in REGISTRY}
        gate_memory.remember(cursor, run, gate_memory.recall(cursor, two_nights, run, rules))
    return two_nights


def test_a_later_night_goes_on_from_what_was_examined(examined: Settings) -> None:
    assert str(recalled(examined, THIRD).since) == SECOND


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

    of_rows, of_the_night = min(OF_ROWS), "person.birth_date"

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


def test_rules_of_the_rows_ask_for_nothing_beyond_their_row() -> None:
    assert {RULES[rule_id].kind for rule_id in OF_ROWS} == {"row"}
    assert "person.birth_date" not in OF_ROWS
    assert len(OF_ROWS) > len(RULES) // 3
