"""The drill: which single persons a numerator leaves out, and when nobody can say."""

from __future__ import annotations

import pytest

from o7_warehouse.errors import NightError
from o7_warehouse.explain.read import explain
from tests.o7_warehouse.explained import MONDAY, PUPILS, publish_explained


@pytest.fixture
def build(settings, house):
    """Monday, published."""
    return publish_explained(settings, house)


@pytest.mark.usefixtures("build")
def test_the_drill_names_pseudonyms_and_what_each_lacks_the_nearest_first(settings):
    rows = explain(settings, "4.1", org="school-1", rows=9).rows

    assert rows is not None
    assert [(row.student_key, row.class_id, row.missing) for row in rows] == [
        (PUPILS[2].key, "class-1", {"P01": "empty"}),
        (PUPILS[3].key, "class-1", {"P01": "invalid", "P13": "placeholder"}),
    ]
    assert explain(settings, "4.1", org="class-1", rows=1).rows == rows[:1]


def test_the_drill_of_a_pupil_in_conflict_and_without_a_contact_says_so(settings, house, build):
    house.execute(
        "update published.profile_versions set has_contact = false, has_identity_conflict = true"
        " where student_key = %s",
        (PUPILS[2].key,),
    )

    [_, row] = explain(settings, "4.1", org="school-1", rows=9).rows or ()

    assert row.missing == {"P01": "empty", "contact_group": "empty", "identity_conflict": "conflict"}
    assert build.pupils == PUPILS


def test_the_drill_of_a_pupil_below_the_share_of_a_rule_says_so(settings, house, build):
    house.execute(
        "insert into indicators.profile_requirements values (%s, %s, 'CORE', true, 'filled_share', 54)",
        (build.night, build.run_id),
    )
    house.execute(
        "update published.profile_versions set filled_count = 45 where student_key = %s", (PUPILS[2].key,)
    )
    house.execute("update catalogue.profile_rules set min_share = 0.9 where rule_code = 'CORE'")

    try:
        rows = explain(settings, "4.1", org="school-1", rows=9).rows or ()
    finally:
        house.execute("update catalogue.profile_rules set min_share = null where rule_code = 'CORE'")

    assert {row.student_key: row.missing.get("filled_share") for row in rows} == {
        PUPILS[2].key: "below", PUPILS[3].key: None,
    }  # fmt: skip


def test_the_drill_of_a_pupil_whose_letters_do_not_tell_names_the_window_of_evidence(settings, house, build):
    house.execute(
        "update published.profile_versions set statuses = repeat('f', 51) where student_key = %s",
        (build.pupils[2].key,),
    )

    rows = explain(settings, "4.1", org="school-1", rows=9).rows or ()

    assert {row.student_key: row.missing for row in rows}[build.pupils[2].key] == {"evidence_window": "empty"}


@pytest.mark.usefixtures("build")
def test_the_drill_of_4_2_names_the_first_test_failed_and_what_is_there_who_came_furthest_first(settings):
    rows = explain(settings, "4.2", org="school-1", rows=9).rows

    assert [(row.student_key, row.class_id, row.reason) for row in rows] == [
        (PUPILS[1].key, "class-1", "no_portfolio"),
        (PUPILS[0].key, "class-1", "no_plan"),
        (PUPILS[3].key, "class-1", "no_plan"),
        (PUPILS[2].key, "class-1", "no_recommendation"),
    ]
    assert [(row.has_recommendation, row.has_plan, row.has_portfolio) for row in rows] == [
        (True, True, False), (True, False, False), (True, False, False), (False, False, False),
    ]  # fmt: skip
    assert rows[0].label.startswith("Рекомендация и план есть, портфолио не ведется")
    assert explain(settings, "4.2", org="class-1", rows=2).rows == rows[:2]


@pytest.mark.usefixtures("build")
def test_the_drill_of_4_4_names_what_the_nearest_account_lacks_who_is_nearest_to_access_first(settings):
    rows = explain(settings, "4.4", org="class-1", rows=9).rows

    assert [(row.student_key, row.reason) for row in rows] == [
        (PUPILS[1].key, "not_verified"),
        *((PUPILS[place].key, "no_grant") for place in (0, 2, 3)),
    ]
    assert rows[-1].label == "Учетная запись ресурса не выдана"


@pytest.mark.usefixtures("build")
def test_the_drill_of_4_3_names_teachers_by_pseudonym_and_position(settings, house):
    rows = explain(settings, "4.3", org="school-1", rows=9).rows

    house.execute(
        "select staff_key::text from marts.fct_staff_reading where not has_access order by staff_key"
    )
    assert [(row.staff_key,) for row in rows] == house.fetchall()
    assert {(row.position_code, row.position_name, row.reason, row.label) for row in rows} == {
        ("101", "Воспитатель", "no_grant", "Учетная запись ресурса не выдана")
    }


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("indicator", ["4.2", "4.3", "4.4"])
def test_a_night_published_before_persons_were_kept_says_so_and_still_explains_its_figure(
    settings, house, indicator
):
    house.execute(
        "truncate published.reading_night, published.pupil_reading_versions, published.staff_reading_versions"
    )

    with pytest.raises(NightError, match=rf"kept counts by reason for {indicator}.*--date {MONDAY}"):
        explain(settings, indicator, org="school-1", rows=9)
    assert explain(settings, indicator, org="school-1").losses
    assert len(explain(settings, "4.1", org="school-1", rows=9).rows or ()) == 2


@pytest.mark.usefixtures("build")
def test_a_warehouse_of_an_older_revision_says_so_too(settings, house):
    house.execute("alter table published.reading_night rename to reading_night_of_the_future")

    try:
        with pytest.raises(NightError, match="no single persons"):
            explain(settings, "4.4", org="school-1", rows=9)
    finally:
        house.execute("alter table published.reading_night_of_the_future rename to reading_night")


@pytest.mark.usefixtures("build")
def test_persons_of_another_build_than_the_published_one_are_not_listed(settings, house):
    """As after a revision that keeps no persons published the night again."""
    house.execute("update published.reading_night set build_id = gen_random_uuid()")

    with pytest.raises(NightError, match="no single persons"):
        explain(settings, "4.4", org="school-1", rows=9)


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    ("indicator", "table"),
    [("4.1", "profile"), ("4.2", "pupil_reading"), ("4.3", "staff_reading"), ("4.4", "pupil_reading")],
)
def test_persons_that_are_not_the_losses_are_not_listed(settings, house, indicator, table):
    house.execute(f"delete from published.{table}_versions")

    with pytest.raises(NightError, match=r"0 single persons of school-1 .* its losses are [245].*--date"):
        explain(settings, indicator, org="school-1", rows=9)
