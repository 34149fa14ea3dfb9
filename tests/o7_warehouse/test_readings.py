"""What stands beside the four figures: every reading, part and population of published nights only."""

from __future__ import annotations

import datetime as dt

import pytest

from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.gate_out import gate_out
from o7_warehouse.publish import publish
from o7_warehouse.readings import breakdown_rows, population_rows, portfolio_rows, reading_rows
from tests.o7_warehouse.builds import Build, Pupil, seed
from tests.o7_warehouse.built_warehouse import deliver_nothing, write

MONDAY = dt.date(2025, 12, 15)


@pytest.fixture
def night(settings, house):
    """A published Monday, and a build of the same night that nobody published."""
    build = Build(MONDAY, [Pupil(1), Pupil(2, is_complete=False)])
    write(house, build)
    deliver_nothing(house, MONDAY)
    for number, run_id in enumerate((build.run_id, "00000000-0000-0000-0000-000000000009")):
        house.execute(
            "insert into indicators.indicator_breakdowns values"
            " (%s, %s, '4.1', 'parallel', '10', 'region', '83000000', 1, 2, 50),"
            " (%s, %s, '4.1', 'parallel', '9', 'region', '83000000', %s, 2, 50)",
            (MONDAY, run_id, MONDAY, run_id, number),
        )
        house.execute(
            "insert into indicators.population_counts values (%s, %s, 'school', 'school-1', 'contingent', %s)",
            (MONDAY, run_id, 2 + number),
        )
        house.execute(
            "insert into indicators.portfolio_counts values"
            " (%s, %s, 'school', 'school-1', 'G3', 'counts', %s), (%s, %s, 'region', '83000000', 'G3', 'counts', 9)",
            (MONDAY, run_id, 4 + number, MONDAY, run_id),
        )
    gate_out(settings, build.run_id)
    publish(settings, build.run_id)


@pytest.mark.usefixtures("night")
def test_every_reading_of_the_catalogue_has_its_row_the_official_one_first(settings):
    rows = reading_rows(settings, level="region")

    assert [row["reading"] for row in rows if row["indicator"] == "4.1"] == [
        row["rule_code"] for row in sorted(seed("profile_rules"), key=lambda row: int(row["ordinal"]))
    ]
    assert [row["reading"] for row in rows if row["is_official"]] == [
        "CORE", "rec_plan_portfolio", "verified", "verified",
    ]  # fmt: skip
    assert len(rows) == len(seed("profile_rules")) + len(seed("indicator_readings"))


@pytest.mark.usefixtures("night")
def test_a_breakdown_is_that_of_the_published_build_in_the_order_of_numbers(settings):
    rows = breakdown_rows(settings)

    assert [(row["part"], row["numerator"]) for row in rows] == [("9", 0), ("10", 1)]


@pytest.mark.usefixtures("night")
def test_documents_are_those_of_the_published_build(settings):
    rows = portfolio_rows(settings)

    assert [(row["level"], row["org_unit_code"], row["items"]) for row in rows] == [
        ("region", "83000000", 9), ("school", "school-1", 4),
    ]  # fmt: skip


@pytest.mark.usefixtures("night")
def test_a_population_is_that_of_the_published_build(settings):
    assert population_rows(settings, level="school") == [
        {
            "population": "contingent",
            "night": "2025-12-15",
            "level": "school",
            "org_unit_code": "school-1",
            "pupils": 2,
        }
    ]


@pytest.mark.usefixtures("night")
def test_a_night_that_is_not_published_has_no_readings(settings):
    with pytest.raises(NightError, match="2025-12-14"):
        reading_rows(settings, night=MONDAY - dt.timedelta(days=1))
    with pytest.raises(CommandError, match="village"):
        population_rows(settings, level="village")
