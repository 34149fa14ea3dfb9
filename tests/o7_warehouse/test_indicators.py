"""What the command line shows: objects of one form, in one order, of published nights only."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.gate_out import gate_out
from o7_warehouse.indicators import indicator_rows, leaf_rows
from o7_warehouse.publish import publish
from tests.o7_warehouse.builds import Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, write

MONDAY = dt.date(2025, 12, 15)
TUESDAY = dt.date(2025, 12, 16)
LEVELS = ["region", "municipality", "school", "class"]
THREE = (Pupil(1), Pupil(2, is_complete=False, statuses="e" + "f" * 50), Pupil(3, class_id="class-2"))


@pytest.fixture
def two_nights(settings, house):
    """Monday with three pupils; on Tuesday one is left, in another school."""
    for build in (Build(MONDAY, THREE), Build(TUESDAY, [Pupil(3, school="school-2", class_id="class-9")])):
        write(house, build)
        deliver_nothing(house, build.night)
        gate_out(settings, build.run_id)
        publish(settings, build.run_id)


@pytest.mark.usefixtures("two_nights")
def test_an_indicator_is_an_object_of_nine_members(settings):
    [row, *_] = indicator_rows(settings, night=MONDAY, level="region")

    assert row == {
        "indicator": "4.1", "night": "2025-12-15", "level": "region", "org_unit_code": "83000000",
        "org_unit_name": "name of 83000000", "numerator": 2, "denominator": 3, "value": 66.666667,
        "definition_version": "1.0",
    }  # fmt: skip
    assert list(row) == [
        "indicator", "night", "level", "org_unit_code", "org_unit_name", "numerator", "denominator", "value",
        "definition_version",
    ]  # fmt: skip
    assert '"value": 66.666667' in json.dumps(row)


@pytest.mark.usefixtures("two_nights")
def test_where_nobody_is_there_is_no_value(settings):
    rows = indicator_rows(settings, night=MONDAY, level="municipality")

    [state] = [row for row in rows if row["indicator"] == "4.1" and row["org_unit_code"] == "STATE"]
    assert (state["numerator"], state["denominator"], state["value"]) == (0, 0, None)


@pytest.mark.usefixtures("two_nights")
def test_indicators_come_by_number_level_and_code(settings):
    rows = indicator_rows(settings, night=MONDAY)

    keys = [(row["indicator"], LEVELS.index(row["level"]), row["org_unit_code"]) for row in rows]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys))
    assert {row["level"] for row in rows if row["indicator"] == "4.3"} == {"region", "municipality", "school"}


@pytest.mark.usefixtures("two_nights")
def test_without_a_night_the_newest_published_one_is_shown(settings):
    assert {row["night"] for row in indicator_rows(settings, level="region")} == {"2025-12-16"}
    assert {row["night"] for row in leaf_rows(settings, level="region")} == {"2025-12-16"}


@pytest.mark.usefixtures("two_nights")
def test_leaves_of_an_older_night_are_counted_from_the_history(settings):
    rows = leaf_rows(settings, night=MONDAY, level="class")

    assert [row for row in rows if row["leaf"] == "P01"] == [
        {"leaf": "P01", "status": "filled", "night": "2025-12-15", "level": "class",
         "org_unit_code": "class-1", "pupils": 1},
        {"leaf": "P01", "status": "filled", "night": "2025-12-15", "level": "class",
         "org_unit_code": "class-2", "pupils": 1},
        {"leaf": "P01", "status": "empty", "night": "2025-12-15", "level": "class",
         "org_unit_code": "class-1", "pupils": 1},
    ]  # fmt: skip
    assert list(rows[0]) == ["leaf", "status", "night", "level", "org_unit_code", "pupils"]
    assert len({row["leaf"] for row in rows}) == 51


@pytest.mark.usefixtures("two_nights")
def test_leaves_of_every_level_sum_to_the_contingent(settings):
    rows = leaf_rows(settings, night=MONDAY)

    for level in LEVELS:
        for leaf in ("P01", "P51"):
            here = [row["pupils"] for row in rows if row["level"] == level and row["leaf"] == leaf]
            assert sum(here) == 3


@pytest.mark.usefixtures("two_nights")
@pytest.mark.parametrize("rows_of", [indicator_rows, leaf_rows])
def test_a_night_that_was_never_published_is_refused_with_those_that_were(settings, rows_of):
    with pytest.raises(NightError, match=r"2025-12-17 is not published.*2025-12-15, 2025-12-16"):
        rows_of(settings, night=dt.date(2025, 12, 17))


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("rows_of", [indicator_rows, leaf_rows])
def test_before_the_first_night_the_answer_says_what_to_run(settings, rows_of):
    with pytest.raises(NightError, match=r"\./o7 night"):
        rows_of(settings)


@pytest.mark.usefixtures("house")
def test_an_unknown_level_is_refused_with_the_known_ones(settings):
    with pytest.raises(CommandError, match=r"'republic'.*region, municipality, school, class"):
        indicator_rows(settings, level="republic")
