"""The data mart's changes are taken only where they fit the night they speak of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import DeliveryError
from o7_warehouse.extract import extract
from tests.deliveries import NIGHT, asked, emptied, night_of, opened, read_manifest
from tests.o7_warehouse.forms import NEXT, changed_night, rewrite_file

if TYPE_CHECKING:
    from pathlib import Path


def _refused(settings, drop: Path, error: type[Exception], check: str) -> str:
    """The words with which the extraction refuses a drop, and the finding that was kept of them."""
    settings = replace(settings, drop=drop, source_dsn=None)
    run_id = opened(settings)
    with pytest.raises(error) as refusal:
        extract(settings, run_id)
    kept = asked(
        settings, "select check_id, message from audit.contract_finding where run_id = %s", (run_id,)
    )
    assert kept == [(check, str(refusal.value))]
    assert asked(settings, "select count(*) from raw_o7.person where _night_to = 'infinity'") == [
        (len(night_of(settings, NIGHT, "person")["person"]),)
    ]
    return str(refusal.value)


def test_changes_of_another_state_than_the_newest_night_are_refused(warehouse_database, worlds):
    settings = emptied(warehouse_database)

    words = _refused(settings, worlds / "datamart" / NEXT.isoformat(), DeliveryError, "base_unknown")

    assert f"holds the changes since {NIGHT}, and the newest night before it is none" in words


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_an_operation_on_a_row_that_is_not_there_is_refused(after_one, worlds, operation):
    with changed_night(worlds / "datamart" / NEXT.isoformat()) as drop:
        name = next(
            file["file"] for file in read_manifest(drop)["files"] if file.get("operation") == operation
        )
        rewrite_file(drop, name, lambda text: text.replace('\n"o7-kbr.', '\n"o7-kbr.never-', 1))

        words = _refused(after_one, drop, DeliveryError, "operation_unfounded")

    assert f"rows are to {operation}, and" in words


def test_identities_of_another_installation_are_refused(after_one, worlds):
    with changed_night(worlds / "datamart" / NEXT.isoformat()) as drop:
        name = next(
            file["file"] for file in read_manifest(drop)["files"] if file.get("operation") == "update"
        )
        rewrite_file(drop, name, lambda text: text.replace('\n"o7-kbr.', '\n"o7-stav.', 1))

        words = _refused(after_one, drop, DeliveryError, "prefix_unknown")

    assert "do not begin with the prefix 'o7-kbr.' that the manifest names" in words
    assert ".source_id 1." in words


def test_changes_that_do_not_speak_of_an_entity_are_refused(after_one, worlds):
    night = worlds / "datamart" / NEXT.isoformat()
    files = [file for file in read_manifest(night)["files"] if file["entity"] != "contact"]
    with changed_night(night, files=files) as drop:
        words = _refused(after_one, drop, DeliveryError, "entity_missing")

    assert "contact: the changes since" in words
    assert "A file without rows says that nothing changed." in words
