"""A waiver says who, why, until when and how many rows; one in doubt is refused, and none waives what it must not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from o7_warehouse.errors import CatalogueError
from o7_warehouse.rules import all_rules, read_rules
from o7_warehouse.settings import ROOT
from o7_warehouse.waivers import FILE, read_waivers

RULES = all_rules(read_rules())
WAIVER = {
    "id": "W-2025-01",
    "rule": "person.inn_check_digits",
    "who": "Министерство, отдел цифровой трансформации",
    "why": "Оператор О7 исправляет выгрузку ИНН",
    "since": dt.date(2025, 12, 1),
    "until": dt.date(2026, 1, 31),
    "up_to": 40,
}
OTHER = WAIVER | {"id": "W-2025-02"}


@pytest.fixture
def root(tmp_path):
    """A project whose waivers a test writes."""
    for name in ("contracts", "dbt_project"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "expectations").mkdir()
    return tmp_path


def written(root: Any, *waivers: Any) -> Any:
    (root / FILE).write_text(yaml.safe_dump({"waivers": list(waivers)}, allow_unicode=True), encoding="utf-8")
    return read_waivers(root, RULES)


def test_the_waivers_of_the_project_are_acceptable():
    assert isinstance(read_waivers(ROOT, RULES), tuple)


def test_a_waiver_is_read_as_it_stands(root):
    [waiver] = written(root, WAIVER | {"municipality": "83701000"})

    assert (waiver.id, waiver.rule, waiver.up_to) == ("W-2025-01", "person.inn_check_digits", 40)
    assert (waiver.since, waiver.until) == (dt.date(2025, 12, 1), dt.date(2026, 1, 31))
    assert waiver.scope == ("83701000", None)


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"id": "first"}, "id of another form"),
        ({"rule": "person.nothing"}, "'person.nothing', which does not exist"),
        ({"who": "the ministry"}, "no Russian who"),
        ({"why": ""}, "no Russian why"),
        ({"until": dt.date(2025, 11, 30)}, "ends before it begins"),
        ({"until": dt.date(2026, 12, 2)}, "more than 366 nights"),
        ({"until": "31.01.2026"}, "'31.01.2026', which is no date"),
        ({"since": dt.datetime(2025, 12, 1, tzinfo=dt.UTC)}, "which is no date"),
        ({"up_to": 0}, "ceiling below one row"),
        ({"up_to": True}, "True, which is no whole number"),
        ({"municipality": 83701000}, "which is no text"),
        ({"municipality": "83999000"}, "municipality '83999000', which"),
        ({"municipality": "83701000", "school": "7"}, "one of them is enough"),
        ({"rule": "academic_year.order_of_days", "school": "7"}, "no school keeps rows of academic_year"),
        ({"forever": "да"}, "unknown forever"),
    ],
)
def test_a_waiver_in_doubt_is_refused_with_its_name(root, change, objection):
    with pytest.raises(CatalogueError, match=r"expectations/waivers\.yml cannot be used") as refused:
        written(root, WAIVER | change)

    assert objection in str(refused.value)
    assert str(change.get("id", "W-2025-01")) in str(refused.value)


@pytest.mark.parametrize("field", ["id", "rule", "who", "why", "since", "until", "up_to"])
def test_half_a_waiver_is_refused(root, field):
    with pytest.raises(CatalogueError, match=f"lacks {field}"):
        written(root, {key: value for key, value in WAIVER.items() if key != field})


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        pytest.param({}, {}, True, id="both everywhere"),
        pytest.param({}, {"school": "7"}, True, id="everywhere and in a school"),
        pytest.param({"municipality": "83701000"}, {"school": "7"}, True, id="the school may lie there"),
        pytest.param({"school": "7"}, {"school": "7"}, True, id="the same school"),
        pytest.param({"school": "7"}, {"school": "8"}, False, id="two schools"),
        pytest.param({"municipality": "83701000"}, {"municipality": "83703000"}, False, id="two municipalities"),
        pytest.param(
            {"until": dt.date(2025, 12, 15)}, {"since": dt.date(2025, 12, 16)}, False, id="one after the other"
        ),
        pytest.param(
            {"until": dt.date(2025, 12, 16)}, {"since": dt.date(2025, 12, 16)}, True, id="a night of both"
        ),
        pytest.param({}, {"rule": "person.inn_unique"}, False, id="two rules"),
    ],
)  # fmt: skip
def test_two_waivers_never_speak_of_the_same_row(root, one, other, clash):
    if clash:
        with pytest.raises(CatalogueError, match="W-2025-01 and W-2025-02 may waive the same rows"):
            written(root, WAIVER | one, OTHER | other)
    else:
        assert len(written(root, WAIVER | one, OTHER | other)) == 2


def test_an_id_is_never_used_again(root):
    with pytest.raises(CatalogueError, match="W-2025-01 is there twice"):
        written(root, WAIVER, WAIVER | {"rule": "person.inn_unique"})


@pytest.mark.parametrize("content", ["", "waivers:", "[]", "waivers: [x]", "waivers: {"])
def test_a_file_that_is_none_is_refused(root, content):
    (root / FILE).write_text(content, encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"expectations/waivers\.yml"):
        read_waivers(root, RULES)
