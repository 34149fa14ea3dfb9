"""The gate out: a coherent build passes, and each breach is found by the check that guards it, and named."""

from __future__ import annotations

import datetime as dt

import pytest

from o7_warehouse import runs
from o7_warehouse.audit.verify import verify
from o7_warehouse.errors import GateError, NightError
from o7_warehouse.gate_out import CHECKS, VERDICT, gate_out
from o7_warehouse.gate_out_rows import staging_table
from o7_warehouse.publish import publish
from tests.conftest import held_up
from tests.o7_warehouse.builds import OTHER_UNIT, Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, write

MONDAY = dt.date(2025, 12, 15)
TUESDAY = dt.date(2025, 12, 16)
# Two classes of one school, one of another in another municipality.
PUPILS = (
    Pupil(1),
    Pupil(2, is_complete=False, statuses="e" * 51),
    Pupil(3, class_id="class-2", stage="noo"),
    Pupil(4, class_id="class-2", stage="unknown", is_complete=False),
    Pupil(5, school="school-2", class_id="class-3"),
)


@pytest.fixture
def build(house):
    build = Build(MONDAY, PUPILS)
    write(house, build)
    deliver_nothing(house, MONDAY)
    return build


def found(cursor, run_id):
    cursor.execute(
        "select check_id, outcome, message from audit.gate_finding where run_id = %s and gate = 'out'",
        (run_id,),
    )
    return {check_id: (outcome, message) for check_id, outcome, message in cursor.fetchall()}


def test_a_coherent_build_passes_every_check(settings, house, build):
    gate_out(settings, build.run_id)

    findings = found(house, build.run_id)
    assert set(findings) == {check.check_id for check in CHECKS} | {"rows_accounted", VERDICT}
    assert {outcome for outcome, _ in findings.values()} == {"pass"}
    house.execute("select count(*), sum(rows_in) from audit.row_account where run_id = %s", (build.run_id,))
    [(entities, rows)] = house.fetchall()
    house.execute("select count(*) from raw_o7.load_record")
    assert (entities, rows) == (house.fetchall()[0][0], 1)


def test_a_run_that_ended_while_it_was_examined_adds_nothing_to_its_sealed_audit(settings, house, build):
    with held_up(settings, "raw_o7.load_record", lambda: gate_out(settings, build.run_id)) as late:
        runs.close_run(settings, build.run_id, outcome="failed", message="the test ends it")

    with pytest.raises(NightError, match="has ended"):
        late.result()
    assert found(house, build.run_id) == {}
    assert verify(settings).is_sound


def test_a_repeated_examination_adds_no_second_account(settings, house, build):
    gate_out(settings, build.run_id)

    gate_out(settings, build.run_id)

    house.execute("select count(*) from audit.row_account where entity = 'organization'")
    assert house.fetchall() == [(1,)]


FIGURES = "update indicators.indicator_values set "
WHERE_REGION = " where level = 'region' and education_stage = 'all' and indicator = "
BREACHES = [
    pytest.param(
        FIGURES + "org_unit_code = 'nowhere' where level = 'school' and org_unit_code = 'school-2'",
        {"units_known", "children_sum_to_parents", "contingent_is_profiles", "leaves_sum_to_contingent"},
        id="a figure of an unknown school",
    ),
    pytest.param(
        "insert into indicators.indicator_values select * from indicators.indicator_values"
        " where indicator = '4.3' and level = 'school' and org_unit_code = 'school-2'",
        {"figures_unique"},
        id="a figure counted twice",
    ),
    pytest.param(
        "delete from indicators.indicator_values where org_unit_code = 'STATE' and indicator = '4.3'",
        {"figures_present"},
        id="a municipality without a value",
    ),
    pytest.param(
        FIGURES
        + "numerator = denominator + 1, value = round(100 * (denominator + 1) / denominator::numeric, 6)"
        + WHERE_REGION
        + "'4.3'",
        {"numerator_within_denominator", "children_sum_to_parents", "readings_ordered"},
        id="more teachers with access than teachers",
    ),
    pytest.param(
        FIGURES + "value = value + 0.000001" + WHERE_REGION + "'4.1'",
        {"value_is_quotient"},
        id="a rounded value",
    ),
    pytest.param(
        FIGURES + "value = 0 where denominator = 0", {"value_is_quotient"}, id="a zero where there is nobody"
    ),
    pytest.param(
        FIGURES + "numerator = 1, value = round(100 / denominator::numeric, 6)" + WHERE_REGION + "'4.4'",
        {"children_sum_to_parents", "stages_sum_to_all", "readings_ordered"},
        id="a region that is not the sum of its municipalities",
    ),
    pytest.param(
        "update indicators.org_units set parent_code = 'school-2' where org_unit_code = 'class-2'",
        {"children_sum_to_parents"},
        id="a class under another school",
    ),
    pytest.param(
        FIGURES
        + "education_stage = 'soo' where education_stage = 'noo' and level = 'class' and indicator = '4.2'",
        {"children_sum_to_parents", "denominators_shared"},
        id="a class in another stage",
    ),
    pytest.param(
        "delete from indicators.indicator_values where indicator = '4.2' and education_stage = 'unknown'",
        {"stages_sum_to_all", "denominators_shared"},
        id="a stage that was left out",
    ),
    pytest.param(
        "delete from indicators.indicator_values where indicator = '4.4' and level = 'class'",
        {"denominators_shared", "children_sum_to_parents"},
        id="an indicator without its classes",
    ),
    pytest.param(
        "update marts.fct_profile_completeness set rules_met = 'fffff' where class_id = 'class-3'",
        {"contingent_is_profiles"},
        id="a numerator of other profiles",
    ),
    pytest.param(
        "delete from marts.fct_staff_reading where has_access",
        {"staff_are_readings"},
        id="teachers who went away",
    ),
    pytest.param(
        "update marts.fct_profile_completeness set statuses = overlay(statuses placing '?' from 7)",
        {"statuses_well_formed"},
        id="an unknown letter",
    ),
    pytest.param(
        "update marts.fct_profile_completeness set statuses = substr(statuses, 2)",
        {"statuses_well_formed"},
        id="a status too few",
    ),
    pytest.param(
        "update indicators.leaf_counts set filled = filled + 1 where leaf_code = 'P13' and level = 'region'",
        {"leaves_sum_to_contingent", "leaves_sum_to_parents"},
        id="a leaf that counts one pupil more",
    ),
    pytest.param(
        "delete from indicators.leaf_counts where leaf_code = 'P51'",
        {"leaves_sum_to_contingent"},
        id="a leaf left out",
    ),
    pytest.param(
        "update indicators.leaf_counts set filled = filled - 1, empty = empty + 1"
        " where leaf_code = 'P13' and level = 'municipality' and org_unit_code = '83701000'",
        {"leaves_sum_to_parents"},
        id="a leaf in another status upstairs",
    ),
    pytest.param(
        "update indicators.control_values set numerator = numerator + 1,"
        " value = round(100 * (numerator + 1) / denominator::numeric, 6)"
        " where reading = 'FULL' and level = 'region'",
        {"readings_ordered"},
        id="more FULL than CORE",
    ),
    pytest.param(
        "update indicators.control_values set numerator = numerator + 1,"
        " value = round(100 * (numerator + 1) / denominator::numeric, 6)"
        " where reading = 'rec_or_plan' and level = 'region'",
        {"readings_ordered"},
        id="a union that is not the sum less the overlap",
    ),
    pytest.param(
        "delete from indicators.control_values where indicator = '4.3' and level = 'region'",
        {"readings_ordered"},
        id="an indicator without its control reading",
    ),
    pytest.param(
        FIGURES + "numerator = null, value = null where indicator = '4.4'",
        {"unknown_only_without_source"},
        id="no value although everything was delivered",
    ),
    pytest.param(
        "insert into raw_o7.organization (source_id, _night_from, _row_hash, _batch_id)"
        " values ('school-2', '2025-12-01', 2, gen_random_uuid())",
        {"rows_accounted"},
        id="a row in raw that nobody counted",
    ),
    pytest.param(
        "truncate staging.stg_o7__organizations", {"rows_accounted"}, id="a row lost on the way to staging"
    ),
    pytest.param(
        "delete from raw_o7.load_record where entity = 'contact'",
        {"rows_accounted"},
        id="a load nobody recorded",
    ),
    pytest.param(
        "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids)"
        " values ('2025-12-15', 'class', 'class-9', 9, 1, '{rule}')",
        {"rows_accounted"},
        id="a row in quarantine that raw has not",
    ),
]


@pytest.mark.parametrize(("sabotage", "expected"), BREACHES)
def test_a_breach_is_found_by_the_check_that_guards_it(settings, house, build, sabotage, expected):
    house.execute(sabotage)
    assert house.rowcount != 0, "the sabotage touched nothing"

    with pytest.raises(GateError) as refused:
        gate_out(settings, build.run_id)

    findings = found(house, build.run_id)
    assert {check for check, (outcome, _) in findings.items() if outcome != "pass"} == expected | {VERDICT}
    assert all(check in str(refused.value) for check in expected)


def test_every_check_is_seen_to_fail():
    """A check that no breach reaches guards nothing."""
    reached = set().union(*(parameters.values[1] for parameters in BREACHES))

    # The two bounds have tests of their own below.
    assert reached | {"interval_within_tolerance", "jump_explained"} == {
        *(check.check_id for check in CHECKS),
        "rows_accounted",
    }


def test_a_check_that_cannot_be_computed_is_an_error_and_no_pass(settings, house, build):
    house.execute("alter table indicators.leaf_counts rename column filled to full_up")
    try:
        with pytest.raises(GateError, match="не вычислена"):
            gate_out(settings, build.run_id)
    finally:
        house.execute("alter table indicators.leaf_counts rename column full_up to filled")

    findings = found(house, build.run_id)
    assert {check for check, (outcome, _) in findings.items() if outcome == "error"} == {
        "leaves_sum_to_contingent",
        "leaves_sum_to_parents",
    }


def test_an_unknown_numerator_is_right_where_the_source_was_silent(settings, house):
    build = Build(MONDAY, [Pupil(1, is_complete=None, statuses="f" * 9 + "sss" + "f" * 39)])
    write(house, build)
    deliver_nothing(house, MONDAY)
    house.execute("delete from raw_o7.load_record where entity = 'contact'")
    house.execute("insert into raw_o7.absent_column values (%s, 'contact', '')", (MONDAY,))

    gate_out(settings, build.run_id)

    assert found(house, build.run_id)[VERDICT][0] == "pass"


def quarantine_pupils(cursor, night, *, count):
    """So many persons of the delivery cannot be placed; the accounts stay exact."""
    for number in range(count):
        cursor.execute(
            "insert into raw_o7.person (source_id, _night_from, _row_hash, _batch_id)"
            " values (%s, %s, %s, gen_random_uuid())",
            (f"person-{number}", night, number),
        )
        cursor.execute(
            "insert into quarantine.entry (night, entity, source_id, row_hash, copies, rule_ids)"
            " values (%s, 'person', %s, %s, 1, '{rule}')",
            (night, f"person-{number}", number),
        )
    cursor.execute("update raw_o7.load_record set rows_in = %s where entity = 'person'", (count,))


@pytest.mark.parametrize(
    ("count", "outcome"),
    [
        pytest.param(2, "pass", id="2 of 102 is within 2 points"),
        pytest.param(3, "fail", id="3 of 103 is more than 2 points"),
    ],
)
def test_the_interval_of_the_unplaced_is_bounded(settings, house, count, outcome):
    build = Build(MONDAY, [Pupil(number) for number in range(100)])
    write(house, build)
    deliver_nothing(house, MONDAY)
    quarantine_pupils(house, MONDAY, count=count)

    if outcome == "fail":
        with pytest.raises(GateError, match="interval_within_tolerance"):
            gate_out(settings, build.run_id)
    else:
        gate_out(settings, build.run_id)

    found_outcome, message = found(house, build.run_id)["interval_within_tolerance"]
    assert found_outcome == outcome
    assert f"4.1: вне подсчета {count}, от {100 * 100 / (100 + count):.2f} до 100.00 %" in message


def test_a_quarantined_pupil_who_is_counted_all_the_same_widens_nothing(settings, house):
    build = Build(MONDAY, [Pupil(number) for number in range(100)])
    write(house, build)
    deliver_nothing(house, MONDAY)
    quarantine_pupils(house, MONDAY, count=3)
    for number in range(3):
        house.execute(
            "insert into raw_o7.student_keys (student_id, student_key, key_version) values (%s, %s, 1)",
            (f"person-{number}", Pupil(number).key),
        )

    gate_out(settings, build.run_id)

    assert "4.1: вне подсчета 0," in found(house, build.run_id)["interval_within_tolerance"][1]


def test_a_jump_is_a_warning_that_names_who_moved(settings, house):
    before = Build(MONDAY, [Pupil(1), Pupil(2), Pupil(3, school="school-2", class_id="class-3")])
    write(house, before)
    deliver_nothing(house, MONDAY)
    gate_out(settings, before.run_id)
    publish(settings, before.run_id)
    after = Build(
        TUESDAY, [*before.pupils[:2], Pupil(3, school="school-2", class_id="class-3", is_complete=False)]
    )
    write(house, after)
    deliver_nothing(house, TUESDAY)

    gate_out(settings, after.run_id)

    outcome, message = found(house, after.run_id)["jump_explained"]
    assert outcome == "warning"
    assert (
        "4.1 83000000: было 100.00, стало 66.67 (-33.33 п.п.); больше всего изменились: " + OTHER_UNIT
        in message
    )
    publish(settings, after.run_id)


def test_a_run_that_was_superseded_is_not_examined(settings, house, build):
    house.execute(
        "insert into audit.run_outcome (run_id, outcome) values (%s, 'superseded')", (build.run_id,)
    )

    with pytest.raises(NightError):
        gate_out(settings, build.run_id)


@pytest.mark.parametrize(
    ("entity", "table"),
    [("student", "stg_o7__students"), ("class", "stg_o7__classes"), ("legal_basis", "stg_o7__legal_bases"),
     ("access_grant_staff", "stg_o7__access_grant_staffs")],
)  # fmt: skip
def test_staging_is_named_in_the_plural(entity, table):
    assert staging_table(entity) == table
