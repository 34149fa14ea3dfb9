"""Columns under other titles, in another order or not the same in every file, through the doors of files."""

from __future__ import annotations

import io
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.errors import ContractError
from tests.deliveries import (
    NIGHT,
    asked,
    emptied,
    loaded,
    measured,
    night_of,
    opened,
    read_manifest,
    write_manifest,
)
from tests.o7_warehouse.forms import changed_night, rewrite_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _retitled(content: bytes, change) -> bytes:
    """A sheet whose texts are others."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            part = source.read(name)
            is_sheet = name.endswith("sheet1.xml")
            archive.writestr(name, change(part.decode()).encode() if is_sheet else part)
    return target.getvalue()


@contextmanager
def _with_titles(night: Path, entity: str, change) -> Iterator[Path]:
    """A night by hand whose files of an entity name their columns otherwise."""
    with changed_night(night) as drop:
        manifest = read_manifest(drop)
        for file in manifest["files"]:
            if file["entity"] == entity:
                path = drop / file["file"]
                path.write_bytes(_retitled(path.read_bytes(), change))
                file.update(measured(path))
        write_manifest(drop, manifest)
        yield drop


def test_a_title_the_contract_does_not_know_is_told_and_its_column_not_loaded(
    warehouse_database, worlds, by_contract
):
    """ИНН may be left out, so its column goes by another name and the rest stays what it is."""
    settings = emptied(warehouse_database)
    with _with_titles(
        worlds / "manual" / NIGHT.isoformat(), "person", lambda text: text.replace("ИНН", "Номер")
    ) as drop:
        run_id = loaded(settings, drop)

    found = "select column_name, check_id, severity from audit.contract_finding where run_id = %s and entity = 'person'"
    assert set(asked(settings, found, (run_id,))) >= {
        ("Номер", "column_unknown", "notice"), ("inn", "column_absent", "notice"),
    }  # fmt: skip
    assert {row[:-1] for row in night_of(settings, NIGHT, "person")["person"]} == {
        row[:-1] for row in by_contract[0][NIGHT]["person"]
    }


def test_a_mandatory_column_under_another_title_stops_the_night(warehouse_database, worlds):
    settings = emptied(warehouse_database)
    night = worlds / "manual" / NIGHT.isoformat()

    with (
        _with_titles(night, "person", lambda text: text.replace("СНИЛС", "Страховой номер")) as drop,
        pytest.raises(ContractError) as refusal,
    ):
        loaded(settings, drop)

    assert (
        "person.snils was not delivered, and the contract demands it. Delivered and unknown: Страховой номер."
        in str(refusal.value)
    )


def test_columns_in_another_order_are_matched_by_name_and_told(warehouse_database, worlds, by_contract):
    settings = emptied(warehouse_database)
    with changed_night(worlds / "datamart" / NIGHT.isoformat()) as drop:
        for file in [file for file in read_manifest(drop)["files"] if file["entity"] == "class"]:
            rewrite_file(
                drop,
                file["file"],
                lambda text: "".join(
                    ";".join(reversed(line.split(";"))) + "\n" for line in text.splitlines()
                ),
            )
        run_id = loaded(settings, drop)

    found = "select check_id, severity from audit.contract_finding where run_id = %s and entity = 'class'"
    assert ("column_order", "notice") in asked(settings, found, (run_id,))
    assert night_of(settings, NIGHT, "class")["class"] == by_contract[0][NIGHT]["class"]


def test_files_of_one_entity_with_different_columns_are_refused(after_one, worlds):
    with changed_night(worlds / "datamart" / NIGHT.isoformat()) as drop:
        rewrite_file(
            drop,
            "rdm_section_declaration.create.0002.csv",
            lambda text: text.replace("leaf_code", "leaf", 1),
        )
        with pytest.raises(ContractError, match="lacks leaf_code and adds leaf") as refusal:
            opened(replace(after_one, drop=drop, source_dsn=None))

    assert refusal.value.check == "header_differs"
