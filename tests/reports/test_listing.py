"""What a listed view may put into a cell: words for its codes, and no hole that nobody meant."""

from __future__ import annotations

from typing import Any

import pytest

from o7_warehouse.errors import ReportError
from o7_warehouse.report.formats import Absent
from o7_warehouse.report.listing import listed_rows, told
from o7_warehouse.report.registry import Column, Listing, Report

LABELS = {
    "answer": {"true": "да", "false": "нет", "none": "неизвестно"},
    "class": {"R1": "первый", "R2": "второй"},
}
REPORT = Report("sheet", "t", "s", "ministry", ("html",), (), {}, LABELS)


def shown(value: Any, **column: Any) -> Any:
    """What the cell of a row with this value holds."""
    [row] = listed_rows(Listing("things", ("field",)), REPORT, [{"field": value}])
    return told(Column("l", "field", "text", 1, **column), row, REPORT, "things")


@pytest.mark.parametrize(
    ("value", "column", "cell"),
    [
        pytest.param("расчёт", {}, "расчет", id="a text, printed as the order is"),
        pytest.param(["A1", "A12"], {}, "A1, A12", id="several values in one line"),
        pytest.param(7, {}, 7, id="a number stays a number"),
        pytest.param(True, {"words": "answer"}, "да", id="yes in words"),
        pytest.param(False, {"words": "answer"}, "нет", id="no in words"),
        pytest.param(None, {"words": "answer"}, "неизвестно", id="nothing in words"),
        pytest.param(["R1", "R2"], {"words": "class"}, "первый, второй", id="each of several codes in words"),
        pytest.param(None, {"empty": True}, Absent.UNSET, id="nothing where the column allows it"),
    ],
)
def test_a_value_is_told(value: Any, column: dict[str, Any], cell: Any) -> None:
    assert shown(value, **column) == cell


@pytest.mark.parametrize(
    ("value", "column", "said"),
    [
        pytest.param(
            "R7", {"words": "class"}, r"labels\.class has no word for 'R7'", id="a code without a word"
        ),
        pytest.param(
            None, {"words": "class"}, r"labels\.class has no word for 'none'", id="nothing without a word"
        ),
        pytest.param(None, {}, "has a row without 'field'", id="a hole"),
    ],
)
def test_a_value_that_cannot_be_told_is_an_error(value: Any, column: dict[str, str], said: str) -> None:
    with pytest.raises(ReportError, match=said):
        shown(value, **column)


@pytest.mark.parametrize("key", ["bold", "group"])
def test_a_column_the_view_lacks_is_named(key: str) -> None:
    listing = Listing("things", ("field",), **{key: "feild"})

    with pytest.raises(ReportError, match=r"published\.things has no column 'feild'.*Choose one of: field"):
        listed_rows(listing, REPORT, [{"field": 1}])


def test_rows_stand_under_the_words_of_their_group() -> None:
    listing = Listing("things", ("field",), group="field", words="class", bold="official")

    rows = listed_rows(
        listing, REPORT, [{"field": "R1", "official": True}, {"field": "R2", "official": False}]
    )

    assert [(row.group, row.kind) for row in rows] == [("первый", "total"), ("второй", "row")]
