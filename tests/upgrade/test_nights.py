"""An earlier house lives on: its next night, its old nights and its audit under today's code."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import server
from o7_warehouse.audit.replay import replay as replay_night
from o7_warehouse.audit.verify import examine
from o7_warehouse.indicators import indicator_rows
from o7_warehouse.warehouse import connect
from tests.conftest import open_folder
from tests.journeys.states import State, Walked
from tests.upgrade.earlier import DUMPS, VERSIONS, ask, held, lost, restore, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.server import Server
    from tests.upgrade.earlier import Held

# Two nights over each earlier house: with --full.
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
# A night ends intervals, and does nothing else to a row that is there.
ENDS = ("_night_to", "night_to")
NIGHTS = "select night from published.night order by night"
FIGURES = """
    select figure.night, figure.level, figure.org_unit_code, figure.indicator, figure.education_stage,
        figure.numerator, figure.denominator, figure.value
    from indicators.indicator_values as figure
    inner join published.night on figure.night = night.night and figure.build_id = night.build_id
    where figure.night = any(%s)
    order by 1, 2, 3, 4, 5
"""


@dataclass(frozen=True)
class House:
    """An earlier house after its first night under today's code."""

    version: str
    state: State
    server: Server
    nights: list[dt.date]  # published by the earlier code
    rows: dict[str, Held]
    figures: list[tuple[Any, ...]]
    next_night: Path
    walked: Walked


@pytest.fixture(scope="module", params=VERSIONS)
def house(request) -> Iterator[House]:
    """The house restored with its files, and its next night walked."""
    with open_folder() as folder:
        state = State(folder / "house")
        state.folder.mkdir()
        if (DUMPS / request.param / "editions.tar.xz").exists():
            unpack(request.param, "editions", state.folder)
        drop = unpack(request.param, "next_night", folder)
        with server.running(state.settings()) as running:
            restore(running, request.param)
            nights = [night for (night,) in ask(running, NIGHTS)]
            rows, figures = held(running, but=ENDS), ask(running, FIGURES, (nights,))
            walked = state.walk(O7_DROP=str(drop))
            yield House(request.param, state, running, nights, rows, figures, drop, walked)


def test_the_next_night_ends_well(house):
    assert house.walked.code == 0, house.walked.words

    published = [night for (night,) in ask(house.server, NIGHTS)]
    assert published == [*house.nights, dt.date.fromisoformat(house.next_night.name)]
    assert indicator_rows(house.state.settings(), night=published[-1])


def test_no_row_is_gone_after_it(house):
    assert lost(house.rows, house.server) == {}


def test_the_audit_is_as_it_was_sealed(house):
    with closing(connect(house.state.settings(), "o7_auditor")) as connection, connection.cursor() as cursor:
        verdict = examine(cursor)

    assert verdict.is_sound, verdict.damages


def test_figures_of_earlier_nights_are_what_they_were(house):
    assert len(house.figures) > 100
    assert ask(house.server, FIGURES, (house.nights,)) == house.figures


def test_an_earlier_night_is_judged_again_as_it_was_or_says_why_not(house):
    for night in house.nights:
        again = replay_night(house.state.settings(), night)

        assert again.rules > 100
        assert [one for one in again.differences if not one.because] == []


def test_an_earlier_night_is_given_again_with_the_same_figures(house):
    night = house.nights[-1].isoformat()

    walked = house.state.walk("--night", night, O7_DROP=str(house.next_night))

    assert walked.code == 0, walked.words
    assert ask(house.server, FIGURES, (house.nights,)) == house.figures
