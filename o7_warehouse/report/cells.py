"""One cell as every format prints it: its text, and the exact number behind it or why there is none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from o7_warehouse.errors import ReportError
from o7_warehouse.report import formats
from o7_warehouse.report.formats import Absent, Share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What has no number behind it: how a value of a type is written in a form.
_WORDS: Mapping[tuple[str, type], Callable[[Any], str]] = {
    ("text", str): str,
    ("heading", str): formats.capital,
    ("place", str): formats.legal_place,
    ("number", str): formats.number_text,
    ("date", dt.date): formats.date_digits,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What is printed, with the exact number and its number format, or why there is none.

    `share` holds the counts of a percentage that has some.
    """

    text: str
    number: Decimal | int | None = None
    number_format: str = "@"
    absent: Absent | None = None
    share: Share | None = None


def cell(value: Any, form: str) -> Cell:
    """One cell: `text`, `heading`, `place`, `number`, `date`, `count`, `share`, `percent` (a given one) or `points`."""
    write = _WORDS.get((form, type(value)))
    if write is not None:
        return Cell(write(value))
    match form, value:
        case _, Absent():
            return Cell(value.sign, absent=value)
        case "count", int():
            return Cell(formats.count_text(value), value, "#,##0")
        case "share", Share():
            return _share_cell(value)
        case "percent", Decimal():
            return Cell(formats.decimal_text(value), value, "0.0")
        case "points", Decimal():
            return Cell(formats.points_text(value), value, '+0.0;"\u2212"0.0;0.0')
    raise ReportError(
        f"A cell of form {form!r} holds a {type(value).__name__}. It cannot be written that way. "
        f"Correct the column's format in report.yml."
    )


def _share_cell(share: Share) -> Cell:
    text = formats.share_text(share)
    if isinstance(share.value, Absent):
        return Cell(text, absent=share.value, share=share)
    return Cell(text, share.value, formats.sheet_format(share), share=share)
