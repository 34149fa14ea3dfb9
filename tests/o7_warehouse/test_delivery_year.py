"""What the school year does to a delivery in one night stops no night, and stops one on any other day."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from o7_simulator import cli
from o7_simulator.clock import Clock
from o7_simulator.plan import Request
from o7_simulator.rates import profile
from o7_warehouse.delivery_limits import Limits
from o7_warehouse.errors import DeliveryError
from o7_warehouse.parameters import FILE
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.deliveries import asked, contract, loaded, read_manifest, small_world, write_drop
from tests.faults.planting import with_lines, with_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = dt.timedelta(days=1)
RESULTS, SUMMER, AUTUMN = dt.date(2026, 7, 1), dt.date(2026, 8, 31), dt.date(2026, 9, 1)
OF_THE_YEAR = ("exam_result", "performance_daily")
BOUNDS = ("volume_floor", "volume_ceiling")
VOLUMES = "select entity, message from audit.contract_finding where check_id in ('volume', 'volume_trend')"


@pytest.fixture(scope="module")
def worlds() -> Iterator[Path]:
    """The simulator's night of each day; a world lies in one school year, so each is a world of its own."""
    with open_folder() as folder:
        for day in (RESULTS - DAY, RESULTS, SUMMER, AUTUMN):
            request = Request(1500, 22, Clock(day, 1), profile("realistic"))
            cli.run(request, str(folder / f"{day}"), truth_file=None, processes=1)
        yield folder


def delivered(worlds: Path, day: dt.date) -> dict[str, int]:
    """How many rows of each entity the simulator delivers on a day."""
    return {one["entity"]: one["rows"] for one in read_manifest(worlds / f"{day}" / f"{day}")["files"]}


def as_of(worlds: Path, folder: Path, day: dt.date, *, people_of: dt.date) -> Path:
    """The people of one day's world with so many rows of the school year as they have on another day."""
    drop = shutil.copytree(worlds / f"{people_of}" / f"{people_of}", folder / f"{day}")
    with_manifest(night=f"{day}", snapshot_at=f"{day + DAY}T00:10:00+03:00")(drop)
    for entity in OF_THE_YEAR:
        wanted, there = delivered(worlds, day)[entity], delivered(worlds, people_of)[entity]
        kept = {place * there // wanted for place in range(min(wanted, there))}
        with_lines(
            entity,
            lambda lines, kept=kept: lines[:1] + [line for n, line in enumerate(lines[1:]) if n in kept],
            rows=len(kept),
        )(drop)
    return drop


def test_the_simulator_s_school_year_moves_these_entities_and_no_others(worlds):
    """Others of some size differ by less than a tenth: each day is another world."""
    for before, after in ((SUMMER, AUTUMN), (RESULTS - DAY, RESULTS)):
        was, now = delivered(worlds, before), delivered(worlds, after)
        moved = {name for name, rows in was.items() if rows > 60 and not 0.9 < now[name] / rows < 1.11}
        assert moved
        assert moved <= set(OF_THE_YEAR)


def test_the_turn_of_the_year_is_neither_refused_nor_told_as_a_loss(empty, worlds, tmp_path):
    """On 1 September marks and exam results of the last year are gone: half of the one, two thirds of the other."""
    for day in (SUMMER, AUTUMN, AUTUMN + DAY):
        drop = as_of(worlds, tmp_path, min(day, AUTUMN), people_of=SUMMER)
        with_manifest(night=f"{day}", snapshot_at=f"{day + DAY}T00:10:00+03:00")(drop)
        loaded(empty, drop)
        drop.rename(tmp_path / f"loaded-{day}")

    shrunk = (
        "select entity from raw_o7.load_record group by entity having min(rows_landed) < 0.6 * max(rows_landed)"
        " order by entity"
    )
    assert asked(empty, shrunk) == [(entity,) for entity in OF_THE_YEAR]
    assert asked(empty, VOLUMES) == []


def test_the_night_on_which_results_of_the_exams_come_is_not_taken_for_a_repeated_one(
    empty, worlds, tmp_path
):
    for day in (RESULTS - DAY, RESULTS):
        loaded(empty, as_of(worlds, tmp_path, day, people_of=RESULTS))

    [before, after] = asked(
        empty, "select rows_landed from raw_o7.load_record where entity = 'exam_result' order by night"
    )
    assert after[0] > 2 * before[0]
    assert asked(empty, VOLUMES) == []


def with_rows(entity: str, rows: int, *, of: int) -> Any:
    """A world in which an entity has fewer rows than the rest."""
    return small_world(rows=of) | {entity: small_world(rows=of)[entity][:rows]}


@pytest.mark.parametrize(
    ("day", "entity", "before", "after"),
    [
        pytest.param(AUTUMN, "contact", 60, 40, id="another entity shrinks on 1 September"),
        pytest.param(SUMMER, "performance_daily", 60, 40, id="marks go on the day before"),
        pytest.param(
            dt.date(2026, 9, 15), "performance_daily", 60, 40, id="marks go in the middle of the month"
        ),
        pytest.param(RESULTS, "exam_result", 60, 40, id="results of exams go in July"),
        pytest.param(RESULTS, "performance_daily", 30, 60, id="marks come twice in July"),
        pytest.param(SUMMER, "exam_result", 30, 60, id="results come twice in August"),
    ],
)
def test_whatever_the_school_year_does_not_explain_stops_the_night(
    empty, tmp_path, day, entity, before, after
):
    loaded(empty, write_drop(tmp_path / "before", with_rows(entity, before, of=60), night=day - DAY))

    with pytest.raises(DeliveryError, match=f"{entity} has {after} rows"):
        loaded(empty, write_drop(tmp_path / "after", with_rows(entity, after, of=60), night=day))


def test_a_window_names_an_entity_of_the_contract_and_comes_every_year():
    with (ROOT / FILE).open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["parameter"].startswith(tuple(f"{one}." for one in BOUNDS))
        ]
    years: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        years.setdefault(row["parameter"], []).append((row["valid_from"], row["valid_to"]))

    assert {name.split(".")[1] for name in years} <= set(contract().entity_names)
    for windows in years.values():
        assert (
            [start[:4] for start, _ in windows] == [end[:4] for _, end in windows] == ["2026", "2027", "2028"]
        )
        assert len({(start[4:], end[4:]) for start, end in windows}) == 1


def test_outside_of_its_window_an_entity_has_the_threshold_of_all():
    within, after = Limits.of(ROOT, AUTUMN), Limits.of(ROOT, dt.date(2026, 10, 1))

    assert within.floor_of("exam_result") < within.floor_of("contact") == after.floor_of("exam_result")
    assert after.floors == after.ceilings == {}
