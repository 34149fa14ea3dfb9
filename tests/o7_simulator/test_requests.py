"""A world that cannot be made is refused with what was found, why, and what to do."""

from __future__ import annotations

import datetime as dt

import pytest
from typer.testing import CliRunner

from o7_simulator.cli import app
from o7_simulator.clock import Clock
from o7_simulator.errors import RequestError
from o7_simulator.plan import Request, build_plan
from o7_simulator.rates import profile
from tests.o7_simulator.worlds import FIRST


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--pupils", "5"], "between 14 and", id="fewer pupils than units"),
        pytest.param(["--pupils", "2000000"], "between 14 and", id="more people than numbers"),
        pytest.param(["--pupils", "50", "--nights", "0"], "Give 1 or more", id="no night"),
        pytest.param(["--pupils", "50", "--profile", "filthy"], "Choose one of", id="unknown profile"),
        pytest.param(["--pupils", "50", "--world", "11"], "Give 0 to 9", id="no such world"),
        pytest.param(
            ["--pupils", "50", "--first-night", "2026-08-31", "--nights", "2"],
            "cross 1 September",
            id="rollover",
        ),
    ],
)
def test_an_impossible_request_is_refused_with_a_remedy(tmp_path, arguments, said):
    result = CliRunner().invoke(app, [*arguments, "--to", str(tmp_path / "drop")])

    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "drop").exists()


def test_the_command_line_writes_a_world_with_its_truth_beside_it(tmp_path):
    result = CliRunner().invoke(app, ["--pupils", "50", "--to", str(tmp_path / "drop")])

    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "drop" / "2025-12-15" / "manifest.json").exists()
    assert (tmp_path / "drop" / "truth.json").exists()


def test_the_whole_republic_has_the_schools_of_the_domain():
    plan = build_plan(Request(123_000, 22, Clock(FIRST, 1), profile("realistic")))
    public = [school for school in plan.schools if not school.is_private]

    assert (len(public), len(plan.schools)) == (263, 265)
    assert sum(school.pupils for school in public) == 123_000
    assert 30 <= min(s.pupils for s in public) <= max(s.pupils for s in public) <= 1700
    assert sum(school.unit == "STATE" for school in public) == 9
    assert sum(school.unit == "83701000" for school in public) == 38


def test_worlds_share_no_identity():
    plans = [build_plan(Request(50, 22, Clock(FIRST, 1), profile("clean"), number)) for number in (0, 1)]
    schools = [{school.id for school in plan.schools} for plan in plans]
    people = [{plan.ordinal(s.index, n) for s in plan.schools for n in range(9)} for plan in plans]

    assert not schools[0] & schools[1]
    assert not people[0] & people[1]


def test_nights_must_lie_in_one_school_year():
    assert Clock(dt.date(2026, 8, 31), 1).year == 2025
    with pytest.raises(RequestError, match="one school year"):
        Clock(dt.date(2026, 8, 31), 2)
