"""Holds what is published against the truth the simulator keeps: every indicator and every leaf, unit by unit."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.errors import LapseError
from o7_warehouse.indicators import indicator_rows, leaf_rows
from o7_warehouse.json_text import json_text
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from o7_warehouse.lapse.month import Month
    from o7_warehouse.settings import Settings

# The truth knows the republic, not by which definition it was counted.
UNKNOWN_TO_THE_TRUTH: Final = "definition_version"
NAMED: Final = 3


def published_nights(settings: Settings) -> list[dt.date]:
    """The nights that are published, in their order."""
    with transaction(settings, "o7_reporter") as connection, connection.cursor() as cursor:
        cursor.execute("select night from published.night order by night")
        return [night for (night,) in cursor.fetchall()]


def must_be_true(settings: Settings, month: Month, nights: Iterable[str]) -> None:
    """Compare the figures of published nights with the truth. Raises LapseError, naming the first that differ."""
    for night in nights:
        day = dt.date.fromisoformat(night)
        told = {"indicators": indicator_rows(settings, night=day), "leaves": leaf_rows(settings, night=day)}
        # The truth is JSON: both sides in the same form.
        found: dict[str, list[dict[str, Any]]] = json.loads(json_text(told))
        for row in found["indicators"]:
            del row[UNKNOWN_TO_THE_TRUTH]
        for kind, rows in found.items():
            true = month.truth[night][kind]
            differing = _differing(rows, true)
            if differing or len(rows) != len(true):
                raise LapseError(
                    f"On {night} {len(differing)} of {len(rows)} {kind} are not what is true, for example "
                    f"{'; '.join(differing[:NAMED])}. Find the step that lost or added somebody."
                )


def _differing(found: list[dict[str, Any]], true: list[dict[str, Any]]) -> list[str]:
    """Every row that one of the two sides has alone: what it is about, and its figures."""
    ours, theirs = ({tuple(sorted(row.items(), key=str)) for row in side} for side in (found, true))
    return [
        f"{whose} {', '.join(f'{name}={value}' for name, value in row if name != 'org_unit_name')}"
        for whose, rows in (("ours", ours - theirs), ("truth", theirs - ours))
        for row in sorted(rows, key=str)
    ]
