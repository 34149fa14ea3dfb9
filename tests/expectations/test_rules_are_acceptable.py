"""A rule that cannot be evaluated or explained never gets into the house."""

from __future__ import annotations

import pytest
import yaml

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CatalogueError
from o7_warehouse.rules import all_rules, parse_entity, read_rules
from o7_warehouse.rules_check import mentioned
from o7_warehouse.settings import ROOT

EVERY = yaml.safe_load((ROOT / "expectations" / "every_entity.yml").read_text("utf-8"))
RULE = {
    "name": "login_given",
    "version": "1",
    "leaf": "P02",
    "columns": ["login"],
    "predicate": "coalesce(btrim(login), '') <> ''",
    "severity": "warning",
    "kind": "row",
    "text": "У учащегося есть логин",
    "remedy": "Создайте учётную запись",
    "owner": "Школа",
    "legal_basis": "Приказ № 22/1001",
    "source": "domain §1.1 P02",
    "fault": {"login": ""},
}
HELPER = {
    "name": "same",
    "says": "Одинаковые логины",
    "joined_on": "delivered.login",
    "gives": ["copies_of_login"],
    "select": "select student.login as key, count(*) as copies_of_login from night.student as student",
}


def parsed(rule, helpers=()):
    content = {"entity": "student", "helpers": list(helpers), "rules": [rule]}
    return parse_entity(content, every=EVERY, entity=read_contract().entity("student"))


def test_the_pattern_of_these_tests_is_acceptable():
    assert "student.login_given" in {rule.rule_id for rule in parsed(RULE).rules}


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"predicate": "lgoin <> ''"}, "mentions 'lgoin'"),
        ({"predicate": "pg_sleep(5) is null"}, "mentions 'pg_sleep'"),
        ({"predicate": "(select true)"}, "mentions 'select'"),
        ({"predicate": "true; drop table x"}, "no predicate of one expression"),
        ({"predicate": "login = personal_file_no"}, "reads 'personal_file_no'"),
        ({"predicate": ""}, "no predicate"),
        ({"columns": []}, "names no column"),
        ({"columns": ["login", "nickname"]}, "'nickname', which the contract does not have"),
        ({"severity": "error"}, "severity 'error'"),
        ({"owner": "Завуч"}, "owner 'Завуч'"),
        ({"kind": "table"}, "kind 'table'"),
        ({"kind": "set"}, "looks at its own row only"),
        ({"predicate": "copies = 1 and login is not null"}, "looks beyond its row"),
        ({"text": "Login is given"}, "no Russian text"),
        ({"remedy": "Создайте учётную запись."}, "full stop"),
        ({"legal_basis": ""}, "no Russian legal_basis"),
        ({"fault": {}}, "no planted fault"),
        ({"fault": None}, "no planted fault"),
        ({"leaf": "P52"}, "leaf 'P52'"),
        ({"name": "Login Given"}, "no lower-case name"),
        ({"name": "key_given"}, "is there twice"),
    ],
)
def test_a_rule_in_doubt_is_refused_with_its_name(change, objection):
    with pytest.raises(CatalogueError, match=r"student") as refused:
        parsed(RULE | change)

    assert objection in str(refused.value)


@pytest.mark.parametrize(
    "missing", ["severity", "text", "remedy", "legal_basis", "owner", "version", "fault"]
)
def test_half_a_rule_is_refused(missing):
    with pytest.raises(CatalogueError, match=missing):
        parsed({key: value for key, value in RULE.items() if key != missing})


def test_an_unknown_key_is_refused():
    with pytest.raises(CatalogueError, match="mostly"):
        parsed(RULE | {"mostly": 0.95})


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"gives": ["login"]}, "which the row already has"),
        ({"select": "select login as key from raw_o7.student"}, "holds every night"),
        ({"select": "select login from night.student"}, "lacks what it gives"),
    ],
)
def test_a_helper_in_doubt_is_refused(change, objection):
    with pytest.raises(CatalogueError, match="student") as refused:
        parsed(RULE, [HELPER | change])

    assert objection in str(refused.value)


def test_a_literal_is_no_word_of_a_predicate():
    assert mentioned("dq.as_date(x) = 'select ''it'' now' and y") == ({"dq.as_date"}, {"x", "and", "y"})


def test_the_registry_covers_every_entity_and_keeps_its_promises():
    rules = all_rules(read_rules())
    of_fields = [
        rule for rule in rules.values() if not rule.is_placement and not rule.rule_id.endswith(".readable")
    ]

    assert {rule.entity for rule in of_fields} == set(read_contract().entity_names)
    assert len(of_fields) >= 200
    assert all(rule.severity == "critical" for rule in rules.values() if rule.is_placement)
    # A critical rule of values stops the whole night: such a rule is a decision, not an accident.
    assert [rule.rule_id for rule in of_fields if rule.severity == "critical"] == [
        "academic_year.order_of_days"
    ]
