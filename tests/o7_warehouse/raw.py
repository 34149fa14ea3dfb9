"""What raw holds after some nights, to be compared."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from tests.deliveries import NIGHT, asked, contract

SECOND = NIGHT + timedelta(days=1)


def with_drop(settings, folder):
    return dataclasses.replace(settings, drop=folder, source_dsn=None)


def content_of(settings) -> list[tuple[object, ...]]:
    """Raw with its intervals, without what differs from run to run."""
    of_entities = (
        f"select '{name}', to_jsonb(one) - '_batch_id' from raw_o7.{name} as one"
        for name in contract().entity_names
    )
    return asked(settings, " union all ".join(of_entities) + " order by 1, 2")
