"""A month in which everything goes wrong, lived through by one command; and a truth that differs is told."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import server
from o7_warehouse.errors import LapseError
from o7_warehouse.lapse.judge import must_be_true
from o7_warehouse.lapse.month import Delivery, Month, Size
from o7_warehouse.lapse.page import month_page
from o7_warehouse.lapse.play import Played
from o7_warehouse.settings import ROOT, Settings
from tests.journeys.conftest import FIRST, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.journeys.states import Seen, State

pytestmark = pytest.mark.timeout(3600)
SIZE = Size(pupils=1500, nights=2, seed=22)


@pytest.mark.full
def test_a_month_in_which_everything_goes_wrong_is_true_on_every_night(state: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    done = subprocess.run(
        [
            str(ROOT / "o7"), "lapse", "--nights", "20", "--pupils", "400", "--seed", "5", "--state", str(state),
        ],
        env=environment, cwd=state, capture_output=True, text=True, check=False,
    )  # fmt: skip
    page = (state / "lapse" / "lapse.html").read_text(encoding="utf-8")

    assert done.returncode == 0, done.stderr[-3000:]
    assert "ночей опубликовано — 19; каждое значение совпало" in done.stdout
    assert done.stdout.count("отклонена") == 5
    assert page.count("отклонена, опубликованное не изменилось") == 5
    # A night that merges schools, comes through another door or comes twice builds everybody, and says so.
    assert page.count("Построены изменившиеся с ночи") >= 10
    assert page.count("Построены") == done.stdout.count(" с  опубликована")
    assert page.count('<svg class="course"') == 4
    assert "://" not in page
    assert not (state / "lapse" / "drops").exists()


def test_two_months_at_once_are_refused_and_the_first_is_left_alone(state: Path) -> None:
    settings = Settings.load(state / "lapse")
    with server.running(settings):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "o7_warehouse", "lapse", "--nights", "1", "--state", str(state)],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert server.address(settings).port

    assert (done.returncode, done.stdout) == (2, "")
    assert "Somebody lives through a month" in done.stderr


def test_the_page_tells_every_delivery_and_the_night_that_never_came(
    world: Path, truth: dict[str, Any]
) -> None:
    deliveries = (
        Delivery(FIRST, "files", f"{FIRST}.empty", "refused", "файл учащихся без единой строки"),
        Delivery(FIRST, "files", FIRST, "published", ""),
    )
    played = [Played(one, 2.4, "") for one in deliveries]
    region = [row for row in truth[FIRST]["indicators"] if row["level"] == "region"]
    page = month_page(Month(world, SIZE, deliveries, truth), played).replace("\u00a0", " ")

    assert page.count("<tr>") == 1 + len(deliveries) + 1
    assert "Файл учащихся без единой строки" in page
    assert "отклонена, опубликованное не изменилось" in page
    assert "Ночь не поставлена" in page
    for row in region:
        assert f"{100 * row['numerator'] / row['denominator']:.1f} %".replace(".", ",") in page


def test_figures_that_are_true_are_accepted(
    journey: State, second_night: Seen, truth: dict[str, Any], world: Path
) -> None:
    assert second_night.published
    with server.running(journey.settings()):
        must_be_true(journey.settings(), Month(world, SIZE, (), truth), [FIRST, SECOND])


def one_pupil_more(truth: dict[str, Any]) -> None:
    truth[SECOND]["indicators"][3]["numerator"] += 1


def a_unit_less(truth: dict[str, Any]) -> None:
    del truth[SECOND]["leaves"][7]


def a_unit_twice(truth: dict[str, Any]) -> None:
    truth[SECOND]["leaves"].append(truth[SECOND]["leaves"][7])


@pytest.mark.parametrize("spoil", [one_pupil_more, a_unit_less, a_unit_twice])
def test_a_figure_that_is_not_true_stops_the_month(
    journey: State,
    second_night: Seen,
    truth: dict[str, Any],
    world: Path,
    spoil: Callable[[dict[str, Any]], None],
) -> None:
    assert second_night.published
    other = copy.deepcopy(truth)
    spoil(other)

    with (
        server.running(journey.settings()),
        pytest.raises(LapseError, match=f"On {SECOND}.* not what is true"),
    ):
        must_be_true(journey.settings(), Month(world, SIZE, (), other), [FIRST, SECOND])
