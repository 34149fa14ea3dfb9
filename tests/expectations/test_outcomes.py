"""Every rule has one outcome every night, and nothing but a count of nought by both engines is a pass."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from o7_warehouse.errors import GateError
from o7_warehouse.gate_in import gate_in, judge
from o7_warehouse.gate_pass import Counted, Examined
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import transaction
from tests.deliveries import asked
from tests.expectations.nights import opened
from tests.expectations.world import NIGHT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from o7_warehouse.settings import Settings

REGISTRY = read_rules()
RULES = all_rules(REGISTRY)
LOGIN = "student.login_given"
Change = dict[str, object]


@pytest.fixture
def night_of(clean_warehouse: Settings, tmp_path: Path) -> Callable[[Change], tuple[dict[str, str], str]]:
    """Lets the gate examine the clean night with `student.login_given` changed: outcomes, and what it refuses."""

    def examined(change: Change) -> tuple[dict[str, str], str]:
        for name in ("contracts", "dbt_project", "o7_warehouse"):
            (tmp_path / name).symlink_to(ROOT / name)
        (tmp_path / "expectations" / "rules").mkdir(parents=True)
        (tmp_path / "expectations" / "every_entity.yml").symlink_to(
            ROOT / "expectations" / "every_entity.yml"
        )
        (tmp_path / "expectations" / "waivers.yml").symlink_to(ROOT / "expectations" / "waivers.yml")
        for path in (ROOT / "expectations" / "rules").iterdir():
            content = yaml.safe_load(path.read_text("utf-8"))
            for rule in content["rules"]:
                if f"{content['entity']}.{rule['name']}" == LOGIN:
                    rule.update(change)
            (tmp_path / "expectations" / "rules" / path.name).write_text(
                yaml.safe_dump(content, allow_unicode=True), "utf-8"
            )
        settings = replace(clean_warehouse, root=tmp_path)
        run_id = opened(clean_warehouse)
        refusal = ""
        try:
            gate_in(settings, run_id)
        except GateError as error:
            refusal = str(error)
        outcomes = asked(
            clean_warehouse, "select rule_id, outcome from audit.rule_result where run_id = %s", (run_id,)
        )
        assert len(outcomes) == len(dict(outcomes))
        return dict(outcomes), refusal

    return examined


def test_a_rule_that_meets_an_error_is_no_pass_and_stops_the_night(night_of) -> None:
    outcomes, refusal = night_of(
        {"predicate": "right(login, 1)::integer = 10 / (right(login, 1)::integer - 2)"}
    )

    assert outcomes.pop(LOGIN) == "error"
    assert set(outcomes.values()) == {"pass", "not_applicable_by_contract"}
    assert re.search(
        r"1 rules could not be evaluated: student\.login_given \(psycopg2\.errors\.\w+\)", refusal
    )


def test_a_rule_the_two_engines_count_differently_stops_the_night(night_of) -> None:
    """One engine takes the words of Great Expectations for unique, the other the predicate."""
    outcomes, refusal = night_of({"native": "unique", "predicate": "coalesce(btrim(login), '') = 'login1'"})

    assert outcomes[LOGIN] == "fail"
    assert "1 rules are counted differently by the two engines: student.login_given (4 and 0)" in refusal


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        pytest.param(("person", "inn"), {rule for rule in RULES if rule.startswith("person.inn_")}, id="a column"),
        pytest.param(("education_document", ""),
                     {rule for rule in RULES if rule.startswith("education_document.")}
                     | {"person.certificate_from_tenth"}, id="an entity, and a rule whose helper reads it"),
    ],
)  # fmt: skip
def test_what_was_not_delivered_is_not_evaluated_and_no_pass(
    clean_warehouse: Settings, absent: tuple[str, str], expected: set[str]
) -> None:
    with transaction(clean_warehouse, "o7_loader") as connection, connection.cursor() as cursor:
        cursor.execute("insert into raw_o7.absent_column values (%s, %s, %s)", (NIGHT, *absent))
    run_id = opened(clean_warehouse)
    gate_in(clean_warehouse, run_id)
    with transaction(clean_warehouse, "o7_loader") as connection, connection.cursor() as cursor:
        cursor.execute("delete from raw_o7.absent_column")

    found = asked(clean_warehouse, "select * from audit.rule_result where run_id = %s", (run_id,))
    left_out = asked(
        clean_warehouse,
        "select rule_id, rows_checked, rows_failed, gx_failed from audit.rule_result"
        " where run_id = %s and outcome = 'not_evaluated'",
        (run_id,),
    )
    assert {rule_id for rule_id, *_ in left_out} == expected
    assert {tuple(counts) for _, *counts in left_out} == {(None, None, None)}
    assert len(found) == len(RULES) + sum(len(group.awaiting) for group in REGISTRY)


@pytest.mark.parametrize("alone", ["ours", "theirs"])
def test_a_rule_one_engine_alone_has_counted_is_not_evaluated_and_the_counts_differ(alone: str) -> None:
    [student] = [group for group in REGISTRY if group.entity == "student"]
    counted = {LOGIN: Counted(rows_checked=7, rows_failed=0)}
    ours = counted if alone == "ours" else {}
    theirs = counted if alone == "theirs" else {}

    results = judge([student], examined={"student": Examined(counted=ours, bits={}, rows=7)}, by_gx=theirs)

    [login] = [result for result in results if result.rule.rule_id == LOGIN]
    assert login.outcome == "not_evaluated"
    assert login.rows_failed != login.gx_failed
