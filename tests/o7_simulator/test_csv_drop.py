"""The drop folder keeps the contract's letter, byte for byte and every time."""

from __future__ import annotations

import hashlib
import re

import pytest
import yaml

from o7_simulator import cli, csv_drop
from o7_simulator.catalogues import ROOT
from o7_simulator.errors import TargetError

CANONICAL = {
    "text": r"(?s).*",
    "integer": r"-?[0-9]+",
    "decimal": r"-?[0-9]+(\.[0-9]+)?",
    "boolean": r"true|false",
    "date": r"\d{4}-\d{2}-\d{2}",
    "instant": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+03:00",
}


def contract_columns():
    contract = yaml.safe_load((ROOT / "contracts" / "o7.yml").read_text("utf-8"))
    for entity, body in contract["entities"].items():
        owner = {"org_id": {"type": "text"}} if body.get("owner") == "org_id" else {}
        yield entity, {**contract["common"], **owner, **body["columns"]}


@pytest.mark.parametrize(("entity", "columns"), list(contract_columns()), ids=lambda value: str(value)[:30])
def test_every_value_has_the_canonical_text_of_its_type(eventful, entity, columns):
    rows = eventful.rows(1, entity)

    assert rows, f"{entity} has no row"
    assert list(rows[0]) == list(columns)
    for name, column in columns.items():
        pattern = re.compile(CANONICAL[column["type"]])
        wrong = [row[name] for row in rows if row[name] and not pattern.fullmatch(row[name])]
        assert not wrong, f"{entity}.{name}: {len(wrong)} values are no {column['type']}"


def test_the_manifest_tells_what_the_files_hold(eventful):
    manifest = eventful.manifest(1)

    assert (manifest["contract"], manifest["night"]) == ("o7", eventful.night(1))
    assert manifest["snapshot_at"] == f"{eventful.night(2)}T00:10:00+03:00"
    for file in manifest["files"]:
        body = (eventful.folder / eventful.night(1) / file["file"]).read_bytes()
        stamps = [row["modified_at"] for row in eventful.rows(1, file["entity"])]
        assert hashlib.sha256(body).hexdigest() == file["sha256"]
        assert (len(body), len(stamps)) == (file["bytes"], file["rows"])
        assert (min(stamps), max(stamps)) == (file["min_modified_at"], file["max_modified_at"])
        assert max(stamps) < manifest["snapshot_at"]
        assert b"\r" not in body
        assert not body.startswith(b"\xef\xbb\xbf")


def test_null_and_the_empty_text_are_different_bytes(realistic):
    body = (realistic.folder / realistic.night(0) / "person.csv").read_text("utf-8")

    assert ';""' in body
    assert re.search(r";(;|\n)", body)


def contents(world):
    return {
        path.relative_to(world.folder): path.read_bytes()
        for path in world.folder.rglob("*")
        if path.is_file()
    }


def test_equal_requests_give_equal_bytes_whatever_the_number_of_processes(make_world):
    wanted = {"pupils": 4200, "kind": "eventful"}

    one = make_world("one", nights=1, processes=1, **wanted)
    two = make_world("two", nights=1, processes=2, **wanted)

    assert contents(one) == contents(two)


def test_a_night_does_not_depend_on_how_many_follow_it(make_world, eventful):
    alone = make_world("alone", pupils=1500, nights=1, kind="eventful")

    names = [path.name for path in (alone.folder / alone.night(0)).iterdir()]
    assert len(names) == 40
    for name in names:
        ours, theirs = (world.folder / world.night(0) / name for world in (alone, eventful))
        assert ours.read_bytes() == theirs.read_bytes(), name
    assert alone.truth(0) == eventful.truth(0)


def test_a_second_world_takes_the_place_of_the_first_one(make_world):
    make_world("drop", pupils=50, nights=2)

    world = make_world("drop", pupils=60)

    assert not (world.folder / world.night(1)).exists()
    assert world.indicator(0, "4.1")[1] > 50


def test_a_folder_with_foreign_files_is_left_alone(tmp_path, make_world):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "real.csv").write_text("source_id\n")

    with pytest.raises(TargetError, match="did not make"):
        make_world("drop", pupils=50)

    assert [path.name for path in (tmp_path / "drop").iterdir()] == ["real.csv"]


def test_only_what_the_marker_names_is_removed(make_world):
    world = make_world("drop", pupils=50)
    (world.folder / "notes").mkdir()

    csv_drop.prepare(world.folder)

    assert (world.folder / "notes").exists()


def test_a_dsn_is_told_from_a_folder():
    assert cli.is_dsn("postgresql://o7@localhost/o7")
    assert cli.is_dsn("host=/run dbname=o7")
    assert not cli.is_dsn("var/drop")
