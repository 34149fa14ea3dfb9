"""A delivery that shrank is no night: not after another night, and not in the place of the same one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from o7_warehouse.errors import DeliveryError
from tests.deliveries import NIGHT, asked, loaded, small_world, write_drop


@pytest.mark.parametrize(
    "days", [pytest.param(0, id="the same night again"), pytest.param(1, id="the next night")]
)
def test_a_third_fewer_rows_stop_the_night_and_leave_raw_as_it_was(empty, tmp_path, days):
    loaded(empty, write_drop(tmp_path / "good", small_world(rows=60)))

    with pytest.raises(DeliveryError, match="33 % fewer than the 60 of 2025-12-15"):
        loaded(
            empty, write_drop(tmp_path / "short", small_world(rows=40), night=NIGHT + timedelta(days=days))
        )

    assert asked(empty, "select night, count(*) from raw_o7.contact, raw_o7.night group by night") == [
        (NIGHT, 60)
    ]


@pytest.mark.parametrize(
    "days", [pytest.param(0, id="the same night again"), pytest.param(1, id="the next night")]
)
def test_twice_as_many_rows_stop_the_night_also_where_every_key_is_new(empty, tmp_path, days):
    loaded(empty, write_drop(tmp_path / "good", small_world(rows=40)))

    with pytest.raises(
        DeliveryError, match="100 % more than the 40 of 2025-12-15; at most 150 % can come at once"
    ):
        loaded(
            empty, write_drop(tmp_path / "doubled", small_world(rows=80), night=NIGHT + timedelta(days=days))
        )

    assert asked(empty, "select night, count(*) from raw_o7.contact, raw_o7.night group by night") == [
        (NIGHT, 40)
    ]


def test_rows_that_come_twice_with_their_keys_stop_the_night(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "good", small_world(rows=40)))
    world = small_world(rows=40)
    world["contact"] *= 2

    with pytest.raises(DeliveryError) as refusal:
        loaded(empty, write_drop(tmp_path / "doubled", world, night=NIGHT + timedelta(days=1)))

    assert "contact: 40 of 80 rows repeat a key (source_id)." in str(refusal.value)
    assert "contact has 80 rows, 100 % more than the 40" in str(refusal.value)


def test_one_municipality_that_comes_twice_stops_the_night(empty, tmp_path):
    world = small_world(rows=400)
    loaded(empty, write_drop(tmp_path / "good", world))
    added = [
        row | {"source_id": f"again-{row['source_id']}"}
        for row in world["contact"]
        if row["org_id"] == "organization-0"
    ]
    world["contact"] = world["contact"] + added[:150]

    with pytest.raises(
        DeliveryError, match="contact of municipality 83701000 has 350 rows, 75 % more than the 200"
    ):
        loaded(empty, write_drop(tmp_path / "doubled", world, night=NIGHT + timedelta(days=1)))


def test_an_entity_that_may_be_empty_may_not_become_so_overnight(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "good", small_world(rows=40)))
    emptied_world = small_world(rows=40) | {"additional_note": []}

    with pytest.raises(DeliveryError, match="additional_note has 0 rows, 100 % fewer than the 40"):
        loaded(empty, write_drop(tmp_path / "empty", emptied_world, night=NIGHT + timedelta(days=1)))


def test_an_entity_that_shrinks_night_by_night_is_told(empty, tmp_path):
    """No night loses a tenth, so none is refused; the sum of them reaches a person."""
    for day, rows in enumerate((100, 100, 100, 93, 86)):
        world = small_world(rows=100)
        world["additional_note"] = world["additional_note"][:rows]
        night = NIGHT + timedelta(days=day)
        run_id = loaded(empty, write_drop(tmp_path / str(day), world, night=night))

    found = (
        "select severity, message from audit.contract_finding where check_id = 'volume_trend' and run_id = %s"
    )
    assert asked(empty, found, (run_id,)) == [
        (
            "warning",
            "additional_note has 86 rows, and 100 are usual for the last 7 nights: it shrinks night by night.",
        )
    ]
    assert asked(empty, "select count(*) from audit.contract_finding where check_id = 'volume_trend'") == [
        (1,)
    ]


def test_a_night_that_comes_again_is_compared_with_the_one_before_it(empty, tmp_path):
    """The first attempt may have been the faulty one: swollen, say."""
    loaded(empty, write_drop(tmp_path / "before", small_world(rows=40)))
    second = NIGHT + timedelta(days=1)
    loaded(empty, write_drop(tmp_path / "swollen", small_world(rows=55), night=second))

    loaded(empty, write_drop(tmp_path / "mended", small_world(rows=40), night=second))

    assert asked(empty, "select rows_landed from raw_o7.load_record where entity = 'contact' order by night") == [
        (40,), (40,),
    ]  # fmt: skip
