"""What the restatement ledger holds open: issued editions whose figures the build that stands now tells otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.editions.ledger import ROLE, EditionId, all_events
from o7_warehouse.editions.restate import apart
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.periods import Period
    from o7_warehouse.settings import Settings

_PENDING: Final = """
    select causes, deliveries, figures, recorded_at from audit.restatement where edition_id = %s and run_id = %s
"""
_MOVED: Final = """
    select
        indicator, level, org_unit_code, old_numerator, old_denominator, old_value, new_numerator, new_denominator,
        new_value, causes
    from audit.restated_figure
    where edition_id = %s and run_id = %s
    order by indicator, array_position(array['region', 'municipality', 'school', 'class'], level), org_unit_code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What waits for a further revision: the issued edition, the build that stands now, why, and how much moved.

    ``deliveries`` has an entry for each entity that the loads behind the two builds counted differently.
    """

    edition: EditionId
    night: dt.date
    run_id: str
    causes: tuple[str, ...]
    deliveries: Mapping[str, Mapping[str, int]]
    figures: int
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One figure on both sides; a side that does not have the unit has no counts. Values are percent, six decimals."""

    indicator: str
    level: str
    org_unit_code: str
    old_numerator: int | None
    old_denominator: int | None
    old_value: Decimal | None
    new_numerator: int | None
    new_denominator: int | None
    new_value: Decimal | None
    causes: list[str]


def pending(settings: Settings) -> list[Restatement]:
    """What waits for a further revision, by period; an edition whose figures all stand is not among it."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        periods = dict.fromkeys(one.edition.period for one in all_events(cursor))
        found = [pending_of(cursor, period) for period in periods]
    return [one for one in found if one is not None]


def pending_of(cursor: Cursor, period: Period) -> Restatement | None:
    """What waits for a further revision of one period."""
    found = apart(cursor, period)
    if found is None:
        return None
    event, standing = found
    cursor.execute(_PENDING, (str(event.edition), standing.run_id))
    for causes, deliveries, figures, recorded_at in cursor.fetchall():
        if figures:
            return Restatement(
                edition=event.edition, night=standing.night, run_id=standing.run_id, causes=tuple(causes),
                deliveries=deliveries, figures=figures, recorded_at=recorded_at,
            )  # fmt: skip
    return None


def moved_figures(settings: Settings, restatement: Restatement) -> list[Moved]:
    """The figures that moved, by indicator, from the republic down."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute(_MOVED, (str(restatement.edition), restatement.run_id))
        names = [column.name for column in cursor.description or ()]
        return [Moved(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
