"""Every check of the gate out: one breach each, found by the check that guards it, and named."""

from __future__ import annotations

import pytest

from o7_warehouse.errors import GateError
from o7_warehouse.gate_out import CHECKS, VERDICT, gate_out
from tests.o7_warehouse.gated import found

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
