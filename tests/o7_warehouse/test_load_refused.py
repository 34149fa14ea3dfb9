"""What may not be loaded, and leaves raw as it was: lost rows, an old run, a night out of its turn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from o7_warehouse import runs
from o7_warehouse.delivery_gate import check_delivery
from o7_warehouse.errors import DeliveryError, NightError
from o7_warehouse.extract import extract
from o7_warehouse.load import load
from tests.deliveries import NIGHT, asked, loaded, opened, small_world, write_drop
from tests.o7_warehouse.raw import SECOND, content_of, with_drop


def test_rows_lost_from_landing_stop_the_load_and_leave_raw_as_it_was(empty, tmp_path):
    settings = with_drop(empty, write_drop(tmp_path / "1", small_world()))
    loaded(empty, tmp_path / "1")
    before = content_of(settings)
    run_id = opened(settings)
    extract(settings, run_id)
    asked(
        settings,
        "with gone as (delete from landing.contact where source_id = 'contact-3' returning 1) table gone",
    )

    with pytest.raises(DeliveryError, match=r"contact: 30 rows came in, 0 of them .* 29 lie in landing"):
        load(settings, run_id)

    assert content_of(settings) == before


def test_a_superseded_run_cannot_load(empty, tmp_path):
    settings = with_drop(empty, write_drop(tmp_path / "1", small_world()))
    run_id = opened(settings)
    extract(settings, run_id)
    opened(settings)

    with pytest.raises(NightError, match="superseded"):
        load(settings, run_id)

    assert asked(settings, "select count(*) from raw_o7.night") == [(0,)]


def test_a_replay_touches_neither_landing_nor_raw(empty, tmp_path):
    for number, night in enumerate((NIGHT, SECOND)):
        loaded(empty, write_drop(tmp_path / str(number), small_world(), night=night))
    before = content_of(empty)
    settings = with_drop(empty, tmp_path / "1")

    run_id = opened(settings, night=NIGHT)

    assert runs.current(settings, run_id).mode == "replay"
    assert (extract(settings, run_id), check_delivery(settings, run_id), load(settings, run_id)) == (0, 0, 0)
    assert content_of(settings) == before


def test_nights_ascend(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "2", small_world(), night=SECOND))

    with pytest.raises(NightError, match="already loaded"):
        loaded(empty, write_drop(tmp_path / "1", small_world(), night=date(2025, 12, 1)))


def test_only_a_night_before_the_newest_one_is_past(empty, tmp_path):
    assert not runs.is_past(empty, NIGHT)
    loaded(empty, write_drop(tmp_path / "1", small_world(), night=SECOND))

    assert [runs.is_past(empty, night) for night in (NIGHT, SECOND, SECOND + timedelta(days=1))] == [
        True,
        False,
        False,
    ]
