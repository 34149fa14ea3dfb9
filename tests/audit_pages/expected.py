"""What the pages must say of the small audit, in the words and numbers of a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audit_pages import nights
from tests.audit_pages.nights import GRID

if TYPE_CHECKING:
    import datetime as dt


WORDS = {"fail": "нарушено", "pass": "соблюдено", "error": "ошибка проверки", "not_evaluated": "не проверено"}


def outcome(rule_id: str, place: int) -> str | None:
    found = GRID[rule_id][place]
    if found is None or isinstance(found, str):
        return found
    return "fail" if failed(rule_id, place) else "pass"


def failed(rule_id: str, place: int) -> int:
    found = GRID[rule_id][place]
    assert not isinstance(found, str)
    return len(found or ()) + nights.NAMELESS.get(rule_id, 0)


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")


def digits(day: dt.date) -> str:
    return day.strftime("%d.%m.%Y")
