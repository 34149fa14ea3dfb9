"""The form of what is told: headings with paragraphs and tables of text, alike for a terminal and a page."""

from __future__ import annotations

from dataclasses import dataclass

from o7_warehouse.report.formats import Absent, Share, count_text, share_of


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; figures stand to the right."""

    label: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with paragraphs, a table, or both; the last ``totals`` rows of the table are sums."""

    title: str
    paragraphs: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    totals: int = 0


def count(number: int | None) -> str:
    """A count of persons, or the symbol for one nobody knows."""
    return count_text(Absent.NO_DATA if number is None else number)


def minus(number: int) -> str:
    """A count that is taken away."""
    return f"\N{MINUS SIGN}{count_text(number)}" if number else count_text(0)


def share(numerator: int | None, denominator: int) -> Share:
    """The share of two counts, one of which may be unknown."""
    return share_of(Absent.NO_DATA if numerator is None else numerator, denominator)
