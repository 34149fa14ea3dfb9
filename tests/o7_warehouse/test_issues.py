"""The memory of the field rules: since when a row breaks a rule, whatever the order in which nights are published."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import publish
from o7_warehouse.errors import StatementError
from o7_warehouse.issues import NOBODY, rebuild, remember
from tests.o7_warehouse.builds import Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, pass_both, write
from tests.o7_warehouse.said import (
    NIGHTS,
    RULES,
    Said,
    aside,
    evaluated,
    history,
    key,
    name,
    put_aside,
    told,
    written_anew,
)

if TYPE_CHECKING:
    import datetime as dt


@pytest.mark.parametrize("seed", range(25))
def test_any_order_of_nights_gives_the_memory_of_the_audit(views, seed):
    """Nights come in any order and come again; rules are evaluated or not, come and go; some rows are nobody's."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    said: dict[dt.date, Said] = {}
    for _ in range(14):
        night = dice.choice(NIGHTS)
        outcomes = {
            rule_id: outcome
            for rule_id in RULES
            if (outcome := dice.choice(["fail", "fail", "fail", "not_evaluated", "error", ""]))
        }
        rows = [
            (rule_id, name(number), school, pupil)
            for rule_id, outcome in outcomes.items()
            if outcome == "fail"
            for number in range(3)
            for school in ("school-1", "")
            for pupil in (name(number + 100), NOBODY)
            if dice.random() < 0.4
        ]
        said[night] = Said(night, outcomes, set(rows))

        assert said[night].publish(views) == [night]

        assert history(views) == written_anew(said)
        assert aside(views) == put_aside(said)
    remembered = history(views)

    assert rebuild(views) == sorted(said)
    assert history(views) == remembered
    assert aside(views) == put_aside(said)


def test_a_night_is_remembered_once(house):
    said = Said(NIGHTS[0], *evaluated(key("person.snils", 1)))
    said.publish(house)
    before = history(house)

    assert remember(house) == []
    assert history(house) == before


def test_nights_published_before_there_was_a_memory_are_folded_in_their_order(house):
    for night in (NIGHTS[2], NIGHTS[0]):
        Said(night, *evaluated(key("person.snils", 1))).publish(house)
    house.execute("truncate published.issue_versions, published.issue_night")

    assert Said(NIGHTS[3], *evaluated()).publish(house) == [NIGHTS[0], NIGHTS[2], NIGHTS[3]]
    assert {row[4:] for row in history(house)} == {("2025-12-15", "2025-12-18")}


def test_a_crash_while_earlier_nights_are_folded_costs_one_night(settings, house):
    for night in NIGHTS[:3]:
        Said(night, *evaluated(key("person.snils", 1))).publish(house)
    house.execute(
        "truncate published.issue_versions, published.aside_versions, published.issue_night;"
        " alter table published.issue_night add constraint crash check (night <> '2025-12-17')"
    )
    build = Build(NIGHTS[3], [Pupil(1)])
    Said(NIGHTS[3], *evaluated()).write(house, build.run_id)

    with pytest.raises(StatementError):
        pass_both(settings, house, build)

    assert told(house, "issue_night", "night") == [(night,) for night in NIGHTS[:2]]
    assert told(house, "night", "night") == [(night,) for night in NIGHTS[:3]]
    house.execute("alter table published.issue_night drop constraint crash")
    publish.publish(settings, build.run_id)
    assert {row[4:] for row in history(house)} == {("2025-12-15", "2025-12-18")}


def test_a_publication_remembers_what_its_gate_in_found(settings, house):
    build = Build(NIGHTS[0], [Pupil(1)])
    Said(NIGHTS[0], *evaluated(key("person.inn", 1))).write(house, build.run_id)
    pass_both(settings, house, build)
    again = Build(NIGHTS[0], [Pupil(1)])
    Said(NIGHTS[0], *evaluated(key("person.snils", 2))).write(house, again.run_id)

    assert [row[:2] for row in history(house)] == [("person.inn", name(1))]

    pass_both(settings, house, again)

    assert [row[:2] for row in history(house)] == [("person.snils", name(2))]


def test_a_run_that_is_refused_leaves_the_memory_alone(settings, house):
    build = Build(NIGHTS[0], [Pupil(1)])
    Said(NIGHTS[0], *evaluated(key("person.inn", 1))).write(house, build.run_id)
    pass_both(settings, house, build)
    before = history(house)
    later = Build(NIGHTS[1], [Pupil(1)])
    write(house, later)
    deliver_nothing(house, later.night)
    Said(NIGHTS[1], *evaluated(key("person.snils", 2))).write(house, later.run_id)

    with pytest.raises(publish.GateError):
        publish.publish(settings, later.run_id)

    assert history(house) == before
