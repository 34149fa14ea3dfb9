"""Three transports, one contract: whatever door a delivery comes through, the same rows lie in raw."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from typer.testing import CliRunner

from o7_warehouse import bootstrap, warehouse
from o7_warehouse.cli import app
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import CommandError, DeliveryError
from o7_warehouse.server import ADMIN
from o7_warehouse.sources.manual_manifest import write_manual_manifest
from tests.conftest import open_folder
from tests.deliveries import NIGHT, asked, emptied, loaded, night_of, read_manifest
from tests.o7_warehouse.forms import NIGHTS, left_by


@pytest.mark.parametrize(
    ("form", "transport"), [("datamart", "T2"), ("manual", "T3")], ids=["the vendor's data mart", "by hand"]
)
def test_every_row_is_the_same_through_every_door(warehouse_database, worlds, by_contract, form, transport):
    seen = left_by(emptied(warehouse_database), worlds / form)

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
