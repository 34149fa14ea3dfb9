"""What a night with the scheduler up adds to the steps' own work, told by task. Nothing is timed here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.bench_night import Night, covered, tell
from benchmarks.memory import Peak

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def span(began, ended):
    return BEGAN + timedelta(seconds=began), BEGAN + timedelta(seconds=ended)


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        pytest.param([], 0, id="nothing was at work"),
        pytest.param([span(0, 2), span(5, 9)], 6, id="one after another"),
        pytest.param([span(0, 5), span(3, 9)], 9, id="one beside another for a while"),
        pytest.param([span(2, 3), span(0, 9), span(4, 5)], 9, id="some beside one that lasts"),
    ],
)
def test_seconds_in_which_two_were_at_work_count_once(spans, seconds):
    assert covered(spans) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("total", "with_dbt", "without_dbt"),
    [
        pytest.param(20.0, "2.0 s (goal <= 0.3, not met)", "1.0 s (goal <= 0.3, not met)", id="too much"),
        pytest.param(
            16.4, "1.1 s (goal <= 0.3, not met)", "0.1 s (goal <= 0.3, met)", id="all but dbt is little"
        ),
    ],
)
def test_what_lies_outside_own_work_is_told_per_task(total, with_dbt, without_dbt, capsys):
    night = Night(
        total=total, own={"load": span(0, 6), "facts": span(10, 16)}, dbt_starts=[span(6, 10)],
        tasks={"open": 1.0, "load": 6.5, "facts": 11.0, "close": 1.0},
    )  # fmt: skip

    tell(night, Peak(list), {1_000: 40.0, 10_000: 50.0})

    told = dict(re.findall(r"^(.*, per task): (.*)$", capsys.readouterr().out, re.MULTILINE))
    assert told == {
        "outside own work, per task": with_dbt,
        "outside own work and dbt before its first node, per task": without_dbt,
    }


@pytest.mark.parametrize(
    ("larger", "says"),
    [pytest.param(44.0, "met", id="as large"), pytest.param(60.0, "not met", id="it grew")],
)
def test_the_loader_is_told_to_be_flat_or_not(larger, says, capsys):
    night = Night(total=1.0, tasks={"load": 1.0})

    tell(night, Peak(list), {1_000: 40.0, 10_000: larger})

    assert capsys.readouterr().out.endswith(f"(goal flat, ± 10%: {says})\n")
