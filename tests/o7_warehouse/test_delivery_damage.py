"""Numbers that a spreadsheet took for quantities stop the night when they are many, and are told when they are few."""

from __future__ import annotations

import pytest

from o7_warehouse.errors import DeliveryError
from tests.deliveries import asked, loaded, small_world, write_drop


def _world(column: str, whole: str, lost: int, rows: int = 600):
    """A world whose persons have the number, ``lost`` of them without its leading zero."""
    world = small_world(rows=rows)
    for number, row in enumerate(world["person"]):
        row[column] = whole.removeprefix("0") if number < lost else whole
    return world


@pytest.mark.parametrize(
    ("column", "whole", "digits"), [("inn", "071234567890", 11), ("snils", "01234567890", 10)]
)
def test_a_delivery_whose_numbers_lost_their_zero_is_refused(empty, tmp_path, column, whole, digits):
    with pytest.raises(DeliveryError) as refusal:
        loaded(empty, write_drop(tmp_path / "drop", _world(column, whole, lost=600)))

    assert f"person.{column}: 600 of 600 values have {digits} digits, so their leading zero was lost." in str(
        refusal.value
    )


def test_a_few_such_numbers_are_their_pupils_own_fault(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "drop", _world("inn", "071234567890", lost=30)))

    found = asked(empty, "select severity, message from audit.contract_finding where check_id = 'zeros_lost'")
    assert found == [
        ("warning", "person.inn: 30 of 600 values have 11 digits, so their leading zero was lost.")
    ]


def test_whole_numbers_are_not_told(empty, tmp_path):
    loaded(empty, write_drop(tmp_path / "drop", _world("inn", "071234567890", lost=0)))

    assert asked(empty, "select count(*) from audit.contract_finding where check_id = 'zeros_lost'") == [(0,)]
