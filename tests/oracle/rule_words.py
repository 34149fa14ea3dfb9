"""What the twins of the field rules are said in: polars expressions over the rows of a night as they were delivered.

An expression is true for a good row. Nothing here or in the twins comes from the warehouse: they are the field rules
said a second time, from the data dictionary (domain §3) and the words of the registry.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.oracle.drop import code, codes, day, instant, moscow_day, number, seed, yes
from tests.oracle.numbers import years_after
from tests.oracle.words import bare, is_filler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "Delivered", "after", "among", "answered", "bare", "blank", "c", "code", "codes", "day", "filler", "given",
    "if_known", "instant", "judged", "matches", "moscow_day", "number", "on", "plain", "seed", "surely", "yes",
]  # fmt: skip
Good = pl.Expr
c = pl.col


@dataclass(frozen=True)
class Delivered:
    """The rows of a night, with their faults: every one, placed or not."""

    night: dt.date
    tables: Mapping[str, pl.DataFrame]

    def __getitem__(self, entity: str) -> pl.DataFrame:
        return self.tables[entity]

    @cached_property
    def keys(self) -> dict[str, frozenset[str]]:
        """Entity -> every identity that was delivered."""
        return {name: frozenset(table["source_id"].drop_nulls()) for name, table in self.tables.items()}

    @cached_property
    def year_starts(self) -> dt.date:
        """The first of September before the night, or the night itself."""
        return dt.date(self.night.year - (self.night.month < 9), 9, 1)

    @cached_property
    def active(self) -> pl.DataFrame:
        """Enrolments that hold on the night."""
        left = day("left_on")
        holds = (day("starts_on") <= self.night) & (left.is_null() | (left > self.night))
        return self["enrollment_event"].filter(surely(holds))

    def least(self, entity: str, column: pl.Expr) -> dict[str, Any]:
        """Identity -> the least known value of its rows; who has none is not in it."""
        table = self[entity].select("source_id", column.alias("value")).drop_nulls()
        return dict(table.group_by("source_id").agg(pl.col("value").min()).iter_rows())

    @cached_property
    def born(self) -> dict[str, dt.date]:
        """Pupil -> day of birth."""
        return self.least("person", day("birth_date"))


def plain(column: str) -> pl.Expr:
    """The text without spaces at its ends; null stays null."""
    return c(column).str.strip_chars(" ")


def given(column: str) -> pl.Expr:
    """Whether there is anything but spaces."""
    return (plain(column) != "").fill_null(value=False)


def blank(column: str) -> pl.Expr:
    """Whether there is nothing but spaces."""
    return ~given(column)


def if_known(expression: pl.Expr) -> pl.Expr:
    """True also where it cannot be known."""
    return expression.fill_null(value=True)


def surely(expression: pl.Expr) -> pl.Expr:
    """True only where it is known."""
    return expression.fill_null(value=False)


def among(column: str, *values: str) -> pl.Expr:
    """Whether the text is exactly one of these; null is none."""
    return surely(c(column).is_in(list(values)))


def matches(column: str | pl.Expr, pattern: str) -> pl.Expr:
    """Whether the text has the form; null has none."""
    return surely((c(column) if isinstance(column, str) else column).str.contains(pattern))


def answered(column: str) -> pl.Expr:
    """Whether a yes-no column says one of both."""
    return among(column, "true", "false")


def judged(column: str, judge: Callable[[str | None], str]) -> pl.Expr:
    """The letter of each value."""
    return c(column).map_elements(judge, return_dtype=pl.String, skip_nulls=False)


def says(column: str, judge: Callable[[str | None], bool]) -> pl.Expr:
    """Whether each value is what the judge says yes to."""
    return c(column).map_elements(judge, return_dtype=pl.Boolean, skip_nulls=False)


def filler(column: str, *, in_identity: bool = True) -> pl.Expr:
    """Whether the text only fills the field."""

    def fills(text: str | None) -> bool:
        value = bare(text)
        return value is not None and is_filler(value, in_identity=in_identity)

    return c(column).map_elements(fills, return_dtype=pl.Boolean, skip_nulls=False)


def on(column: str, found: Mapping[str, Any], kind: pl.DataType | type[pl.DataType] = pl.Date) -> pl.Expr:
    """What is known under the identity in the column; null where nothing is."""
    return c(column).replace_strict(dict(found), default=None, return_dtype=kind)


def after(days: Mapping[str, dt.date], years: int) -> dict[str, dt.date]:
    """The same days so many years later."""
    return {key: years_after(found, years) for key, found in days.items()}
