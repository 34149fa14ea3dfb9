"""How figures are rounded and written: once, half up, in Russian."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from o7_warehouse.errors import ReportError
from o7_warehouse.report import formats
from o7_warehouse.report.formats import NBSP, Absent, Share


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        pytest.param(1333, 2000, "66,7", id="half rounds up: 66.65"),
        pytest.param(66_649_999_999, 100_000_000_000, "66,6", id="never rounded twice: 66.649999999"),
        pytest.param(122_999, 123_000, "99,9", id="fewer than all are never 100,0"),
        pytest.param(1, 123_000, "0,1", id="more than none are never 0,0"),
        pytest.param(123_000, 123_000, "100,0", id="all"),
        pytest.param(0, 123_000, "0,0", id="none"),
        pytest.param(0, 0, "х", id="nobody to count: not applicable"),
        pytest.param(Absent.NO_DATA, 10, "–", id="the source was absent: no data, not zero"),
    ],
)  # fmt: skip
def test_a_share_is_printed_from_its_counts(numerator: formats.Count, denominator: int, printed: str) -> None:
    """A printed share is the quotient of its counts rounded once, with the two guards of domain §1.4."""
    assert formats.share_text(formats.share_of(numerator, denominator)) == printed


def test_a_quotient_that_contradicts_its_counts_is_an_error() -> None:
    """A report never chooses between two figures for one cell."""
    with pytest.raises(ReportError, match="counts are 1 of 2"):
        Share(1, 2, Decimal("50.100000"))


@pytest.mark.parametrize(
    ("number", "form"),
    [(1, "школа"), (2, "школы"), (4, "школы"), (5, "школ"), (11, "школ"), (14, "школ"), (21, "школа"),
     (112, "школ"), (122, "школы"), (0, "школ")],
)  # fmt: skip
def test_a_number_takes_its_russian_form(number: int, form: str) -> None:
    """The teens go with the many, other numbers with their last digit."""
    assert formats.plural(number, "школа", "школы", "школ") == form


def test_numbers_and_dates_are_written_in_russian() -> None:
    """Thousands by non-breaking spaces, a decimal comma, a real minus, dates as the ministry writes them."""
    day = dt.date(2021, 11, 10)

    assert formats.count_text(115_234) == f"115{NBSP}234"
    assert formats.points_text(Decimal("-13.3")) == "−13,3"
    assert formats.points_text(Decimal("2.1")) == "+2,1"
    assert formats.percent_text(formats.share_of(974, 1000)) == f"97,4{NBSP}%"
    assert formats.date_digits(day) == "10.11.2021"
    assert formats.date_words(day).replace(NBSP, " ") == "10 ноября 2021 г."


def test_an_instant_is_told_in_moscow_time() -> None:
    """The snapshot of an evening in UTC belongs to the next Moscow day."""
    instant = dt.datetime(2025, 12, 15, 21, 10, tzinfo=dt.UTC)

    assert formats.instant_text(instant).replace(NBSP, " ") == "16.12.2025 00:10 МСК"


def test_short_words_do_not_end_a_line() -> None:
    """A preposition stays with its word, also two in a row, and a sign with its number."""
    bound = formats.bind("и в школе № 5 — на 3 п.п. из 10")

    assert bound.replace(NBSP, "·") == "и·в·школе №·5·— на·3·п.п. из·10"


def test_a_figure_in_brackets_does_not_begin_a_line() -> None:
    """`район (61,1 %)` and `показатель 4.1` stay together; a date in brackets may go to the next line."""
    bound = formats.bind("район (61,1\u00a0%), показатель 4.1, период (30.09.2025)")

    assert bound.replace(NBSP, "·") == "район·(61,1·%), показатель·4.1, период (30.09.2025)"


def test_the_heading_of_a_row_begins_with_a_capital() -> None:
    """Names of the catalogue begin small, as they stand in a sentence; what follows keeps its letters."""
    assert formats.capital("городской округ Нальчик") == "Городской округ Нальчик"
    assert formats.capital("") == ""


def test_the_check_digit_is_no_part_of_the_code() -> None:
    """Eight digits name a territory; the ninth only checks them."""
    assert formats.oktmo_text("837010007") == "83701000(7)"


@pytest.mark.parametrize(
    ("numerator", "denominator", "number_format"),
    [
        pytest.param(1, 2, "0.0", id="a spreadsheet rounds as we do"),
        pytest.param(122_999, 123_000, '"99,9"', id="a guarded cell keeps its value and shows our text"),
        pytest.param(1, 123_000, '"0,1"', id="the lower guard"),
    ],
)
def test_a_sheet_cell_shows_what_the_page_shows(numerator: int, denominator: int, number_format: str) -> None:
    """The number format prints the guarded text without touching the exact value."""
    assert formats.sheet_format(formats.share_of(numerator, denominator)) == number_format
