"""Every figure of a real night explained: losses that add up, pupils who are these losses, a second opinion."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import server
from o7_warehouse.explain.forms import as_json, as_page
from o7_warehouse.explain.read import explain
from o7_warehouse.wins import win_rows
from tests.conftest import open_folder
from tests.journeys.conftest import FIRST, SECOND, arrived
from tests.journeys.states import Seen, State
from tests.oracle import losses as oracle
from tests.oracle.results import judge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.explain.facts import Explanation

pytestmark = pytest.mark.timeout(1800)
LOSSES = """
    select indicator, level, org_unit_code, reason, persons
    from published.indicator_losses where night = %s
"""
WINS = """
    select level, org_unit_code, requirement, completes, lacks from published.nearest_wins where night = %s
"""


def kept(state: State, night: str) -> Counter[tuple[str, ...]]:
    """(indicator, level, unit, reason) -> persons, as published."""
    return Counter({tuple(key): persons for *key, persons in state.execute(LOSSES, night)})


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_the_losses_of_every_unit_add_up_to_its_denominator_less_its_numerator(
    journey: State, second_night: Seen, night: str
) -> None:
    lost: Counter[tuple[str, ...]] = Counter()
    for key, persons in kept(journey, night).items():
        lost[key[:3]] += persons

    figures = second_night.figures[night]
    assert len(figures) > 1000
    assert lost.keys() <= {(row["indicator"], row["level"], row["org_unit_code"]) for row in figures}
    for row in figures:
        explained = lost[row["indicator"], row["level"], row["org_unit_code"]]
        assert explained == row["denominator"] - row["numerator"], row


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_losses_and_nearest_wins_are_the_oracle_s(
    journey: State, second_night: Seen, world: Path, night: str
) -> None:
    assert night in second_night.published
    results = judge(world / night)

    assert kept(journey, night) == oracle.losses(results)
    ranked = {
        tuple(key): tuple(counts)
        for *key, completes, lacks in journey.execute(WINS, night)
        for counts in [(completes, lacks)]
    }
    assert ranked == oracle.wins(results)


@pytest.fixture(scope="module")
def explained(journey: State, second_night: Seen) -> list[tuple[dict[str, Any], Explanation]]:
    """The figures of the second night down to every third school and one class of it, with their explanations."""
    settings = journey.settings()
    rows = second_night.figures[SECOND]
    schools = sorted({row["org_unit_code"] for row in rows if row["level"] == "school"})[::3]
    classes = {
        row["org_unit_code"].split("-")[0]: row["org_unit_code"] for row in rows if row["level"] == "class"
    }
    chosen = {*schools, *(classes[school] for school in schools if school in classes)}
    with server.running(settings):
        return [
            (
                row,
                explain(
                    settings,
                    row["indicator"],
                    night=dt.date.fromisoformat(SECOND),
                    org=row["org_unit_code"],
                    level=row["level"],
                ),
            )
            for row in rows
            if row["level"] in {"region", "municipality"} or row["org_unit_code"] in chosen
        ]


def test_an_explanation_tells_the_figures_of_the_command_indicators(
    explained: list[tuple[dict[str, Any], Explanation]],
) -> None:
    for row, explanation in explained:
        told = json.loads(as_json(explanation))
        assert told["figure"] == {name: row[name] for name in ("numerator", "denominator", "value")}
        assert told["unit"]["org_unit_name"] == row["org_unit_name"]


def test_an_explanation_leads_from_the_denominator_to_the_numerator(
    explained: list[tuple[dict[str, Any], Explanation]],
) -> None:
    for row, explanation in explained:
        remaining = row["denominator"]
        for loss in explanation.losses:
            remaining -= loss.persons
            assert loss.remaining == remaining
        assert remaining == row["numerator"]


def test_the_control_readings_have_the_denominator_of_the_official_one(
    explained: list[tuple[dict[str, Any], Explanation]],
) -> None:
    for row, explanation in explained:
        assert explanation.controls
        assert {control.denominator for control in explanation.controls} == {row["denominator"]}


def test_the_interval_holds_the_figure(explained: list[tuple[dict[str, Any], Explanation]]) -> None:
    wide = 0
    for row, explanation in explained:
        if row["level"] == "class":
            assert explanation.interval is None
            continue
        assert explanation.interval is not None
        if row["value"] is None:
            continue
        assert explanation.interval.lowest is not None
        assert explanation.interval.highest is not None
        assert float(explanation.interval.lowest) <= row["value"] <= float(explanation.interval.highest)
        wide += explanation.interval.lowest < explanation.interval.highest
    assert wide > 3, "nobody is quarantined in an eventful world"


def test_the_nearest_win_comes_true_when_its_pupils_are_completed(
    explained: list[tuple[dict[str, Any], Explanation]],
) -> None:
    for row, explanation in explained:
        alone = {loss.reason: loss.persons for loss in explanation.losses}
        for win in explanation.nearest_wins:
            assert win.completes == alone.get(win.requirement, 0)
            assert win.completes <= win.lacks
            expected = (row["numerator"] + win.completes) / row["denominator"] * 100
            assert float(win.value_after or 0) == pytest.approx(expected, abs=1e-6)
        places = [(-win.completes, -win.lacks) for win in explanation.nearest_wins]
        assert places == sorted(places)


def test_the_pupils_of_every_class_lack_what_its_nearest_wins_say(journey: State, second_night: Seen) -> None:
    settings = journey.settings()
    classes = [row["org_unit_code"] for row in second_night.figures[SECOND] if row["level"] == "class"]
    with server.running(settings):
        for code in sorted(set(classes))[::5]:
            explanation = explain(settings, "4.1", org=code, night=dt.date.fromisoformat(SECOND), rows=1000)

            assert explanation.rows is not None
            lacking = Counter(requirement for row in explanation.rows for requirement in row.missing)
            assert lacking == {win.requirement: win.lacks for win in explanation.nearest_wins}


def test_the_wins_of_a_municipality_are_those_of_its_schools(journey: State, second_night: Seen) -> None:
    [unit] = {
        row["org_unit_code"] for row in second_night.figures[SECOND] if row["org_unit_code"] == "83701000"
    }
    settings = journey.settings()
    with server.running(settings):
        here = win_rows(settings, org=unit, level="municipality", top=99)
        below = win_rows(settings, org=unit, level="school", top=99)
        classes = win_rows(settings, org=unit, level="class", top=99)

    for rows in (below, classes):
        total: Counter[str] = Counter()
        for row in rows:
            total[row["requirement"]] += row["completes"]
        assert total == {row["requirement"]: row["completes"] for row in here}
    assert {row["night"] for row in here} == {SECOND}


@pytest.fixture(scope="module")
def without_contacts(world: Path) -> Iterator[tuple[State, Path]]:
    """A night on which О7 sent no contacts."""
    with open_folder() as folder:
        delivery = folder / "world" / FIRST
        shutil.copytree(world / FIRST, delivery)
        manifest = json.loads((delivery / "manifest.json").read_text(encoding="utf-8"))
        manifest["files"] = [entry for entry in manifest["files"] if entry["entity"] != "contact"]
        (delivery / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        (delivery / "contact.csv").unlink()
        state = State(folder / "state")
        arrived(state.walk(O7_DROP=str(delivery)))
        yield state, delivery


@pytest.mark.full
def test_where_the_source_was_silent_the_losses_say_so(without_contacts: tuple[State, Path]) -> None:
    state, delivery = without_contacts
    settings = state.settings()
    with server.running(settings):
        explanation = explain(settings, "4.1")

    assert (explanation.figure.numerator, explanation.figure.value) == (None, None)
    assert explanation.losses[-1].reason == "source_absent"
    assert explanation.losses[-1].persons > 0
    assert {win.rise for win in explanation.nearest_wins} == {None}
    assert "× 100 % = –" in as_page(explanation).replace("\N{NO-BREAK SPACE}", " ")
    results = judge(delivery)
    assert kept(state, FIRST) == oracle.losses(results)
