"""An entity that begins anew keeps what it had before."""

from __future__ import annotations

from datetime import timedelta

from tests.deliveries import NIGHT, as_delivered, asked, loaded, rows_of, small_world, write_drop


def test_an_entity_that_was_not_delivered_for_a_night_keeps_its_older_rows(empty, tmp_path):
    """On its return it has no open row, as on a first night; what is closed must survive that."""
    world = small_world()
    without = {entity: rows for entity, rows in world.items() if entity != "exam_result"}
    for number, delivered in enumerate((world, without, world)):
        night = NIGHT + timedelta(days=number)
        loaded(empty, write_drop(tmp_path / str(number), delivered, night=night))

    found = [rows_of(empty, "exam_result", NIGHT + timedelta(days=number)) for number in range(3)]

    assert found == [as_delivered(world, "exam_result"), [], as_delivered(world, "exam_result")]


def test_the_planner_knows_the_size_of_what_was_just_loaded(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "1", small_world(rows=300)))

    assert asked(empty, "select reltuples from pg_class where oid = 'raw_o7.person'::regclass") == [(300,)]
