"""Movements of figures between two sides: which there are, how far, and in which order they are told."""

from __future__ import annotations

from typing import Any

from o7_warehouse.compare.movements import movements


def figure(
    code: str, numerator: int | None, denominator: int, value: float | None, **other: Any
) -> dict[str, Any]:
    """An object of `./o7 indicators`."""
    row = {
        "night": "2025-11-30",
        "indicator": "4.1",
        "level": "school",
        "org_unit_code": code,
        "org_unit_name": code,
    }
    return row | {"numerator": numerator, "denominator": denominator, "value": value} | other


def test_the_farthest_mover_comes_first_whichever_way_it_moves() -> None:
    old = [figure("a", 50, 100, 50.0), figure("b", 50, 100, 50.0), figure("c", 50, 100, 50.0)]
    new = [figure("a", 51, 100, 51.0), figure("b", 50, 100, 50.0), figure("c", 47, 100, 47.0)]

    found = movements(old, new)

    assert [(one.org_unit_code, one.change, one.is_moved) for one in found] == [
        ("c", -3.0, True), ("a", 1.0, True), ("b", 0.0, False),
    ]  # fmt: skip


def test_a_figure_that_gains_or_loses_its_value_goes_before_every_change() -> None:
    old = [figure("a", None, 100, None), figure("b", 0, 100, 0.0), figure("c", 50, 100, 50.0)]
    new = [figure("a", 50, 100, 50.0), figure("b", 100, 100, 100.0), figure("c", None, 100, None)]

    found = movements(old, new)

    assert [(one.org_unit_code, one.change) for one in found] == [("a", None), ("c", None), ("b", 100.0)]


def test_a_unit_of_one_side_only_is_a_movement_and_keeps_its_name() -> None:
    [gone] = movements([figure("a", 1, 2, 50.0)], [])
    [come] = movements([], [figure("a", 1, 2, 50.0)])

    assert (gone.old_denominator, gone.new_denominator, gone.org_unit_name) == (2, None, "a")
    assert (come.old_denominator, come.new_denominator, come.org_unit_name) == (None, 2, "a")
    assert gone.is_moved
    assert come.is_moved


def test_counts_that_move_under_an_equal_value_are_a_movement() -> None:
    [one] = movements([figure("a", 50, 100, 50.0)], [figure("a", 49, 98, 50.0)])

    assert (one.change, one.is_moved) == (0.0, True)


def test_a_change_has_no_dust_of_binary_fractions() -> None:
    [one] = movements([figure("a", 1, 2, 74.0)], [figure("a", 1, 2, 74.1)])

    assert one.change == 0.1


def test_equal_changes_stand_in_the_order_of_the_figures() -> None:
    keys = [
        ("4.2", "region", "83000000"),
        ("4.1", "class", "k"),
        ("4.1", "school", "a"),
        ("4.1", "region", "83000000"),
    ]
    old, new = (
        [
            figure(code, count, 10, 10.0 * count, indicator=indicator, level=level)
            for indicator, level, code in keys
        ]
        for count in (1, 2)
    )

    found = [(one.indicator, one.level, one.org_unit_code) for one in movements(old, new)]

    assert found == [keys[3], keys[2], keys[1], keys[0]]
