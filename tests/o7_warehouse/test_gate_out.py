"""The gate out: a coherent build passes, the interval is bounded, a jump is told, an old run is not examined."""

from __future__ import annotations

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
from tests.o7_warehouse.gated import MONDAY, TUESDAY, found


def test_a_coherent_build_passes_every_check(settings, house, build):
    gate_out(settings, build.run_id)

    findings = found(house, build.run_id)
    assert set(findings) == {check.check_id for check in CHECKS} | {"rows_accounted", VERDICT}
    assert {outcome for outcome, _ in findings.values()} == {"pass"}
    house.execute("select count(*), sum(rows_in) from audit.row_account where run_id = %s", (build.run_id,))
    [(entities, rows)] = house.fetchall()
    house.execute("select count(*) from raw_o7.load_record")
    assert (entities, rows) == (house.fetchall()[0][0], 1)


def test_a_school_and_a_municipality_whose_last_pupil_has_left_hold_nothing_back(settings, house):
    build = Build(MONDAY, [Pupil(1)])
    write(house, build)
    deliver_nothing(house, MONDAY)

    gate_out(settings, build.run_id)

    house.execute(
        "select count(*) from indicators.leaf_counts where org_unit_code in ('school-2', %s)", (OTHER_UNIT,)
    )
    assert house.fetchall() == [(0,)]
    assert found(house, build.run_id)["leaves_sum_to_contingent"][0] == "pass"


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
