"""Whom a changed row reaches: said for every entity of the contract, or no night is built."""

from __future__ import annotations

from dataclasses import replace

import pytest

from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CatalogueError
from o7_warehouse.touched import LAST_DAYS, REACH, THROUGH, reach_of


def test_every_entity_of_the_contract_reaches_somebody_or_says_that_it_does_not() -> None:
    reached = {entity.name: reach_of(entity) for entity in read_contract().entities}

    assert {reach for reach, _ in reached.values()} == {
        "pupil", "class", "school", "resource", "everybody", "nobody"
    }  # fmt: skip
    assert reached["portfolio_item"] == ("pupil", "student_id")


def test_the_column_that_names_who_is_reached_is_one_of_the_entity_s() -> None:
    contract = read_contract()
    named = {name: column for name, (_, column) in REACH.items() if column}

    assert [name for name, column in named.items() if column not in contract.entity(name).column_names] == []
    assert [
        table for table, column in THROUGH.values() if column not in contract.entity(table).column_names
    ] == []


def test_an_entity_that_names_no_pupil_and_of_which_nobody_spoke_stops_the_night() -> None:
    unknown = replace(read_contract().entity("municipality_ref"), name="timetable")

    with pytest.raises(CatalogueError, match="'timetable' reaches"):
        reach_of(unknown)


def test_the_dates_that_decide_at_another_time_are_dates_of_the_contract() -> None:
    dates = {
        column.name
        for entity in read_contract().entities
        for column in entity.columns
        if column.type == "date"
    }

    assert dates >= LAST_DAYS
