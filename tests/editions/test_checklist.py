"""The release checklist: each check is seen to fire, in words, and to be silent where there is nothing."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from o7_warehouse.editions.checklist import CHECKS
from o7_warehouse.editions.ledger import last_event
from o7_warehouse.editions.words import checklist_lines
from o7_warehouse.errors import EditionError
from tests.editions.desk import EARLY, FIRST, LAST, Q3, TODAY, run_of

NBSP = "\N{NO-BREAK SPACE}"
# What the republic of these tests always has: schools without pupils, quarantined rows, a night nobody signed, and
# counts below the threshold.
STANDING = {"schools_delivered", "nothing_quarantined", "night_signed", "few_hidden"}
BUILD = f"where build_id = '{run_of(LAST)}'"


def found(checklist):
    """The checks that fire, with what they say."""
    return {one.check: one.found for one in checklist.outcomes if one.found}


@pytest.fixture
def changed(desk):
    """A desk whose figures, catalogues and audit a test may change: the tables are put back afterwards."""
    tables = (
        "indicators.indicator_values", "indicators.control_values", "indicators.leaf_counts",
        "indicators.org_units", "catalogue.indicators",
        "audit.gate_finding", "audit.seal", "audit.row_account",
    )  # fmt: skip
    for table in tables:
        desk.cursor.execute(f"create table public.{table.partition('.')[2]} as select * from {table}")
    yield desk
    for table in tables:
        name = table.partition(".")[2]
        desk.cursor.execute(f"truncate {table}; insert into {table} select * from public.{name}")
        desk.cursor.execute(f"drop table public.{name}")
    desk.cursor.execute("update audit.run set transport = 'T1'")


def test_a_night_with_nothing_to_tell_fires_nothing(changed):
    changed.cursor.execute(
        f"update indicators.indicator_values set numerator = 0, value = case when denominator > 0 then 0 end {BUILD};"
        f" update indicators.control_values set numerator = 0, value = 0 {BUILD}"
    )
    changed.cursor.execute(f"update indicators.org_units set student_count = 1 {BUILD} and level = 'school'")
    changed.cursor.execute("update audit.row_account set rows_quarantined = 0")
    changed.cursor.execute(
        "insert into audit.sign_off (night, run_id, chain, signed_by) values (%s, %s, 'x', 'Аудитор')",
        (LAST, run_of(LAST)),
    )

    assert found(changed.draft()) == {}


def test_a_draft_made_without_disclosure_control_is_told(changed):
    changed.draft()
    changed.cursor.execute("alter table audit.edition_event disable trigger user")
    changed.cursor.execute("update audit.edition_event set detail = detail - 'disclosure'")
    changed.cursor.execute("alter table audit.edition_event enable trigger user")

    with pytest.raises(EditionError, match="Проект составлен без скрытия малых численностей"):
        changed.submit()


@pytest.mark.parametrize(
    ("presumed", "said"),
    [
        (0, "вычислить."), (1, "1 число может угадать тот, кто предположит, что скрытое теперь не изменилось."),
        (22, "22 числа может угадать тот, кто предположит, что скрытое теперь не изменилось."),
    ],
)  # fmt: skip
def test_what_a_reader_of_the_editions_before_may_presume_is_told(changed, presumed, said):
    changed.draft()
    changed.cursor.execute(
        "update audit.edition_event set detail = jsonb_set(detail::jsonb, '{disclosure,presumed}', %s)",
        (str(presumed),),
    )

    assert found(changed.submit())["few_hidden"].replace("\u00a0", " ").endswith(said)


def test_what_the_republic_always_has_is_a_warning_and_blocks_nothing(desk):
    checklist = desk.draft()

    assert set(found(checklist)) == STANDING
    assert checklist.blocking == []


CASES = [
    pytest.param(
        f"update indicators.indicator_values set numerator = null, value = null {BUILD} and indicator = '4.1'",
        "delivery_complete", "Показатель 4.1 без значения: выгрузка неполная.", id="an indicator without a value",
    ),
    pytest.param(
        f"update indicators.leaf_counts set filled = 0, source_absent = filled {BUILD} and leaf_code = 'P36'",
        "delivery_complete", "О7 не передал поля профиля: P36.", id="a leaf О7 did not deliver",
    ),
    pytest.param(
        f"update indicators.org_units set student_count = 1 {BUILD} and level = 'school';"
        f" update indicators.org_units set student_count = 0 {BUILD} and level = 'school'"
        " and org_unit_code in ('83701000-0', '83701000-1')",
        "schools_delivered", f"нет — по 2{NBSP}школам.", id="schools without pupils",
    ),
    pytest.param(
        "update audit.row_account set rows_in = 1000, rows_quarantined = 7",
        "nothing_quarantined", f"Строк в карантине: 14 из 2{NBSP}000", id="quarantined rows",
    ),
    pytest.param(
        "insert into audit.waiver_applied (run_id, night, waiver_id, rule_id, state, rows_failed, rows_in_scope,"
        f" ceiling, since, until, granted_by, reason) values ('{run_of(LAST)}', '{LAST}', 'w', 'student.x', 'silent',"
        f" 3, 3, 5, '{EARLY}', '{LAST}', 'Министерство', 'x')",
        "no_waivers", "правила и число строк с нарушением: student.x (3).", id="a waiver",
    ),
    pytest.param("update audit.run set transport = 'T3'", "not_manual", "ручной выгрузкой", id="made by hand"),
    pytest.param(
        "insert into catalogue.indicators select indicator, name, unit, decimals, numerator_label, denominator_label,"
        " lowest_level, by_stage, readings, legal_place, '1.1', '2025-11-01' from catalogue.indicators"
        " where indicator = '4.2'",
        "definitions_unchanged", "Внутри периода изменились определения: показатель 4.2 — с 01.11.2025.",
        id="a definition that began within the period",
    ),
    pytest.param(
        f"delete from audit.gate_finding where run_id = '{run_of(LAST)}'",
        "gate_out_passed", "Выходной контроль сборки за ночь 31.12.2025 не проводился.", id="a gate nobody asked",
    ),
    pytest.param(
        f"update audit.gate_finding set outcome = 'fail' where run_id = '{run_of(LAST)}'",
        "gate_out_passed", "не пройден", id="a gate that closed",
    ),
    pytest.param(
        f"delete from audit.seal where run_id = '{run_of(LAST)}'",
        "run_sealed", "не завершён или не скреплён печатью", id="a run without a seal",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "check", "said"), CASES)
def test_a_check_fires(changed, statement, check, said):
    changed.cursor.execute(statement)

    told = found(changed.draft())

    assert said in told[check]
    assert set(told) - STANDING <= {check}


@pytest.mark.parametrize(
    ("state", "said"),
    [("silent", "student.x (7)."), ("exceeded", "(7, отсрочка превышена)"), ("ended", "(7, отсрочка закончилась)")],
)  # fmt: skip
def test_a_waiver_says_what_became_of_it(changed, state, said):
    changed.cursor.execute(
        "insert into audit.waiver_applied (run_id, night, waiver_id, rule_id, state, rows_failed, rows_in_scope,"
        " ceiling, since, until, granted_by, reason)"
        " values (%s, %s, 'w', 'student.x', %s, 7, 7, 5, %s, %s, 'Министерство', 'x')",
        (run_of(LAST), LAST, state, EARLY, LAST),
    )

    assert said in found(changed.draft())["no_waivers"]


def test_a_definition_of_the_first_day_holds_for_the_whole_period(changed):
    changed.cursor.execute(
        "insert into catalogue.indicators select indicator, name, unit, decimals, numerator_label, denominator_label,"
        " lowest_level, by_stage, readings, legal_place, '1.1', '2025-10-01' from catalogue.indicators"
        " where indicator = '4.2'"
    )

    assert "definitions_unchanged" not in found(changed.draft())


def test_a_night_before_the_last_day_is_told(desk):
    desk.cursor.execute("delete from published.night where night = %s", (LAST,))

    assert "раньше его последнего дня (31.12.2025)" in found(desk.draft())["last_day"]


def test_a_draft_behind_its_due_day_is_told(desk):
    due = dt.date(2026, 1, 12)

    assert "in_time" not in found(desk.draft(today=due))
    assert (
        found(desk.draft(today=due + dt.timedelta(days=1)))["in_time"]
        == "Срок утверждения прошёл 12.01.2026."
    )


def drifted(changed, share):
    """Let the denominator of 4.4 differ from the edition before by a share of it."""
    changed.issued(Q3)
    changed.cursor.execute(
        "update indicators.indicator_values as now set denominator = floor(earlier.denominator * %s)"
        " from indicators.indicator_values as earlier where earlier.build_id = %s and now.build_id = %s"
        " and (earlier.indicator, earlier.level, earlier.org_unit_code, earlier.education_stage)"
        " = (now.indicator, now.level, now.org_unit_code, now.education_stage)"
        " and now.level = 'region' and now.education_stage = 'all'",
        (share, run_of(Q3.last_day), run_of(LAST)),
    )
    changed.cursor.execute(
        f"update indicators.indicator_values set value = round(100 * numerator / denominator::numeric, 6) {BUILD}"
        " and level = 'region' and education_stage = 'all'"
    )
    # Readings are of the same people.
    changed.cursor.execute(
        "update indicators.control_values as control set denominator = figures.denominator,"
        " value = round(100 * control.numerator / figures.denominator::numeric, 6)"
        f" from indicators.indicator_values as figures where control.build_id = '{run_of(LAST)}'"
        " and figures.build_id = control.build_id and figures.indicator = control.indicator"
        " and figures.level = control.level and figures.org_unit_code = control.org_unit_code"
        " and figures.education_stage = 'all' and control.level = 'region'"
    )
    return found(changed.draft())


def test_denominators_that_drift_from_the_edition_before_are_told(changed):
    told = drifted(changed, 1.03)["denominators_steady"]

    assert told.startswith("Знаменатели заметно отличаются от редакции 2025-Q3-01: 4.1: было ")
    assert f"(+3,0{NBSP}%)" in told


def test_denominators_within_the_tolerance_are_not(changed):
    assert "denominators_steady" not in drifted(changed, 1.015)


@pytest.mark.parametrize("step", ["submit", "approve"])
def test_what_blocks_is_asked_at_every_step_and_named(changed, step):
    changed.at("draft" if step == "submit" else "submitted")
    changed.cursor.execute("delete from audit.gate_finding")

    with pytest.raises(EditionError, match=r"blocks the edition 2025-Q4-01: Выходной контроль"):
        getattr(changed, step)()


def test_the_approver_sees_what_holds_then_and_the_ledger_keeps_it(desk):
    desk.at("submitted")
    desk.cursor.execute(
        "insert into audit.sign_off (night, run_id, chain, signed_by) values (%s, %s, 'x', 'Аудитор')",
        (LAST, run_of(LAST)),
    )

    checklist = desk.approve()

    kept = last_event(desk.cursor, FIRST).detail["checklist"]
    assert set(found(checklist)) == STANDING - {"night_signed"}
    assert [one["found"] for one in kept] == [one.found for one in checklist.outcomes]
    lines = list(checklist_lines(kept))
    assert lines[0] == "Предупреждения:"
    assert lines[-1].startswith("Без замечаний (12): ")


def test_a_sign_off_of_another_build_of_the_night_does_not_count(desk):
    desk.cursor.execute(
        "insert into audit.sign_off (night, run_id, chain, signed_by) values (%s, %s, 'x', 'Аудитор')",
        (LAST, str(uuid.uuid4())),
    )

    assert found(desk.draft())["night_signed"] == "Ночь 31.12.2025 не подписана аудитором."


def test_every_check_has_been_seen_to_fire():
    fired = {case.values[1] for case in CASES}
    elsewhere = {
        "disclosure_controlled",
        "few_hidden",
        "night_stands",
        "last_day",
        "night_signed",
        "denominators_steady",
        "in_time",
    }

    assert {name for name, *_ in CHECKS} == fired | elsewhere
    assert TODAY > LAST
