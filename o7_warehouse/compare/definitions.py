"""The figures under another reading of the order: every night stores them all, so nothing is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from o7_warehouse.errors import CommandError
from o7_warehouse.indicators import indicator_rows
from o7_warehouse.readings import reading_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from o7_warehouse.settings import Settings

# seed -> the indicator its rows are readings of; None: the row names it.
SEEDS: dict[str, str | None] = {"profile_rules": "4.1", "indicator_readings": None}


def figures_under(
    settings: Settings, definition: str, nights: Iterable[dt.date]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The official figures of the nights, and those under ``definition``; of the one indicator it belongs to.

    ``definition`` is ``profile_rules=FULL`` or ``indicator_readings=4.2/rec_only``. Raises CommandError for a
    definition that is not in force on a night, NightError for a night that is not published.
    """
    indicator, reading = _parsed(definition)
    old: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for night in nights:
        official = [row for row in indicator_rows(settings, night=night) if row["indicator"] == indicator]
        names = {(row["level"], row["org_unit_code"]): row["org_unit_name"] for row in official}
        of_indicator = [row for row in reading_rows(settings, night=night) if row["indicator"] == indicator]
        chosen = [row for row in of_indicator if row["reading"] == reading]
        if not chosen:
            known = ", ".join(dict.fromkeys(row["reading"] for row in of_indicator))
            raise CommandError(
                f"{definition!r} is no reading of an indicator in force on {night}, so nothing can be compared. "
                f"Readings of {indicator} on that night: {known or 'none'}."
            )
        old += official
        new += [row | {"org_unit_name": names.get((row["level"], row["org_unit_code"]))} for row in chosen]
    return old, new


def _parsed(definition: str) -> tuple[str, str]:
    seed, _, row = definition.partition("=")
    if seed not in SEEDS or not row:
        raise CommandError(
            f"{definition!r} names no stored definition, so nothing can be compared. "
            "Write profile_rules=FULL or indicator_readings=4.2/rec_only; ./o7 readings lists the codes. "
            "Another change of a seed is compared by making it and running ./o7 compare --code."
        )
    indicator = SEEDS[seed]
    if indicator is None:
        indicator, _, row = row.partition("/")
        if not row:
            raise CommandError(
                f"{definition!r} does not say of which indicator, and two may have a reading of one name. "
                "Write indicator_readings=4.2/rec_only."
            )
    return indicator, row
