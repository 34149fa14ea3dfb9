"""Three transports, one contract: whatever door a delivery comes through, the same rows lie in raw."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from o7_simulator import cli
from o7_simulator.clock import Clock
from o7_simulator.plan import Request
from o7_simulator.rates import profile
from o7_warehouse import bootstrap, warehouse
from o7_warehouse.cli import app
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CommandError, ContractError, DeliveryError
from o7_warehouse.extract import extract
from o7_warehouse.server import ADMIN
from o7_warehouse.sources.manual_manifest import write_manual_manifest
from tests.conftest import open_folder
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEXT = NIGHT + dt.timedelta(days=1)
NIGHTS = (NIGHT, NEXT)
NOTES = {
    "contract_finding": "select entity, column_name, check_id, message from audit.contract_finding"
    " where check_id <> 'transport_manual' order by 1, 2, 3, 4",
    "absent_column": "select night, entity, column_name from raw_o7.absent_column order by 1, 2, 3",
    "load_record": "select night, entity, rows_in, rows_landed, rows_new, rows_closed from raw_o7.load_record"
    " order by 1, 2",
    "volume": "select night, entity, oktmo, row_count from raw_o7.volume order by 1, 2, 3",
}


@pytest.fixture(scope="module")
def worlds() -> Iterator[Path]:
    """Two eventful nights in every form a folder can have."""
    with open_folder() as folder:
        for form in ("contract", "datamart", "manual"):
            request = Request(250, 7, Clock(NIGHT, len(NIGHTS)), profile("eventful"))
            cli.run(request, str(folder / form), truth_file=None, processes=1, form=form)
        yield folder


@pytest.fixture(scope="module")
def by_contract(warehouse_database, worlds):
    """What the contract's own CSV leaves in the warehouse after two nights."""
    return _seen(emptied(warehouse_database), worlds / "contract")


def _seen(settings, world):
    for night in NIGHTS:
        loaded(settings, world / night.isoformat())
    rows = {night: night_of(settings, night) for night in NIGHTS}
    return rows, {name: asked(settings, query) for name, query in NOTES.items()}


@pytest.mark.parametrize(
    ("form", "transport"), [("datamart", "T2"), ("manual", "T3")], ids=["the vendor's data mart", "by hand"]
)
def test_every_row_is_the_same_through_every_door(warehouse_database, worlds, by_contract, form, transport):
    seen = _seen(emptied(warehouse_database), worlds / form)

    assert seen == by_contract
    assert asked(warehouse_database, "select distinct transport from raw_o7.night") == [(transport,)]
    assert sum(len(rows) for rows in by_contract[0][NIGHT].values()) > 3000


def test_these_worlds_try_every_operation_and_several_files_of_an_entity(worlds):
    listed = {
        form: [file for night in NIGHTS for file in read_manifest(worlds / form / night.isoformat())["files"]]
        for form in ("datamart", "manual")
    }

    assert {file.get("operation", "create") for file in listed["datamart"]} == {"create", "update", "delete"}
    assert max(file["rows"] for file in listed["datamart"]) == 500
    assert {"section_declaration.001.xlsx", "section_declaration.002.xlsx"} <= {
        file["file"] for file in listed["manual"]
    }


def test_a_delivery_made_by_hand_is_called_so_in_the_run_and_in_a_finding(warehouse_database, worlds):
    settings = emptied(warehouse_database)

    run_id = loaded(settings, worlds / "manual" / NIGHT.isoformat())

    found = asked(
        settings,
        "select transport, severity, message from audit.run join audit.contract_finding using (run_id)"
        " where check_id = 'transport_manual' and run_id = %s",
        (run_id,),
    )
    [(transport, severity, message)] = found
    assert (transport, severity) == ("T3", "warning")
    assert message.startswith("«ручная выгрузка»: the files were made by hand (T3, degraded)")


def test_files_without_a_manifest_become_a_drop_by_one_command(warehouse_database, worlds, by_contract):
    with open_folder() as folder:
        drop = shutil.copytree(worlds / "manual" / NIGHT.isoformat(), folder / "drop")
        theirs = read_manifest(drop)
        (drop / "manifest.json").unlink()

        done = CliRunner().invoke(app, ["manifest", str(drop), "--date", NIGHT.isoformat()])

        assert done.exit_code == 0, done.output
        ours = read_manifest(drop)
        assert sorted(ours["files"], key=str) == sorted(theirs["files"], key=str)
        settings = emptied(warehouse_database)
        loaded(settings, drop)
    assert night_of(settings, NIGHT) == by_contract[0][NIGHT]


def test_a_folder_in_which_one_file_cannot_be_read_gets_no_manifest(worlds):
    with open_folder() as folder:
        shutil.copy(worlds / "manual" / NIGHT.isoformat() / "person.001.xlsx", folder / "person.001.xlsx")
        (folder / "student.xlsx").write_bytes(b"PK")

        with pytest.raises(DeliveryError, match=r"student\.xlsx: the file is no whole XLSX package"):
            write_manual_manifest(folder, read_contract(), night=NIGHT, taken_at=dt.datetime.now(dt.UTC))

        (folder / "student.xlsx").rename(folder / "pupil.xlsx")
        with pytest.raises(CommandError, match=r"pupil\.xlsx is not named after an entity"):
            write_manual_manifest(folder, read_contract(), night=NIGHT, taken_at=dt.datetime.now(dt.UTC))
        assert not (folder / "manifest.json").exists()


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
    with _changed(night) as drop:
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
    with _changed(worlds / "datamart" / NIGHT.isoformat()) as drop:
        for file in [file for file in read_manifest(drop)["files"] if file["entity"] == "class"]:
            _rewrite(
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


def test_a_warehouse_that_was_built_before_t3_learns_of_it(warehouse_database, server):
    settings = emptied(warehouse_database)
    with warehouse.transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(
            "alter table audit.run drop constraint run_transport_t1_t3,"
            " add constraint run_transport_check check (transport in ('T1', 'T2'))"
        )

    bootstrap.ensure(settings, server)

    constraints = (
        "select conname::text from pg_constraint where conrelid = 'audit.run'::regclass and contype = 'c'"
    )
    names = {name for (name,) in asked(settings, constraints)}
    assert "run_transport_t1_t3" in names
    assert "run_transport_check" not in names


@contextmanager
def _changed(night: Path, **entries: object) -> Iterator[Path]:
    """A copy of a night whose manifest says something else."""
    with open_folder() as folder:
        copy = shutil.copytree(night, folder / "drop")
        write_manifest(copy, read_manifest(copy) | entries)
        yield copy


def _rewrite(drop: Path, name: str, change) -> None:
    """Another content of a file, which the manifest describes as it is now."""
    path = drop / name
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    manifest = read_manifest(drop)
    for file in manifest["files"]:
        if file["file"] == name:
            file.update(measured(path))
    write_manifest(drop, manifest)


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


@pytest.fixture(scope="module")
def after_one(warehouse_database, worlds):
    """The warehouse after the first night of the data mart."""
    settings = emptied(warehouse_database)
    loaded(settings, worlds / "datamart" / NIGHT.isoformat())
    return settings


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_an_operation_on_a_row_that_is_not_there_is_refused(after_one, worlds, operation):
    with _changed(worlds / "datamart" / NEXT.isoformat()) as drop:
        name = next(
            file["file"] for file in read_manifest(drop)["files"] if file.get("operation") == operation
        )
        _rewrite(drop, name, lambda text: text.replace('\n"o7-kbr.', '\n"o7-kbr.never-', 1))

        words = _refused(after_one, drop, DeliveryError, "operation_unfounded")

    assert f"rows are to {operation}, and" in words


def test_identities_of_another_installation_are_refused(after_one, worlds):
    with _changed(worlds / "datamart" / NEXT.isoformat()) as drop:
        name = next(
            file["file"] for file in read_manifest(drop)["files"] if file.get("operation") == "update"
        )
        _rewrite(drop, name, lambda text: text.replace('\n"o7-kbr.', '\n"o7-stav.', 1))

        words = _refused(after_one, drop, DeliveryError, "prefix_unknown")

    assert "do not begin with the prefix 'o7-kbr.' that the manifest names" in words
    assert ".source_id 1." in words


def test_changes_that_do_not_speak_of_an_entity_are_refused(after_one, worlds):
    night = worlds / "datamart" / NEXT.isoformat()
    files = [file for file in read_manifest(night)["files"] if file["entity"] != "contact"]
    with _changed(night, files=files) as drop:
        words = _refused(after_one, drop, DeliveryError, "entity_missing")

    assert "contact: the changes since" in words
    assert "A file without rows says that nothing changed." in words


def test_files_of_one_entity_with_different_columns_are_refused(after_one, worlds):
    with _changed(worlds / "datamart" / NIGHT.isoformat()) as drop:
        _rewrite(
            drop,
            "rdm_section_declaration.create.0002.csv",
            lambda text: text.replace("leaf_code", "leaf", 1),
        )
        with pytest.raises(ContractError, match="lacks leaf_code and adds leaf") as refusal:
            opened(replace(after_one, drop=drop, source_dsn=None))

    assert refusal.value.check == "header_differs"
