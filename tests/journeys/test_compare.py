"""What changes if: comparisons of a real night, and the retained night that they deliver once more."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import server
from o7_warehouse.compare.retained import write_drop
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import NightError
from o7_warehouse.readings import reading_rows
from o7_warehouse.settings import ROOT
from o7_warehouse.sources.manifest import read_manifest
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND
from tests.oracle.answers import answers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.states import Seen, State

pytestmark = pytest.mark.timeout(1800)


def compare(state: State, *words: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of `./o7 compare`, and what it said beside them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
    command = [sys.executable, "-P", "-m", "o7_warehouse", "compare", *words, "--format", "json"]
    done = subprocess.run(
        [*command, "--state", str(state.folder)],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def rows_of(path: Path) -> Counter[tuple[str, ...]]:
    """The records of a file with its header, in no order."""
    with path.open(encoding="utf-8", newline="") as text:
        return Counter(tuple(record) for record in csv.reader(text, delimiter=";"))


@pytest.mark.full
def test_another_profile_rule_moves_every_figure_by_what_the_readings_say(
    journey: State, second_night: Seen
) -> None:
    assert second_night.published
    moved, said = compare(journey, "--definition", "profile_rules=FULL", "--night", FIRST)

    settings = journey.settings()
    with server.running(settings):
        readings = reading_rows(settings, night=dt.date.fromisoformat(FIRST))
    by_rule: dict[str, dict[tuple[str, str], int]] = {"CORE": {}, "FULL": {}}
    for row in readings:
        if row["reading"] in by_rule:
            by_rule[row["reading"]][row["level"], row["org_unit_code"]] = row["numerator"]
    assert {(row["level"], row["org_unit_code"]): row["new_numerator"] for row in moved} == {
        unit: count for unit, count in by_rule["FULL"].items() if count != by_rule["CORE"][unit]
    }
    assert f"{len(moved)} of {len(by_rule['CORE'])} figures" in said
    changes = [abs(row["change"]) for row in moved]
    assert changes == sorted(changes, reverse=True)


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_a_retained_night_is_delivered_again_exactly_as_it_came(
    journey: State, second_night: Seen, world: Path, night: str
) -> None:
    assert second_night.published
    settings = journey.settings()
    with open_folder() as folder, server.running(settings):
        write_drop(settings, folder / "drop", dt.date.fromisoformat(night))

        manifest = read_manifest(folder / "drop", read_contract())
        delivered = read_manifest(world / night, read_contract())
        assert (manifest.night, manifest.snapshot_at) == (delivered.night, delivered.snapshot_at)
        assert manifest.files.keys() == delivered.files.keys()
        for entity, [file] in delivered.files.items():
            [again] = manifest.files[entity]
            assert rows_of(again.path) == rows_of(file.path), entity
            assert again.rows == file.rows


def test_a_night_that_is_not_retained_is_not_delivered_again(journey: State, second_night: Seen) -> None:
    assert second_night.published
    settings = journey.settings()
    with (
        open_folder() as folder,
        server.running(settings),
        pytest.raises(NightError, match="not retained"),
    ):
        write_drop(settings, folder / "drop", dt.date(2025, 12, 1))


@pytest.mark.full
def test_this_very_code_moves_no_figure_of_a_published_night(journey: State, second_night: Seen) -> None:
    assert second_night.published
    moved, said = compare(journey, "--code", "--night", FIRST)

    assert moved == []
    assert f"0 of {len(second_night.figures[FIRST])} figures of {FIRST} move." in said
    assert not (journey.folder / "compare").exists()


@pytest.mark.full
def test_a_committed_revision_runs_from_its_own_files(journey: State, second_night: Seen) -> None:
    assert second_night.published
    _, said = compare(journey, "--code", "--from", "HEAD", "--night", SECOND)

    assert f"{SECOND} by revision HEAD" in said
    assert f" of {len(second_night.figures[SECOND])} figures of {SECOND} move." in said


@pytest.mark.full
def test_a_past_night_as_known_now_is_what_the_oracle_makes_of_today_s_rows(
    journey: State, second_night: Seen
) -> None:
    moved, _ = compare(journey, "--known-now", "--night", FIRST)

    settings = journey.settings()
    with open_folder() as folder, server.running(settings):
        write_drop(settings, folder / "drop", dt.date.fromisoformat(FIRST), as_known_now=True)
        known_now = answers(folder / "drop")["indicators"]
    then = {
        (row["indicator"], row["level"], row["org_unit_code"]): row for row in second_night.figures[FIRST]
    }
    expected = {}
    for row in known_now:
        old = then.pop((row["indicator"], row["level"], row["org_unit_code"]), None)
        if old is None or (old["numerator"], old["denominator"]) != (row["numerator"], row["denominator"]):
            expected[row["indicator"], row["level"], row["org_unit_code"]] = row["value"]
    expected |= dict.fromkeys(then)
    assert {
        (row["indicator"], row["level"], row["org_unit_code"]): row["new_value"] for row in moved
    } == expected
    assert expected
