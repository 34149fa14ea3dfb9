"""The only place that rounds a figure or writes it in Russian (domain §1.4, §7.3).

A share is rounded once, half up, from its two counts; the stored quotient is only compared with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from o7_warehouse.errors import ReportError

if TYPE_CHECKING:
    import datetime as dt

NBSP = "\u00a0"
MINUS = "\u2212"
DECIMALS = 1
# Labels stand in many documents of a set; their spaces are bound once.
KNOWN_TEXTS = 4096
MOSCOW = ZoneInfo("Europe/Moscow")

_TENTH = Decimal("0.1")
_MICRO = Decimal("0.000001")
_HUNDRED_PERCENT_IN_TENTHS = 1000
_SHORT_WORDS = "а|в|во|для|до|за|и|из|или|к|ко|на|не|о|об|от|по|при|с|со|у"
# Kept on one line: a short word with the next, a sign with its number, a dash with what it follows.
_BINDINGS = (
    (re.compile(rf"(?<![А-Яа-яЁё-])({_SHORT_WORDS}) (?=\S)", re.IGNORECASE), r"\1{nbsp}"),
    (re.compile(r"№ (?=\d)"), "№{nbsp}"),
    (re.compile(r" (?=\(\d+,\d)"), "{nbsp}"),
    (re.compile(r"(?<=оказател[ьея]) (?=\d)"), "{nbsp}"),
    (re.compile(r"(?<=\d) (?=год|п\.п\.|чел\.|г\.|л\.|%|из\b)"), "{nbsp}"),
    (re.compile(r" (?=[—–])"), "{nbsp}"),
)
_SEAM = re.compile(r"(?<=[A-Za-z0-9])_(?=[A-Za-z])")
_YO = str.maketrans("ёЁ", "еЕ")
_DECIMAL = re.compile(r"\d+\.\d+")
_PAPERS = re.compile(r"; domain §.*$")
_TEEN_FIRST, _TEEN_LAST = 11, 14
_FEW_LAST = 4
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip


class Absent(Enum):
    """Why a cell has no figure; the value is its code for programs. What each means: reports/legend.yml."""

    NO_DATA = "no_data"
    NOT_APPLICABLE = "not_applicable"
    # Fewer persons than disclosure control lets be told.
    SUPPRESSED = "suppressed"
    # Not few itself, but a few could be computed from it.
    HIDDEN = "hidden"
    # In a listing of a catalogue that gives no value on purpose.
    UNSET = "unset"

    @property
    def sign(self) -> str:
        """What is printed instead of the figure (domain §7.3)."""
        return _SIGNS[self]


_SIGNS = {
    Absent.NO_DATA: "–",
    Absent.NOT_APPLICABLE: "х",
    Absent.SUPPRESSED: "менее 5",
    Absent.HIDDEN: "скрыто",
    Absent.UNSET: "–",
}


Count = int | Absent


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage with the two counts it comes from; `value` is the published quotient, 6 decimals.

    Raises ReportError when the quotient does not follow from the counts: a report never chooses a figure.
    """

    numerator: Count
    denominator: Count
    value: Decimal | Absent

    def __post_init__(self) -> None:
        if self.value != expected_value(self.numerator, self.denominator):
            raise ReportError(
                f"A published value is {self.value}, but its counts are {self.numerator} of "
                f"{self.denominator}. "
                f"Two figures for one cell cannot both be printed. Rebuild the night, then render again."
            )


def expected_value(numerator: Count, denominator: Count) -> Decimal | Absent:
    """Percent, half up to 6 decimals, as the warehouse promises; or why there is none."""
    if isinstance(numerator, Absent):
        return numerator
    if isinstance(denominator, Absent):
        return denominator
    if denominator == 0:
        return Absent.NOT_APPLICABLE
    micro = (2 * 10**8 * numerator + denominator) // (2 * denominator)
    return Decimal(micro) * _MICRO


def published_share(numerator: Count | None, denominator: int, value: Decimal | None) -> Share:
    """A share as it was published; without a numerator nothing is known, without a value nobody is counted."""
    if isinstance(numerator, Absent):
        return Share(numerator, int(denominator), numerator)
    count: Count = Absent.NO_DATA if numerator is None else int(numerator)
    absent = Absent.NO_DATA if isinstance(count, Absent) else Absent.NOT_APPLICABLE
    return Share(count, int(denominator), absent if value is None else Decimal(value))


def share_of(numerator: Count, denominator: Count) -> Share:
    """A share of counts that carry no published quotient (leaf counts)."""
    return Share(numerator, denominator, expected_value(numerator, denominator))


def rounded(share: Share) -> Decimal | Absent:
    """Percent to one decimal, half up; never 100,0 for fewer than all, never 0,0 for more than none."""
    if isinstance(share.value, Absent):
        return share.value
    if isinstance(share.numerator, Absent) or isinstance(share.denominator, Absent):
        raise ReportError(
            "A share has a value but not both of its counts. Nobody could round it. Read it anew."
        )
    tenths = (2000 * share.numerator + share.denominator) // (2 * share.denominator)
    if share.numerator < share.denominator:
        tenths = min(tenths, _HUNDRED_PERCENT_IN_TENTHS - 1)
    if share.numerator > 0:
        tenths = max(tenths, 1)
    return Decimal(tenths) * _TENTH


def decimal_text(number: Decimal) -> str:
    """One decimal, decimal comma, real minus: `97,4`, `−13,3`."""
    tenths = number.quantize(_TENTH, rounding=ROUND_HALF_UP)
    return str(tenths).replace(".", ",").replace("-", MINUS)


def share_text(share: Share | Absent) -> str:
    """`97,4`, or the symbol that says why not."""
    number = share if isinstance(share, Absent) else rounded(share)
    return number.sign if isinstance(number, Absent) else decimal_text(number)


def percent_text(share: Share | Absent) -> str:
    """`97,4 %` for running text; a symbol stands alone."""
    text = share_text(share)
    has_figure = isinstance(share, Share) and not isinstance(share.value, Absent)
    return f"{text}{NBSP}%" if has_figure else text


def points_text(number: Decimal | Absent) -> str:
    """Percentage points with their sign: `+2,1`, `−13,3`, `0,0`."""
    if isinstance(number, Absent):
        return number.sign
    return f"+{decimal_text(number)}" if number > 0 else decimal_text(number)


def count_text(number: Count) -> str:
    """`115 234` with non-breaking spaces."""
    return number.sign if isinstance(number, Absent) else f"{number:,}".replace(",", NBSP)


def plural(number: int, one: str, few: str, many: str) -> str:
    """The Russian form that goes with a number: 1 школа, 2 школы, 5 школ, 11 школ."""
    if _TEEN_FIRST <= number % 100 <= _TEEN_LAST:
        return many
    last = number % 10
    if last == 1:
        return one
    return few if 1 < last <= _FEW_LAST else many


def date_digits(day: dt.date) -> str:
    """`15.12.2025`."""
    return day.strftime("%d.%m.%Y")


def date_words(day: dt.date) -> str:
    """`15 декабря 2025 г.`, unbroken."""
    return NBSP.join((str(day.day), _MONTHS[day.month - 1], str(day.year), "г."))


def instant_text(instant: dt.datetime) -> str:
    """`16.12.2025 00:10 МСК`."""
    return f"{instant.astimezone(MOSCOW):%d.%m.%Y %H:%M}{NBSP}МСК".replace(" ", NBSP)


def capital(text: str) -> str:
    """The text with a capital letter first, as the heading of a row begins; the rest stays."""
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=KNOWN_TEXTS)
def seams(text: str) -> str:
    """The text with places where a code that is longer than its column may go on in the next line."""
    return _SEAM.sub("_\u200b", text)


def plain_yo(text: str) -> str:
    """The text with е for ё, as the order is printed."""
    return text.translate(_YO)


def number_text(text: str) -> str:
    """A number that is kept as text, with the decimal comma; other texts stay."""
    return text.replace(".", ",") if _DECIMAL.fullmatch(text) else text


def legal_place(text: str) -> str:
    """A legal place without the reference to the project's papers, which its reader does not have."""
    return _PAPERS.sub("", text)


def oktmo_text(code: str) -> str:
    """`83701000(7)`: the eight digits of a territory, then the check digit that is no part of its code."""
    return f"{code[:-1]}({code[-1]})"


@lru_cache(maxsize=KNOWN_TEXTS)
def bind(text: str) -> str:
    """Running text with non-breaking spaces where Russian typography wants them."""
    for pattern, replacement in _BINDINGS:
        text = pattern.sub(replacement.format(nbsp=NBSP), text)
    return text


def sheet_format(share: Share) -> str:
    """Number format of a cell that keeps the exact value and shows the text of the other formats."""
    shown = rounded(share)
    if isinstance(shown, Absent) or isinstance(share.value, Absent):
        raise ReportError("A share without a value has no number format. Write its symbol as text.")
    plain = (share.value + _TENTH / 2).quantize(_TENTH, rounding=ROUND_FLOOR)
    # A spreadsheet rounds by itself; where the guard forbids its answer, the text is put into the format.
    return "0.0" if plain == shown else f'"{decimal_text(shown)}"'
