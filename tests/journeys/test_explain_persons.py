"""The single persons a real night loses are its losses, and those of a second opinion."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import server
from o7_warehouse.explain.facts import ProfileRow
from o7_warehouse.explain.forms import as_json, as_page
from o7_warehouse.explain.read import explain
from tests.journeys.conftest import FIRST, SECOND
from tests.oracle import losses as oracle
from tests.oracle.results import judge

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.explain.facts import Row
    from tests.journeys.states import Seen, State


pytestmark = pytest.mark.timeout(1800)
# indicator -> who is in its denominator on a night, by his identity at О7, and why the numerator leaves him out.
PERSONS = {
    "4.2": "select student_id, trajectory_loss from published.pupil_reading_versions"
    " inner join raw_o7.student_keys using (student_key) where night_from <= %s and night_to > %s",
    "4.3": "select staff_id, access_loss from published.staff_reading_versions"
    " inner join raw_o7.staff_keys using (staff_key) where night_from <= %s and night_to > %s",
    "4.4": "select student_id, access_loss from published.pupil_reading_versions"
    " inner join raw_o7.student_keys using (student_key) where night_from <= %s and night_to > %s",
}


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
