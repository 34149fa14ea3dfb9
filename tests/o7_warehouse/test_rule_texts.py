"""The words of the field rules: kept once, and again only when they change."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from o7_warehouse.rule_texts import keep_texts
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.o7_warehouse.builds import ROOT


@pytest.fixture
def rules():
    """The rules of the project, in their order."""
    return list(all_rules(read_rules(ROOT)).values())


@pytest.fixture
def cursor(warehouse_database):
    """The administrator's, who takes the parts of loader and gate in turn."""
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


def kept_by(cursor, rules):
    """What a new run adds to the audit: rule and text."""
    run_id = str(uuid.uuid4())
    cursor.execute("set local role o7_loader")
    cursor.execute(
        "insert into audit.run (run_id, night, mode, transport, trigger, contract_version, snapshot_at, code_revision)"
        " values (%s, '2025-12-15', 'extract', 'T2', 'test', '1.0', now(), 'revision')",
        (run_id,),
    )
    cursor.execute("set local role o7_gate")
    for _ in range(2):
        keep_texts(cursor, rules, run_id=run_id)
    cursor.execute("select rule_id, text from audit.rule_text where run_id = %s order by place", (run_id,))
    return cursor.fetchall()


def test_the_first_run_keeps_the_words_of_every_rule_in_their_order(cursor, rules):
    assert kept_by(cursor, rules) == [(rule.rule_id, rule.text) for rule in rules]


def test_a_run_that_says_the_same_keeps_nothing(cursor, rules):
    kept_by(cursor, rules)

    assert kept_by(cursor, rules) == []


@pytest.mark.parametrize("field", ["text", "remedy", "owner", "legal_basis"])
def test_a_run_keeps_the_words_that_changed(cursor, rules, field):
    kept_by(cursor, rules)
    rules[7] = replace(rules[7], **{field: "Иначе"})

    [(rule_id, _)] = kept_by(cursor, rules)

    assert rule_id == rules[7].rule_id


def test_words_that_come_back_are_kept_again(cursor, rules):
    """What a rule says is what the newest run before it said, not what any run ever said."""
    changed = [*rules[:7], replace(rules[7], text="Иначе"), *rules[8:]]
    kept_by(cursor, rules)
    kept_by(cursor, changed)

    assert kept_by(cursor, rules) == [(rules[7].rule_id, rules[7].text)]
