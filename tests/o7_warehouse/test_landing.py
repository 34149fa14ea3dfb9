"""Every landed row says which delivery it came with."""

from __future__ import annotations

import dataclasses

from o7_warehouse.extract import extract
from tests.deliveries import asked, opened, small_world, write_drop


def test_every_row_carries_the_batch_of_its_own_delivery(empty, tmp_path):
    settings = dataclasses.replace(empty, drop=write_drop(tmp_path / "1", small_world()), source_dsn=None)

    batches = [_landed_batch(settings) for _ in range(2)]

    assert len(set(batches)) == len(batches)


def _landed_batch(settings) -> str:
    """The one batch that landing and its notes agree on after an extraction."""
    extract(settings, opened(settings))
    [(in_rows, in_notes)] = asked(
        settings,
        "select array_agg(distinct _batch_id::text), (select array_agg(distinct batch_id::text) from landing._delivery)"
        " from (select _batch_id from landing.person union all select _batch_id from landing.portfolio_item) as landed",
    )
    assert in_rows == in_notes
    [batch] = in_rows
    return batch
