"""The republic as it was and as it is now: schools that merge, move, are renamed or end, and their figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from o7_warehouse.errors import CommandError
from o7_warehouse.gate_out import gate_out
from o7_warehouse.indicators import indicator_rows
from o7_warehouse.publish import publish
from tests.o7_warehouse.builds import OTHER_UNIT, REGION, UNIT, Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, write

BEFORE, BETWEEN, NOW = dt.date(2025, 12, 15), dt.date(2025, 12, 16), dt.date(2025, 12, 17)
PUPILS = [Pupil(1), Pupil(2, is_complete=False), Pupil(3, school="school-2", class_id="class-2")]


@pytest.fixture
def nights(settings: Any, house: Any) -> Any:
    """Three published nights of the same three pupils; a cursor that may change what the last one says."""
    for night in (BEFORE, BETWEEN, NOW):
        build = Build(night, PUPILS)
        write(house, build)
        deliver_nothing(house, night)
        gate_out(settings, build.run_id)
        publish(settings, build.run_id)
    return house


def of_4_1(settings: Any, night: dt.date = BEFORE) -> dict[str, tuple[int, int]]:
    """Code -> counts of 4.1 on a night under the present structure, of units with pupils."""
    rows = indicator_rows(settings, night=night, in_present_structure=True)
    return {
        row["org_unit_code"]: (row["numerator"], row["denominator"])
        for row in rows
        if row["indicator"] == "4.1" and row["denominator"]
    }


def merge(cursor: Any, gone: str, heir: str) -> None:
    """On the newest night the school is no more, and its successor is named."""
    cursor.execute(
        "delete from indicators.org_units where night = %s and level = 'school' and org_unit_code = %s",
        (NOW, gone),
    )
    cursor.execute(
        "insert into indicators.school_successors"
        " select night, build_id, %s, %s from published.night where night = %s",
        (gone, heir, NOW),
    )


def test_a_structure_that_did_not_change_gives_the_figures_as_they_were(settings: Any, nights: Any) -> None:
    assert nights
    then = [row for row in indicator_rows(settings, night=BEFORE) if row["level"] != "class"]

    # A municipality without schools has no row of its own where schools are summed.
    assert indicator_rows(settings, night=BEFORE, in_present_structure=True) == [
        row for row in then if row["level"] != "municipality" or row["org_unit_code"] in (UNIT, OTHER_UNIT)
    ]


def test_a_merged_school_counts_where_it_went(settings: Any, nights: Any) -> None:
    merge(nights, "school-2", "school-1")

    assert of_4_1(settings) == {REGION: (2, 3), UNIT: (2, 3), "school-1": (2, 3)}


def test_a_school_that_moved_counts_in_its_new_municipality(settings: Any, nights: Any) -> None:
    nights.execute(
        "update indicators.org_units set parent_code = %s, org_unit_name = 'moved'"
        " where night = %s and level = 'school' and org_unit_code = 'school-2'",
        (UNIT, NOW),
    )

    assert of_4_1(settings) == {REGION: (2, 3), UNIT: (2, 3), "school-1": (1, 2), "school-2": (1, 1)}
    [name] = {
        row["org_unit_name"]
        for row in indicator_rows(settings, night=BEFORE, in_present_structure=True)
        if row["org_unit_code"] == "school-2"
    }
    assert name == "moved"


def test_a_school_that_ended_stays_what_and_where_it_was(settings: Any, nights: Any) -> None:
    nights.execute(
        "delete from indicators.org_units where night = %s and level = 'school' and org_unit_code = 'school-2'",
        (NOW,),
    )

    assert of_4_1(settings) == {
        REGION: (2, 3), UNIT: (1, 2), OTHER_UNIT: (1, 1), "school-1": (1, 2), "school-2": (1, 1),
    }  # fmt: skip


def test_the_republic_is_the_same_under_every_structure(settings: Any, nights: Any) -> None:
    merge(nights, "school-2", "school-1")

    for night in (BEFORE, BETWEEN):
        then = indicator_rows(settings, night=night, level="region")
        assert indicator_rows(settings, night=night, level="region", in_present_structure=True) == then


def test_one_unknown_school_makes_its_successor_unknown(settings: Any, nights: Any) -> None:
    merge(nights, "school-2", "school-1")
    nights.execute(
        "update indicators.indicator_values set numerator = null, value = null where night = %s"
        " and level = 'school' and org_unit_code = 'school-2' and indicator = '4.1'",
        (BEFORE,),
    )

    assert of_4_1(settings)["school-1"] == (None, 3)


def test_classes_have_no_figures_in_the_present_structure(settings: Any, nights: Any) -> None:
    assert nights
    with pytest.raises(CommandError, match="one school year"):
        indicator_rows(settings, night=BEFORE, level="class", in_present_structure=True)


def test_attributes_of_a_unit_are_intervals_of_nights(settings: Any, nights: Any) -> None:
    assert settings
    nights.execute(
        "update indicators.org_units set org_unit_name = 'renamed' where night = %s and org_unit_code = 'school-1'",
        (BETWEEN,),
    )
    nights.execute(
        "delete from indicators.org_units where night = %s and org_unit_code = 'school-2'", (BETWEEN,)
    )

    nights.execute(
        "select org_unit_code, org_unit_name, night_from::text, night_to::text from published.org_unit_versions"
        " where level = 'school' order by 1, 3"
    )
    assert nights.fetchall() == [
        ("school-1", "name of school-1", str(BEFORE), str(BETWEEN)),
        ("school-1", "renamed", str(BETWEEN), str(NOW)),
        ("school-1", "name of school-1", str(NOW), "infinity"),
        ("school-2", "name of school-2", str(BEFORE), str(BETWEEN)),
        ("school-2", "name of school-2", str(NOW), "infinity"),
    ]


def test_a_stay_in_a_class_is_one_interval_whatever_the_profile_does(settings: Any, house: Any) -> None:
    moved = Pupil(1, class_id="class-9")
    for night, pupil in (
        (BEFORE, Pupil(1)),
        (BETWEEN, Pupil(1, statuses="e" * 51, is_complete=False)),
        (NOW, moved),
    ):
        build = Build(night, [pupil])
        write(house, build)
        deliver_nothing(house, night)
        gate_out(settings, build.run_id)
        publish(settings, build.run_id)

    house.execute(
        "select class_id, night_from::text, night_to::text from published.enrollment_versions order by 2"
    )
    assert house.fetchall() == [("class-1", str(BEFORE), str(NOW)), ("class-9", str(NOW), "infinity")]
