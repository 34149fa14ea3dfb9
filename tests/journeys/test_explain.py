"""Every figure of a real night explained: losses that add up, pupils who are these losses, a second opinion."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import server
from o7_warehouse.explain.facts import ProfileRow
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

    from o7_warehouse.explain.facts import Explanation, Row

pytestmark = pytest.mark.timeout(1800)
LOSSES = """
    select indicator, level, org_unit_code, reason, persons
    from published.indicator_losses where night = %s
"""
WINS = """
    select level, org_unit_code, requirement, completes, lacks from published.nearest_wins where night = %s
"""


# indicator -> who is in its denominator on a night, by his identity at О7, and why the numerator leaves him out.
PERSONS = {
    "4.2": "select student_id, trajectory_loss from published.pupil_reading_versions"
    " inner join raw_o7.student_keys using (student_key) where night_from <= %s and night_to > %s",
    "4.3": "select staff_id, access_loss from published.staff_reading_versions"
    " inner join raw_o7.staff_keys using (staff_key) where night_from <= %s and night_to > %s",
    "4.4": "select student_id, access_loss from published.pupil_reading_versions"
    " inner join raw_o7.student_keys using (student_key) where night_from <= %s and night_to > %s",
}


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


def loss_of(row: Row) -> str:
    """The one reason a person is listed for; of 4.1 on a night whose sources were all there."""
    if not isinstance(row, ProfileRow):
        return row.reason
    return next(iter(row.missing)) if len(row.missing) == 1 else f"several_{min(len(row.missing), 5)}"


def assert_persons_are_losses(state: State, seen: Seen, night: str) -> None:
    """Of every third school and a class of each: whoever is listed is counted, for the same reason."""
    settings, listed = state.settings(), Counter[str]()
    rows = seen.figures[night]
    schools = sorted({row["org_unit_code"] for row in rows if row["level"] == "school"})[::3]
    classes = {
        row["org_unit_code"].split("-")[0]: row["org_unit_code"] for row in rows if row["level"] == "class"
    }
    chosen = {*schools, *(classes[school] for school in schools if school in classes)}
    with server.running(settings):
        for row in rows:
            if row["level"] in {"school", "class"} and row["org_unit_code"] in chosen:
                asked = {
                    "night": dt.date.fromisoformat(night),
                    "org": row["org_unit_code"],
                    "level": row["level"],
                }
                told = explain(settings, row["indicator"], rows=10_000, **asked)

                assert told.rows is not None
                assert len(told.rows) == row["denominator"] - row["numerator"]
                found = Counter(map(loss_of, told.rows))
                assert found == {loss.reason: loss.persons for loss in told.losses if loss.persons}, row
                listed[f"{row['indicator']} {row['level']}"] += len(told.rows)
                assert explain(settings, row["indicator"], rows=2, **asked).rows == told.rows[:2]
    assert len(listed) == len(("4.1", "4.2", "4.3", "4.4")) * 2 - 1
    assert min(listed.values()) > 0, listed


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_the_persons_of_a_school_or_class_are_its_losses(
    journey: State, second_night: Seen, night: str
) -> None:
    assert_persons_are_losses(journey, second_night, night)


@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_the_persons_whom_a_night_loses_are_the_oracle_s(
    journey: State, second_night: Seen, world: Path, night: str
) -> None:
    assert night in second_night.published
    assert_persons_are_the_oracle_s(journey, world, night)


def assert_persons_are_the_oracle_s(state: State, world: Path, night: str) -> None:
    """Everybody in a denominator is kept, and lost for the reason that is worked out a second time."""
    results = judge(world / night)
    reasons = oracle.reasons(results)
    for indicator, statement in PERSONS.items():
        people = results.staff["staff_id"] if indicator == "4.3" else results.pupils["student_id"]
        expected = {person: reasons[indicator].get(person) for person in people}

        assert dict(state.execute(statement, night, night)) == expected, indicator
        assert len(set(expected.values())) > 2


def test_something_changes_between_the_nights_whose_persons_are_compared(
    journey: State, second_night: Seen
) -> None:
    assert second_night.published
    for indicator, statement in PERSONS.items():
        first, second = (dict(journey.execute(statement, night, night)) for night in (FIRST, SECOND))
        moved = [person for person in first.keys() & second.keys() if first[person] != second[person]]
        assert moved, indicator


@pytest.mark.full
@pytest.mark.parametrize("night", [FIRST, SECOND])
def test_after_an_older_night_is_replayed_the_persons_of_both_are_what_they_were(
    journey: State, replayed: Seen, world: Path, night: str
) -> None:
    assert_persons_are_losses(journey, replayed, night)
    assert_persons_are_the_oracle_s(journey, world, night)


@pytest.mark.parametrize(
    ("indicator", "entity"),
    [("4.1", "person"), ("4.2", "person"), ("4.3", "staff_person"), ("4.4", "person")],
)
def test_no_identity_of_the_source_leaves_with_the_persons_of_a_school(
    journey: State, second_night: Seen, world: Path, indicator: str, entity: str
) -> None:
    [school, *_] = [
        row["org_unit_code"]
        for row in second_night.figures[SECOND]
        if (row["indicator"], row["level"]) == (indicator, "school") and row["numerator"] < row["denominator"]
    ]
    settings = journey.settings()
    with server.running(settings):
        explanation = explain(settings, indicator, org=school, night=dt.date.fromisoformat(SECOND), rows=1000)
    text = as_json(explanation) + as_page(explanation)

    assert explanation.rows
    persons = (world / SECOND / f"{entity}.csv").read_text(encoding="utf-8").splitlines()[1:]
    identities = {line.split(";")[0].strip('"') for line in persons} - {""}
    assert len(identities) > (50 if indicator == "4.3" else 1000)
    assert [identity for identity in identities if f'"{identity}"' in text or f">{identity}<" in text] == []


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
