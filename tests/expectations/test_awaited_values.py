"""Rules about values the contract does not deliver: they wait for it, and are right when it does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import yaml
from psycopg2 import sql

from o7_warehouse.contract import read_contract
from o7_warehouse.gate_pass import examine, failing_rows
from o7_warehouse.gate_relations import make_relations
from o7_warehouse.rules import read_rules
from o7_warehouse.settings import ROOT
from tests.expectations.world import NIGHT, clean_world, write

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

AWAITING = {rule.rule_id: rule for group in read_rules() for rule in group.awaiting}
# Values in which each rule finds no fault, in the clean first row of its entity; the pupil is thirteen, p5 of age.
GOOD = {
    "additional_info.long_term_treatment_code": [{"long_term_treatment_study_code": code} for code in "123"],
    "additional_info.adapted_program_code": [
        {"adapted_program_need_code": code} for code in ("201", "214", " 208 ", "")
    ],
    "additional_info.health_limitation_code": [{"health_limitation_code": code} for code in ("301", "311", "")],
    "additional_info.health_group_code": [{"health_group_code": code} for code in ("11", "18")],
    "additional_info.health_group_of_age": [
        {"health_group_code": "15"}, {"health_group_code": "16", "student_id": "p5"}, {"health_group_code": "19"},
    ],
    "additional_info.disability_code": [{"disability_code": code} for code in ("11", "14", "")],
    "additional_info.disabled_child_is_a_child": [
        {"disability_code": "14"}, {"disability_code": "11", "student_id": "p5"},
    ],
    "additional_info.disability_group_of_adult": [
        {"disability_code": "14"}, {"disability_code": "13", "student_id": "p5"},
    ],
    "additional_info.disability_category": [{"disability_category_code": code} for code in ("21", "22")],
    "additional_info.disability_term": [{"disability_until": day} for day in (NIGHT, "2027-01-01", "")],
    "additional_info.home_study_is_individual": [
        {"long_term_treatment_study_code": "1", "individual_study": "да"},
        {"long_term_treatment_study_code": "2", "individual_study": "нет"},
    ],
    "fitness_record.group_code": [{"fitness_group_code": code} for code in ("21", "24", "")],
    "fitness_record.special_group_is_not_measured": [{"fitness_group_code": "23", "health_group_code": "14"}],
    "fitness_record.gto_step": [{"gto_step": step} for step in ("I", "VI", "")],
    "fitness_record.gto_badge": [{"gto_badge": badge} for badge in ("золотой", "Серебряный", "бронзовый")],
    "exam_result.oge_mark": [
        {"exam_kind": "ОГЭ", "mark": "2"}, {"exam_kind": "ОГЭ", "mark": "5"}, {"exam_kind": "ЕГЭ", "mark": "7"},
    ],
    "exam_result.ege_score": [{"exam_kind": "ЕГЭ", "score": score} for score in ("0", "100", "")],
    "exam_result.ege_base_mark": [{"exam_kind": "ЕГЭ", "mark": mark} for mark in ("2", "5", "")],
    "guardian.snils_is_own": [
        {"snils": "914-942-603 18"}, {"snils": ""}, {"snils": "985-822-412 60", "student_id": "p2"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's rules under a contract that delivers every value they wait for."""
    root = tmp_path_factory.mktemp("generous")
    contract = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text("utf-8"))
    for rule in AWAITING.values():
        for column in rule.awaits:
            contract["entities"][rule.entity]["columns"][column] = {"type": "text", "sensitivity": "S"}
    (root / "contracts").mkdir()
    (root / "contracts" / "o7.yml").write_text(yaml.safe_dump(contract, allow_unicode=True), "utf-8")
    (root / "expectations").symlink_to(ROOT / "expectations")
    return root


def test_a_contract_that_delivers_the_values_has_no_rule_waiting(generous: Path) -> None:
    registry = read_rules(generous)

    assert [rule for group in registry for rule in group.awaiting] == []
    assert set(AWAITING) <= {rule.rule_id for group in registry for rule in group.rules}


def test_what_waits_costs_the_night_nothing() -> None:
    """A helper that only waiting rules need is not made."""
    made = {(group.entity, helper.name) for group in read_rules() for helper in group.helpers}

    assert not made & {("additional_info", "holder"), ("guardian", "ward_number")}


def test_each_waiting_rule_tells_good_values_from_its_fault(cursor: Cursor, generous: Path) -> None:
    contract, registry = read_contract(generous), read_rules(generous)
    faulty = set()
    for entity in {rule.entity for rule in AWAITING.values()}:
        _add_awaited_columns(cursor, entity)
    for rule_id, rule in AWAITING.items():
        first = clean_world()[rule.entity][0]
        assert isinstance(rule.fault, dict)
        for number, values in enumerate([rule.fault, *GOOD[rule_id]]):
            row = {**first, **values, "source_id": f"{rule_id} {number}"}
            _write(cursor, rule.entity, row)
        faulty.add((rule_id, f"{rule_id} 0"))

    cursor.execute("set local role o7_gate")
    make_relations(cursor, contract=contract, registry=registry, night=date.fromisoformat(NIGHT))
    blamed = {
        (rule_id, source_id)
        for group in registry
        if group.entity in {rule.entity for rule in AWAITING.values()}
        for rule_id, source_id in _blamed(cursor, contract.entity(group.entity), group.rules)
    }

    assert blamed == faulty


def _add_awaited_columns(cursor: Cursor, entity: str) -> None:
    awaited = {column for rule in AWAITING.values() if rule.entity == entity for column in rule.awaits}
    for column in awaited:
        cursor.execute(
            sql.SQL("alter table {} add column {} text").format(
                sql.Identifier("raw_o7", entity), sql.Identifier(column)
            )
        )


def _write(cursor: Cursor, entity: str, row: dict[str, str]) -> None:
    """The row as the contract of today has it, and then its awaited values."""
    write(cursor, entity, row)
    for column in {column for rule in AWAITING.values() if rule.entity == entity for column in rule.awaits}:
        if column in row:
            cursor.execute(
                sql.SQL("update {} set {} = %s where source_id = %s").format(
                    sql.Identifier("raw_o7", entity), sql.Identifier(column)
                ),
                (row[column], row["source_id"]),
            )


def _blamed(cursor: Cursor, entity, rules) -> list[tuple[str, str]]:
    found = examine(cursor, entity, rules, night=date.fromisoformat(NIGHT))
    cursor.execute(sql.SQL("select source_id, mask from {}").format(failing_rows(entity.name)))
    failing = cursor.fetchall()
    return [
        (rule_id, source_id)
        for rule_id, bit in found.bits.items()
        if rule_id in AWAITING
        for source_id, mask in failing
        # Others may be broken by what a row was given for one of them.
        if mask & bit and source_id.startswith(f"{rule_id} ")
    ]
