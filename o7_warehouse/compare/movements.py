"""How far each figure moves between two lists of figures, the one that moves farthest first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from o7_warehouse.indicators import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One figure, before and after; a unit that one side does not have has no counts there.

    ``change`` is in percentage points, six decimals, None where a side has no value.
    """

    night: str
    indicator: str
    level: str
    org_unit_code: str
    org_unit_name: str | None
    old_numerator: int | None
    old_denominator: int | None
    old_value: float | None
    new_numerator: int | None
    new_denominator: int | None
    new_value: float | None
    change: float | None

    @property
    def is_moved(self) -> bool:
        """Whether any count differs: a value may stay where both its counts move."""
        old = (self.old_numerator, self.old_denominator)
        return old != (self.new_numerator, self.new_denominator)

    def as_row(self) -> dict[str, Any]:
        """The movement as commands write it."""
        return asdict(self)


def movements(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[Movement]:
    """Pair the objects of :func:`o7_warehouse.indicators.indicator_rows` of two sides; all pairs, moved or not.

    Ordered by the size of the change, what gains or loses its value before all; then by night, indicator, level
    and code.
    """
    before, after = _by_figure(old), _by_figure(new)
    pairs = [_movement(key, before.get(key), after.get(key)) for key in before.keys() | after.keys()]
    return sorted(pairs, key=_place)


def _by_figure(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {(row["night"], row["indicator"], row["level"], row["org_unit_code"]): row for row in rows}


def _movement(key: tuple[str, ...], old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Movement:
    night, indicator, level, code = key
    old, new = old or {}, new or {}
    return Movement(
        night=night,
        indicator=indicator,
        level=level,
        org_unit_code=code,
        org_unit_name=new.get("org_unit_name") or old.get("org_unit_name"),
        old_numerator=old.get("numerator"),
        old_denominator=old.get("denominator"),
        old_value=old.get("value"),
        new_numerator=new.get("numerator"),
        new_denominator=new.get("denominator"),
        new_value=new.get("value"),
        change=_change(old.get("value"), new.get("value")),
    )


def _change(old: float | None, new: float | None) -> float | None:
    """Through decimals: 74.1 - 74.0 is 0.1 and nothing beside it."""
    return None if old is None or new is None else float(Decimal(str(new)) - Decimal(str(old)))


def _place(one: Movement) -> tuple[Any, ...]:
    gains_or_loses = (one.old_value is None) != (one.new_value is None)
    size = float("inf") if gains_or_loses else abs(one.change or 0.0)
    return (-size, one.night, one.indicator, LEVELS.index(one.level), one.org_unit_code)
