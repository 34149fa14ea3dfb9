"""Each rule finds the fault it is there for, and nothing in the rows that have none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.gate_pass import examine, failing_rows
from o7_warehouse.gate_relations import make_relations
from o7_warehouse.rules import all_rules, read_rules
from tests.expectations.faults import MORE_ROWS
from tests.expectations.world import NIGHT, clean_world, needed_for, with_fault, write

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

REGISTRY = read_rules()
RULES = all_rules(REGISTRY)
IN_ONE_ROW = [rule for rule in RULES.values() if not isinstance(rule.fault, str)]
# Rules written once for every entity; their faults are told in words too.
OF_EVERY_ENTITY = ("key_given", "key_single", "readable")


def blamed(cursor: Cursor, rule_id: str) -> set[str]:
    """Who breaks the rule: its entity is examined as the gate does it."""
    rule = RULES[rule_id]
    contract = needed_for(rule.entity)
    cursor.execute("set local role o7_gate")
    make_relations(cursor, contract=contract, registry=REGISTRY, night=date.fromisoformat(NIGHT))
    [rules] = [group.rules for group in REGISTRY if group.entity == rule.entity]
    found = examine(cursor, contract.entity(rule.entity), rules, night=date.fromisoformat(NIGHT))
    cursor.execute(
        sql.SQL("select source_id from {} where mask & {} <> 0").format(
            failing_rows(rule.entity), sql.Literal(found.bits[rule_id])
        )
    )
    return {source_id for (source_id,) in cursor.fetchall()}


def test_a_fault_told_in_words_stands_in_rows_here():
    told = {
        rule_id
        for rule_id, rule in RULES.items()
        if isinstance(rule.fault, str)
        and not rule_id.endswith("_known")
        and rule_id.split(".")[1] not in OF_EVERY_ENTITY
    }

    assert told == set(MORE_ROWS)
    assert len(IN_ONE_ROW) > 200


def test_clean_rows_break_no_rule(cursor: Cursor):
    cursor.execute("set local role o7_gate")
    make_relations(cursor, contract=read_contract(), registry=REGISTRY, night=date.fromisoformat(NIGHT))
    broken = {}
    for group in REGISTRY:
        found = examine(
            cursor, read_contract().entity(group.entity), group.rules, night=date.fromisoformat(NIGHT)
        )
        broken |= {rule_id: count for rule_id, count in found.counted.items() if count.rows_failed != 0}
        assert next(iter(found.counted.values())).rows_checked == len(clean_world()[group.entity])

    assert broken == {}


@pytest.mark.parametrize("rule", IN_ONE_ROW, ids=lambda rule: rule.rule_id)
def test_a_rule_catches_its_planted_fault(cursor: Cursor, rule):
    rows, may_be_blamed = with_fault(clean_world()[rule.entity], rule)
    cursor.execute("set local role o7_loader")
    cursor.execute(sql.SQL("delete from {}").format(sql.Identifier("raw_o7", rule.entity)))
    write(cursor, rule.entity, *rows)

    found = blamed(cursor, rule.rule_id)

    assert found
    assert found <= may_be_blamed


@pytest.mark.parametrize("rule_id", MORE_ROWS)
def test_a_rule_over_many_rows_catches_its_fault(cursor: Cursor, rule_id):
    entity, rows, expected = MORE_ROWS[rule_id]
    cursor.execute("set local role o7_loader")
    write(cursor, entity, *rows)

    assert blamed(cursor, rule_id) == expected


@pytest.mark.parametrize(
    ("rule_id", "row", "expected"),
    [
        pytest.param("person.key_given", {"source_id": "", "org_id": "o1"}, {""}, id="blank key"),
        pytest.param("person.key_given", {"source_id": None, "org_id": "o1"}, {None}, id="no key"),
        pytest.param("person.key_single", {"source_id": "p1", "org_id": "o1"}, {"p1"}, id="key twice"),
        pytest.param("person.org_id_known", {"source_id": "p9", "org_id": "o7"}, {"p9"}, id="unknown school"),
        pytest.param("person.org_id_known", {"source_id": "p9", "org_id": None}, {"p9"}, id="no school"),
        pytest.param("student.source_id_known", {"source_id": "p9", "org_id": "o1"}, {"p9"}, id="card of nobody"),
        pytest.param("portfolio_item.student_id_known", {"source_id": "w9", "org_id": "o1"}, {"w9"}, id="orphan"),
        pytest.param("portfolio_item.legal_basis_id_known",
                     {"source_id": "w9", "org_id": "o1", "student_id": "p1", "legal_basis_id": "l9"}, {"w9"},
                     id="a basis that does not exist"),
        pytest.param("portfolio_item.legal_basis_id_known",
                     {"source_id": "w9", "org_id": "o1", "student_id": "p1", "legal_basis_id": None}, set(),
                     id="an item without basis is placed"),
        pytest.param("contact.guardian_id_known", {"source_id": "k9", "org_id": "o1", "guardian_id": ""}, set(),
                     id="a contact of the pupil himself"),
        pytest.param("organization.municipality_oktmo_known",
                     {"source_id": "o9", "founder_code": "3", "municipality_oktmo": None}, {"o9"},
                     id="a municipal school without municipality"),
        pytest.param("organization.municipality_oktmo_known",
                     {"source_id": "o9", "founder_code": "2", "municipality_oktmo": None}, set(),
                     id="a state school needs none"),
        pytest.param("enrollment_event.readable", {"source_id": "e9", "org_id": "o1", "left_on": "2025-02-30"}, {"e9"},
                     id="a day that does not exist"),
        pytest.param("student.readable", {"source_id": "p9", "org_id": "o1", "is_under_state_care": "да"}, {"p9"},
                     id="a word for true"),
    ],
)  # fmt: skip
def test_a_row_is_placed_or_not(cursor: Cursor, rule_id, row, expected):
    cursor.execute("set local role o7_loader")
    write(cursor, rule_id.split(".")[0], row)

    assert blamed(cursor, rule_id) == expected
