"""Raw gives every night back exactly as it was delivered."""

from __future__ import annotations

import copy
import random
from datetime import timedelta

import pytest

from o7_warehouse.delivery_gate import check_delivery
from o7_warehouse.extract import extract
from o7_warehouse.load import load
from tests.deliveries import (
    NIGHT,
    World,
    as_delivered,
    asked,
    contract,
    emptied,
    loaded,
    night_of,
    opened,
    rows_of,
    small_world,
    write_drop,
)
from tests.o7_warehouse.raw import SECOND, content_of, with_drop

SEEDS = (1, 2)


def _next(world: World, chance: random.Random) -> World:
    """Another night: rows changed, gone, added, doubled, and some of the doubled ones single again."""
    later = copy.deepcopy(world)
    for rows in (later["person"], later["contact"], later["portfolio_item"]):
        for _ in range(3):
            chance.choice(rows)["modified_at"] = f"2025-12-0{chance.randint(1, 9)}T10:00:00+03:00"
        rows.pop(chance.randrange(len(rows)))
        rows.extend(copy.deepcopy(chance.choices(rows, k=2)))
        rows.sort(key=lambda _: chance.random())
    return later


@pytest.mark.parametrize("seed", SEEDS)
def test_every_night_is_given_back_as_it_was_delivered(empty, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    first = small_world()
    second = _next(first, chance)
    third = _next(second, chance)
    # The fourth night is the first one again: what was gone reappears.
    worlds = [first, second, third, first, _next(first, chance)]
    nights = [NIGHT + timedelta(days=number) for number in range(len(worlds))]

    for night, world in zip(nights, worlds, strict=True):
        loaded(empty, write_drop(tmp_path / str(night), world, night=night))

    for night, world in zip(nights, worlds, strict=True):
        assert night_of(empty, night) == {entity: as_delivered(world, entity) for entity in world}


def test_a_quiet_night_costs_no_row(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "1", small_world()))

    loaded(empty, write_drop(tmp_path / "2", small_world(), night=SECOND))

    [(new, closed, unchanged)] = asked(
        empty,
        "select sum(rows_new), sum(rows_closed), sum(rows_unchanged) from raw_o7.load_record where night = "
        "%s",
        (SECOND,),
    )
    assert (new, closed) == (0, 0)
    assert unchanged == sum(len(rows) for rows in small_world().values())


def test_copies_of_a_row_are_counted_also_when_their_numbers_cross(empty, tmp_path):
    """One row doubles and another stops being double: the number of rows alone would hide both."""
    first, second = small_world(), small_world()
    first["contact"].append(dict(first["contact"][0]))
    second["contact"].append(dict(second["contact"][1]))
    loaded(empty, write_drop(tmp_path / "1", first))

    loaded(empty, write_drop(tmp_path / "2", second, night=SECOND))

    assert rows_of(empty, "contact", NIGHT) == as_delivered(first, "contact")
    assert rows_of(empty, "contact", SECOND) == as_delivered(second, "contact")


@pytest.mark.parametrize(("entity", "kind"), [("student", "student"), ("staff_person", "staff")])
def test_a_person_delivered_twice_has_one_pseudonym(empty, tmp_path, entity, kind):
    """Both rows go to quarantine later; they are no reason to stop the night."""
    world = small_world()
    twice = world[entity][0]["source_id"]
    world[entity].append(world[entity][0] | {"modified_at": "2025-12-01T10:00:00+03:00"})

    loaded(empty, write_drop(tmp_path / "1", world))

    keys = asked(empty, f"select count(*) from raw_o7.{kind}_keys where {kind}_id = %s", (twice,))
    assert keys == [(1,)]


def test_the_newest_night_again_equals_an_undisturbed_load(empty, tmp_path):
    chance = random.Random(7)  # noqa: S311 - a test's dice
    first, wrong = small_world(), _next(small_world(), chance)
    second = _next(first, chance)
    loaded(empty, write_drop(tmp_path / "1", first))
    loaded(empty, write_drop(tmp_path / "2", second, night=SECOND))
    undisturbed = content_of(empty)
    emptied(empty)

    loaded(empty, write_drop(tmp_path / "1", first))
    loaded(empty, write_drop(tmp_path / "wrong", wrong, night=SECOND))
    loaded(empty, write_drop(tmp_path / "2", second, night=SECOND))

    assert content_of(empty) == undisturbed


def test_a_repeated_load_changes_nothing(empty, tmp_path):
    settings = with_drop(empty, write_drop(tmp_path / "1", small_world()))
    run_id = opened(settings)
    extract(settings, run_id)
    check_delivery(settings, run_id)
    load(settings, run_id)
    before = content_of(settings)

    assert load(settings, run_id) == 0
    assert content_of(settings) == before


def test_null_and_empty_text_stay_apart(empty, tmp_path):
    world = small_world()
    world["person"][0]["snils"] = None
    world["person"][1]["snils"] = ""

    loaded(empty, write_drop(tmp_path / "1", world))

    found = {row[0]: row[-2] for row in rows_of(empty, "person", NIGHT)}
    assert (found["pupil-0"], found["pupil-1"]) == (None, "")


def test_an_absent_column_and_an_absent_entity_are_recorded(empty, tmp_path):
    world = small_world()
    del world["exam_result"]
    header = [name for name in contract().entity("person").column_names if name != "inn"]

    loaded(empty, write_drop(tmp_path / "1", world, columns={"person": header}))

    assert asked(empty, "select night, entity, column_name from raw_o7.absent_column order by entity") == [
        (NIGHT, "exam_result", ""),
        (NIGHT, "person", "inn"),
    ]


def test_a_column_the_contract_does_not_name_is_reported_and_not_loaded(empty, tmp_path):
    world = small_world()
    header = ["shoe_size", *contract().entity("person").column_names]
    for row in world["person"]:
        row["shoe_size"] = "38"

    loaded(empty, write_drop(tmp_path / "1", world, columns={"person": header}))

    assert rows_of(empty, "person", NIGHT) == as_delivered(world, "person")
    [(severity,)] = asked(
        empty, "select severity from audit.contract_finding where check_id = 'column_unknown'"
    )
    assert severity == "notice"


def test_the_order_of_columns_does_not_matter(empty, tmp_path):
    world = small_world()
    header = list(reversed(contract().entity("person").column_names))

    loaded(empty, write_drop(tmp_path / "1", world, columns={"person": header}))

    assert rows_of(empty, "person", NIGHT) == as_delivered(world, "person")


def test_landing_is_empty_after_a_load(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "1", small_world()))

    rows = " union all ".join(f"select 1 from landing.{name}" for name in contract().entity_names)
    assert asked(empty, rows) == []
