"""A delivery that shrank is no night: not after another night, and not in the place of the same one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from o7_warehouse.errors import DeliveryError
from tests.deliveries import NIGHT, asked, emptied, loaded, small_world, write_drop


@pytest.fixture
def empty(warehouse_database):
    return emptied(warehouse_database)


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


def test_a_night_that_comes_again_is_compared_with_the_one_before_it(empty, tmp_path):
    """The first attempt may have been the faulty one: doubled, say."""
    loaded(empty, write_drop(tmp_path / "before", small_world(rows=40)))
    second = NIGHT + timedelta(days=1)
    loaded(empty, write_drop(tmp_path / "doubled", small_world(rows=80), night=second))

    loaded(empty, write_drop(tmp_path / "mended", small_world(rows=40), night=second))

    assert asked(empty, "select rows_landed from raw_o7.load_record where entity = 'contact' order by night") == [
        (40,), (40,),
    ]  # fmt: skip
