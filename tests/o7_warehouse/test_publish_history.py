"""The histories of persons forget the order in which nights were published."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse.gate_out import gate_out
from o7_warehouse.persons import PROFILES, PUPILS, STAFF, merge_persons
from o7_warehouse.publish import publish
from tests.o7_warehouse.builds import FULL, Build, Pupil
from tests.o7_warehouse.built_warehouse import deliver_nothing, pass_both, write, write_profiles

if TYPE_CHECKING:
    from o7_warehouse.intervals import History

MONDAY = dt.date(2025, 12, 15)
NIGHTS = [MONDAY + dt.timedelta(days=days) for days in range(6)]


def test_an_older_night_published_later_leaves_the_newer_ones_alone(settings, house):
    pass_both(settings, house, Build(NIGHTS[0], [Pupil(1)]))
    pass_both(settings, house, Build(NIGHTS[2], [Pupil(1, statuses="n" * 51)]))

    pass_both(settings, house, Build(NIGHTS[1], [Pupil(1, statuses="e" * 51), Pupil(2)]))

    assert as_of(house, NIGHTS[0]) == {Pupil(1).key: FULL}
    assert as_of(house, NIGHTS[1]) == {Pupil(1).key: "e" * 51, Pupil(2).key: FULL}
    assert as_of(house, NIGHTS[2]) == {Pupil(1).key: "n" * 51}


def as_of(cursor: Any, night: dt.date, history: History = PROFILES, says: str = "statuses") -> dict[str, str]:
    cursor.execute(
        f"select {history.key[0]}::text, {says} from {history.table} where night_from <= %s and night_to > %s",
        (night, night),
    )
    rows = cursor.fetchall()
    assert len(rows) == len(dict(rows)), "a person has two states on one night"
    return dict(rows)


def test_an_older_night_published_later_leaves_the_reasons_of_newer_ones_alone(settings, house):
    """Of a pupil and of a teacher whose account comes and goes."""
    for place, loss in ((0, "no_grant"), (2, None), (1, "blocked")):
        build = Build(NIGHTS[place], [Pupil(1, trajectory_loss="no_portfolio", access_loss=loss)])
        write(house, build)
        house.execute("update marts.fct_staff_reading set access_loss = %s where not has_access", (loss,))
        deliver_nothing(house, build.night)
        gate_out(settings, build.run_id)
        publish(settings, build.run_id)

    for place, loss in ((0, "no_grant"), (1, "blocked"), (2, None), (3, None)):
        assert as_of(house, NIGHTS[place], PUPILS, "access_loss") == {Pupil(1).key: loss}
        assert as_of(house, NIGHTS[place], PUPILS, "trajectory_loss") == {Pupil(1).key: "no_portfolio"}
        assert sorted(map(str, as_of(house, NIGHTS[place], STAFF, "access_loss").values())) == sorted(
            ["None"] * 5 + [str(loss)] * 5
        )
    house.execute(
        "select night, build_id = (select build_id from published.night as own"
        " where own.night = kept.night) from published.reading_night as kept order by night"
    )
    assert house.fetchall() == [(night, True) for night in NIGHTS[:3]]


@pytest.mark.parametrize("seed", range(15))
def test_any_order_of_nights_gives_the_same_history(house, seed):
    """Whatever is published when: each night reads back, and equal neighbours are one row."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    states: dict[dt.date, dict[str, str]] = {}
    for _ in range(12):
        night = dice.choice(NIGHTS)
        pupils = [Pupil(n, statuses=dice.choice("fe") * 51) for n in range(1, 6) if dice.random() < 0.7]
        merge(house, night, pupils)
        states[night] = {pupil.key: pupil.statuses for pupil in pupils}

        for known, state in states.items():
            assert as_of(house, known) == state
    assert history(house) == shortest_history(states)


def merge(cursor: Any, night: dt.date, pupils: list[Pupil]) -> None:
    """What publish does to the history, without figures around it."""
    write_profiles(cursor, pupils)
    merge_persons(cursor, night, str(uuid.uuid4()))
    cursor.execute(
        """
        insert into published.night (
            night, build_id, run_id, snapshot_at, transport, contract_version, code_revision
        ) values (%s, gen_random_uuid(), gen_random_uuid(), now(), 'T2', '1.0', 'revision')
        on conflict do nothing
        """,
        (night,),
    )


def history(cursor: Any) -> set[tuple[str, str, str, str]]:
    cursor.execute(
        "select student_key::text, night_from::text, night_to::text, statuses from published.profile_versions"
    )
    return set(cursor.fetchall())


def shortest_history(states: dict[dt.date, dict[str, str]]) -> set[tuple[str, str, str, str]]:
    """The history written down anew from the states, one row per pupil and run of equal nights."""
    nights = sorted(states)
    ends = [*(night.isoformat() for night in nights[1:]), "infinity"]
    runs: dict[str, list[list[str]]] = defaultdict(list)
    for night, end in zip(nights, ends, strict=True):
        for key, statuses in states[night].items():
            rows = runs[key]
            if rows and rows[-1][1] == night.isoformat() and rows[-1][2] == statuses:
                rows[-1][1] = end
            else:
                rows.append([night.isoformat(), end, statuses])
    return {(key, start, end, statuses) for key, rows in runs.items() for start, end, statuses in rows}


def test_every_column_of_the_profile_fact_is_kept_in_the_history(house):
    """A column the models add must be kept too, or be refused here on purpose."""
    house.execute(
        "select attname from pg_attribute "
        " where attrelid = 'marts.fct_profile_completeness'::regclass and attnum > 0"
    )
    assert {name for (name,) in house.fetchall()} == {"student_key", *PROFILES.state}
