"""Tables as the pages and the workbook print them: a cell is written once, so the two cannot differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from o7_warehouse.audit_pages.outcomes import Outcome, severity_word
from o7_warehouse.report import formats
from o7_warehouse.report.cells import cell as written

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from markupsafe import Markup


class Cell(NamedTuple):
    """What is printed; for a spreadsheet the exact number with its format, for a page an address, a sign, a drawing.

    ``sign`` is the code of an outcome. With a ``drawing`` the text is what stands for it where it cannot be seen.
    """

    text: str
    number: Decimal | int | None = None
    number_format: str = "@"
    href: str = ""
    sign: str = ""
    drawing: Markup | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, how its cells are compared (text, number, date), its width in characters.

    ``is_drawn``: it holds drawings, for which a spreadsheet shows the words; ``is_code``: names of the system;
    ``is_choice``: few words that a reader may choose rows by.
    """

    label: str
    kind: str = "text"
    width: float = 14
    is_drawn: bool = False
    is_code: bool = False
    is_choice: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page. Tables with the same ``sheet`` share one, told apart by ``part``: a heading and its word.

    ``plain_rows`` instead of ``rows``: texts and nothing else, for tables of very many.
    """

    id: str
    title: str
    sheet: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    part: tuple[str, str] | None = None
    has_total: bool = False
    empty: str = "Таких строк нет."
    plain_rows: tuple[tuple[str, ...], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it has no row."""
        return not self.rows and not self.plain_rows

    @property
    def cells(self) -> Iterator[tuple[Cell, ...]]:
        """Every row as cells."""
        yield from self.rows
        yield from (tuple(map(Cell, texts)) for texts in self.plain_rows)

    @property
    def texts(self) -> Iterator[Sequence[str]]:
        """What is printed, by row."""
        yield from ([cell.text for cell in row] for row in self.rows)
        yield from self.plain_rows

    @property
    def is_wide(self) -> bool:
        """Whether it needs a page that lies across."""
        return sum(column.width for column in self.columns) > WIDEST_UPRIGHT


WIDEST_UPRIGHT = 110
NONE = Cell("–")
BLANK = Cell("")


def text(words: str, href: str = "") -> Cell:
    """Words."""
    return Cell(words, href=href)


def instant(moment: dt.datetime) -> Cell:
    """An instant, in Moscow's time."""
    return Cell(formats.instant_text(moment))


@lru_cache(maxsize=4096)
def day(night: dt.date | None) -> Cell:
    """A date, or a dash."""
    return NONE if night is None else Cell(formats.date_digits(night))


@lru_cache(maxsize=65536)
def count(number: int | None) -> Cell:
    """A number of things, or a dash where nothing was counted."""
    if number is None:
        return NONE
    cell = written(number, "count")
    return Cell(cell.text, cell.number, cell.number_format)


@lru_cache(maxsize=65536)
def share(part: int | None, whole: int | None) -> Cell:
    """A percentage to one decimal, from its two counts."""
    if part is None or whole is None:
        return NONE
    cell = written(formats.share_of(part, whole), "share")
    return Cell(cell.text, cell.number, cell.number_format)


@lru_cache(maxsize=64)
def outcome(one: Outcome) -> Cell:
    """The sign and the word of an outcome."""
    return Cell(one.word, sign=one.code)


def severity(code: str) -> Cell:
    """The word of a severity."""
    return Cell(severity_word(code))


def days(number: int) -> str:
    """`1 ночь`, `3 ночи`, `12 ночей`."""
    return f"{formats.count_text(number)}{formats.NBSP}{formats.plural(number, 'ночь', 'ночи', 'ночей')}"
