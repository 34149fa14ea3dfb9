"""What a listed view may put into a cell: words for its codes, and no hole that nobody meant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from o7_warehouse.errors import ReportError
from o7_warehouse.report.definitions import Column, Listing
from o7_warehouse.report.formats import Absent, share_of
from o7_warehouse.report.listing import deal_out, listed_rows, told
from o7_warehouse.report.registry import Report

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


COUNTS = {"filled": 1, "due": 3, "exact": Decimal("33.333333")}


@pytest.mark.parametrize(
    ("row", "column", "cell"),
    [
        pytest.param({}, {}, share_of(1, 3), id="two counts"),
        pytest.param({}, {"quotient": "exact"}, share_of(1, 3), id="with the published value"),
        pytest.param({"filled": None}, {}, share_of(Absent.NO_DATA, 3), id="a source that was not delivered"),
        pytest.param({"due": 0, "filled": 0}, {}, share_of(0, 0), id="nobody to count"),
        pytest.param(
            {"due": None}, {"empty": "no_data"}, Absent.NO_DATA, id="no counts where the column allows it"
        ),
    ],
)
def test_a_share_is_told_by_its_counts(row: dict[str, Any], column: dict[str, Any], cell: Any) -> None:
    assert told_share(row, column) == cell


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param({"due": None}, "has a row without 'due'", id="a hole"),
        pytest.param({"exact": Decimal("33.333334")}, "counts are 1 of 3", id="two values for one cell"),
    ],
)
def test_a_share_that_cannot_be_told_is_an_error(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ReportError, match=said):
        told_share(row, {"quotient": "exact"})


def told_share(row: dict[str, Any], column: dict[str, Any]) -> Any:
    """What the cell of a share holds, of these counts with some of them changed."""
    [listed] = listed_rows(Listing("things", ("due",)), REPORT, [COUNTS | row])
    return told(Column("l", "filled", "share", 1, of="due", **column), listed, REPORT, "things")


def test_rows_are_dealt_out_by_the_code_of_their_unit() -> None:
    """In their order; a unit without rows gets none where the report has a sentence for that."""
    listing = Listing("things", ("n",), unit="code", nothing="none")
    rows = [{"code": "a", "n": 2}, {"code": "b", "n": 1}, {"code": "b", "n": 3}]

    assert list(deal_out(rows, listing, ["a", "c", "b"])) == [(rows[0],), (), (rows[1], rows[2])]


def test_no_more_rows_are_read_than_those_of_the_unit_asked_for_and_one() -> None:
    rows = iter([{"code": code} for code in "aabbc"])
    dealt = deal_out(rows, Listing("things", ("code",), unit="code"), ["a", "b", "c"])

    assert next(dealt) == ({"code": "a"}, {"code": "a"})
    assert list(rows) == [{"code": "b"}, {"code": "c"}]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        pytest.param([], r"published\.things has a row of the unit 'a'", id="a row nobody would be told"),
        pytest.param(
            ["a", "b"], r"Unit b: published\.things has no rows", id="a unit that would be left out"
        ),
    ],
)
def test_no_row_and_no_unit_is_lost(codes: list[str], said: str) -> None:
    with pytest.raises(ReportError, match=said):
        list(deal_out([{"code": "a"}], Listing("things", ("code",), unit="code"), codes))
