"""Periods: their days, names and neighbours, and the days by which their editions are due."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from o7_warehouse.editions.calendar import DueDays, due_days, has_edition, is_issued, read_calendar
from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.errors import CatalogueError, CommandError
from o7_warehouse.parameters import SEEDS
from o7_warehouse.report.figures import previous_quarter_end
from o7_warehouse.settings import ROOT

DAY = dt.date.fromisoformat
# Article 112 of the Labour Code, by month and day.
HOLIDAYS = [*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)]
# By the production calendars of these years, a week of forty hours: the days worked in each month.
WORKED = {
    2025: (17, 20, 21, 22, 18, 19, 23, 21, 22, 23, 19, 22),
    2026: (15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22),
}


@pytest.mark.parametrize(
    ("code", "first", "last", "name"),
    [
        ("2025-12", "2025-12-01", "2025-12-31", "декабрь 2025 года"),
        ("2024-02", "2024-02-01", "2024-02-29", "февраль 2024 года"),
        ("2025-Q1", "2025-01-01", "2025-03-31", "I квартал 2025 года"),
        ("2025-Q2", "2025-04-01", "2025-06-30", "II квартал 2025 года"),
        ("2025-Q3", "2025-07-01", "2025-09-30", "III квартал 2025 года"),
        ("2025-Q4", "2025-10-01", "2025-12-31", "IV квартал 2025 года"),
        ("2025", "2025-01-01", "2025-12-31", "2025 год"),
    ],
)
def test_a_code_names_a_period_with_its_days_and_its_name(code, first, last, name):
    period = Period.parse(code)

    assert (period.first_day, period.last_day, period.name) == (DAY(first), DAY(last), name)
    assert str(period) == code
    assert {Period.of(day, period.kind) for day in (period.first_day, period.last_day)} == {period}


@pytest.mark.parametrize("code", ["2025-Q5", "2025-q4", "2025-13", "2025-1", "25", "2025-Q4-01", "", " 2025"])
def test_any_other_code_is_refused(code):
    with pytest.raises(CommandError, match="names no period"):
        Period.parse(code)


@pytest.mark.parametrize("kind", Kind)
def test_periods_of_a_kind_follow_one_another_without_gap_or_overlap(kind):
    period = Period.of(DAY("2023-12-31"), kind)

    for _ in range(30):
        assert period.next.first_day - period.last_day == dt.timedelta(days=1)
        assert period.next.previous == period
        period = period.next


@pytest.mark.parametrize(
    ("night", "end"),
    [("2025-12-31", "2025-09-30"), ("2026-01-01", "2025-12-31"), ("2024-05-15", "2024-03-31")],
)
def test_a_report_is_compared_with_the_end_of_the_quarter_before(night, end):
    assert previous_quarter_end(DAY(night)) == DAY(end)


@pytest.mark.parametrize("year", WORKED)
def test_a_known_year_has_as_many_working_days_as_its_production_calendar(year):
    calendar = read_calendar(ROOT)
    # 31 March 2025 is off in the republic alone.
    regional = {3: 1} if year == 2025 else {}

    for month, worked in enumerate(WORKED[year], start=1):
        days = Period(year, month, Kind.month)
        count = (days.last_day - days.first_day).days + 1
        found = sum(calendar.is_working(days.first_day + dt.timedelta(days=one)) for one in range(count))
        assert found == worked - regional.get(month, 0), month


def test_every_holiday_of_the_labour_code_is_off_in_every_known_year():
    calendar = read_calendar(ROOT)

    assert calendar.years >= {2025, 2026}
    for year in calendar.years:
        assert not [one for one in HOLIDAYS if calendar.is_working(dt.date(year, *one))]


def test_the_calendar_holds_only_days_that_differ_from_the_week_and_years_that_are_known():
    calendar = read_calendar(ROOT)

    assert [day for day, worked in calendar.differing.items() if worked == (day.weekday() < 5)] == []
    assert {day.year for day in calendar.differing} == calendar.years


@pytest.mark.parametrize(
    ("code", "draft", "approval"),
    [
        pytest.param("2025-Q4", "2026-01-12", "2026-01-12", id="both move behind the holidays of New Year"),
        pytest.param("2025", "2026-01-12", "2026-01-12", id="a year with its fourth quarter"),
        pytest.param("2024-Q4", "2025-01-09", "2025-01-09", id="the ninth is worked where it was not moved"),
        pytest.param("2025-Q1", "2025-04-03", "2025-04-08", id="working days stay"),
        pytest.param("2025-Q2", "2025-07-03", "2025-07-08", id="and in summer"),
        pytest.param("2026-Q2", "2026-07-03", "2026-07-08", id="a Friday and a Wednesday"),
        pytest.param("2026-Q3", "2026-10-05", "2026-10-08", id="a Saturday moves to Monday"),
    ],
)
def test_a_due_day_that_is_not_worked_moves_to_the_next_that_is(code, draft, approval):
    assert due_days(ROOT, Period.parse(code)) == DueDays(DAY(draft), DAY(approval))


def test_a_month_is_frozen_from_2026_on_and_issued_never():
    before, since = Period.parse("2025-12"), Period.parse("2026-01")

    assert (due_days(ROOT, before), has_edition(ROOT, before)) == (None, False)
    assert (due_days(ROOT, since), has_edition(ROOT, since)) == (DueDays(DAY("2026-02-03"), None), True)
    assert not is_issued(ROOT, since)
    assert is_issued(ROOT, Period.parse("2026-Q1"))


def test_a_year_nobody_has_entered_is_an_error_and_no_guess():
    assert due_days(ROOT, Period.parse("2026-Q3")) is not None

    with pytest.raises(CatalogueError, match="does not know the year 2027"):
        due_days(ROOT, Period.parse("2026-Q4"))


@pytest.fixture
def root(tmp_path):
    """A project of its own, whose seeds may be spoilt."""
    shutil.copytree(ROOT / SEEDS, tmp_path / SEEDS)
    return tmp_path


def test_another_deadline_holds_from_its_day_on_and_the_old_one_before(root):
    path = root / SEEDS / "reporting_deadlines.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join(
            [
                line.replace("2021-11-10,,", "2021-11-10,2025-12-30,") if line.startswith("quarter") else line
                for line in lines
            ]
            + ["quarter,4,10,same_day,2025-12-31,,в тот же день,приказ"]
        ),
        encoding="utf-8",
    )

    assert due_days(root, Period.parse("2025-Q3")) == DueDays(DAY("2025-10-03"), DAY("2025-10-08"))
    assert due_days(root, Period.parse("2025-Q4")) == DueDays(DAY("2026-01-04"), DAY("2026-01-10"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("quarter,3", "half,3", "0 rows for the kind 'quarter'", id="no deadline"),
        pytest.param("year,3", "quarter,3", "2 rows for the kind 'quarter'", id="two deadlines"),
        pytest.param("next_working_day", "some_day", "must say next_working_day", id="another way to move"),
    ],
)
def test_a_deadline_that_cannot_be_read_is_refused(root, old, new, said):
    path = root / SEEDS / "reporting_deadlines.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(CatalogueError, match=said):
        due_days(root, Period.parse("2025-Q3"))
