"""The command line explains a figure: what it refuses, and that its three forms tell the same."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.explain.forms import as_json, as_page, as_table
from o7_warehouse.explain.read import explain
from o7_warehouse.wins import win_rows
from tests.o7_warehouse.builds import seed
from tests.o7_warehouse.explained import PLACES, PUPILS, publish_explained

if TYPE_CHECKING:
    from o7_warehouse.explain.facts import Explanation

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def build(settings, house):
    """Monday, published."""
    return publish_explained(settings, house)


def test_the_json_has_these_members_in_this_order(settings, build):
    told = json.loads(as_json(explain(settings, "4.1")))

    assert list(told) == [
        "indicator", "night", "unit", "name", "legal_place", "wordings", "formula", "figure", "losses", "nearest_wins",
        "controls", "interval", "interpretations", "definitions", "build", "batches", "rows",
    ]  # fmt: skip
    assert told["figure"] == {"numerator": 2, "denominator": 4, "value": 50.0}
    assert told["unit"] == {
        "level": "region", "org_unit_code": "83000000", "org_unit_name": "name of 83000000", "parent_name": None,
    }  # fmt: skip
    assert told["losses"] == [
        {"reason": "P01", "label": "класс", "remedy": None, "persons": 1, "remaining": 3},
        {
            "reason": "several_2", "label": "Не выполнены два требования",
            "remedy": "Исправить оба требования; какие именно, показывает построчная выборка", "persons": 1,
            "remaining": 2,
        },
    ]  # fmt: skip
    assert told["nearest_wins"][0] == {
        "place": 1, "requirement": "P01", "label": "класс", "fill": "M", "completes": 1, "lacks": 2,
        "value_after": 75.0, "rise": 25.0,
    }  # fmt: skip
    assert told["formula"]["requirements"] == ["P01", "P13", "contact_group", "identity_conflict"]
    assert told["build"]["build_id"] == build.run_id
    assert [one["entity"] for one in told["batches"]] == sorted(one["entity"] for one in told["batches"])
    assert told["rows"] is None


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("indicator", ["4.1", "4.2", "4.3", "4.4"])
def test_every_reading_in_force_is_told_with_its_place_in_the_order(settings, indicator):
    [row] = [row for row in seed("indicators") if row["indicator"] == indicator]

    explanation = explain(settings, indicator)

    assert "|".join(one.code for one in explanation.interpretations) == row["readings"]
    assert all(one.legal_place and one.question and one.reading for one in explanation.interpretations)
    assert explanation.wordings
    # A profile rule is a reading of 4.1.
    readings = [("4.1", row["rule_code"], row["is_official"]) for row in seed("profile_rules")]
    readings += [(row["indicator"], row["reading"], row["is_official"]) for row in seed("indicator_readings")]
    assert {control.reading for control in explanation.controls} == {
        reading for code, reading, is_official in readings if code == indicator and is_official == "false"
    }


@pytest.mark.usefixtures("build")
def test_a_funnel_shows_its_steps_where_nobody_is_lost_too(settings):
    losses = explain(settings, "4.2").losses

    assert [(loss.reason, loss.persons, loss.remaining) for loss in losses] == [
        ("no_recommendation", 1, 3), ("no_plan", 2, 1), ("no_portfolio", 1, 0), ("portfolio_too_late", 0, 0),
    ]  # fmt: skip


def test_persons_outside_every_figure_make_an_interval(settings, house, build):
    house.execute(
        "insert into published.unplaced values (%s, 'pupils', 'region', '83000000', 4)", (build.night,)
    )

    interval = explain(settings, "4.1").interval

    assert interval is not None
    assert (interval.unplaced, interval.lowest, interval.highest) == (4, 25, 75)
    assert explain(settings, "4.3").interval.unplaced == 0
    assert explain(settings, "4.1", org="class-1").interval is None


class Page(HTMLParser):
    """The text of a page, and whatever it would load from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect addresses."""
        self.outside += [f"{tag} {value}" for name, value in attrs if name in {"src", "href"} and value]

    def handle_data(self, data: str) -> None:
        """Collect text."""
        self.text.append(data)


def texts(explanation: Explanation) -> list[str]:
    """The page and the table of a terminal as plain words; the page loads nothing."""
    page = Page()
    page.feed(as_page(explanation))
    assert page.outside == []
    console = Console(width=250, record=True, file=io.StringIO())
    console.print(as_table(explanation))
    return [
        re.sub(r"\s+", " ", text.replace(NBSP, " ")) for text in ("".join(page.text), console.export_text())
    ]


@pytest.mark.usefixtures("build")
def test_page_and_table_tell_the_same_figures_in_russian(settings):
    for words in texts(explain(settings, "4.1", org="school-1", rows=9)):
        for told in (
            "Показатель 4.1: name of school-1", "2 / 4 × 100 % = 50,0 %", "Не выполнено только P01: класс",
            "Не выполнены два требования", "Ближайшие результаты", "75,0", "+25,0", "P01 (с ошибкой), P13 (заглушка)",
            "необходимых и достаточных", "Порог полноты приказом не установлен", PUPILS[2].key, "revision",
        ):  # fmt: skip
            assert told in words, told


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    ("indicator", "told"),
    [
        ("4.2", ("Обучающиеся вне числителя", PUPILS[1].key, "рекомендация, план", "Показано: 3 из 4.")),
        ("4.3", ("Педагогические работники вне числителя", "Воспитатель", "не выдана", "Показано: 3 из 5.")),
        ("4.4", ("Обучающиеся вне числителя", PUPILS[1].key, "ресурс не верифицирован", "Показано: 3 из 4.")),
    ],
)
def test_page_and_table_tell_the_persons_of_every_indicator_in_russian(settings, indicator, told):
    explanation = explain(settings, indicator, org="school-1", rows=3)

    for words in texts(explanation):
        assert [one for one in told if one not in words] == []
    [first, *_] = json.loads(as_json(explanation))["rows"]
    assert first["label"]
    assert (indicator == "4.3") == ("staff_key" in first) == ("class_id" not in first)


@pytest.mark.usefixtures("build")
def test_a_list_of_everybody_shows_whoever_has_nothing_yet_and_speaks_of_no_rest(settings):
    for words in texts(explain(settings, "4.2", org="school-1", rows=4)):
        assert "ничего" in words
        assert "Показано" not in words


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param(
            {"indicator": "4.9"}, r"no indicator '4\.9'.*4\.1, 4\.2, 4\.3, 4\.4", id="an unknown indicator"
        ),
        pytest.param(
            {"indicator": "4.1", "org": "school-9"}, "no unit with the code 'school-9'", id="an unknown unit"
        ),
        pytest.param(
            {"indicator": "4.3", "org": "class-1"}, "no figure at the level class", id="4.3 of a class"
        ),
        pytest.param({"indicator": "4.1", "rows": 3}, "one school or class", id="the drill of a region"),
        pytest.param(
            {"indicator": "4.3", "org": "83701000", "rows": 3}, "one school or class", id="of a municipality"
        ),
    ],
)
def test_what_cannot_be_explained_is_refused_with_what_can(settings, asked, said):
    with pytest.raises(CommandError, match=said):
        explain(settings, asked.pop("indicator"), **asked)


def test_a_code_of_two_levels_asks_which(settings, house, build):
    house.execute(
        "insert into indicators.org_units"
        " select night, build_id, 'class', 'school-1', 'name', 'school-1', null, null, 0, 'x'"
        " from indicators.org_units where level = 'region'"
    )

    with pytest.raises(CommandError, match=r"several levels: class, school.*--level"):
        explain(settings, "4.1", org="school-1")
    assert explain(settings, "4.1", org="school-1", level="school").figure.denominator == len(build.pupils)


def test_losses_that_do_not_add_up_explain_nothing(settings, house, build):
    house.execute("delete from indicators.indicator_losses where reason = 'several_2' and level = 'school'")

    with pytest.raises(
        NightError, match=r"leave 3 persons, its numerator is 2.*\./o7 night --date 2025-12-15"
    ):
        explain(settings, "4.1", org="school-1")
    assert explain(settings, "4.1").figure.denominator == len(build.pupils)


@pytest.mark.usefixtures("build")
def test_wins_are_those_of_the_unit_and_all_below_it(settings):
    rows = win_rows(settings)

    assert [(row["level"], row["org_unit_code"]) for row in rows] == list(PLACES)
    assert list(rows[0]) == [
        "night", "level", "org_unit_code", "org_unit_name", "place", "requirement", "label", "completes", "lacks",
        "value_after", "rise",
    ]  # fmt: skip
    assert {(row["requirement"], row["completes"], row["rise"]) for row in rows} == {("P01", 1, 25.0)}
    assert [row["level"] for row in win_rows(settings, org="83701000")] == ["municipality", "school", "class"]
    assert [row["level"] for row in win_rows(settings, org="school-1", level="class")] == ["class"]
    assert win_rows(settings, org="83703000") == []
    with pytest.raises(CommandError, match="'school-9'"):
        win_rows(settings, org="school-9")
