"""Versions of the warehouse's own tables: written down, never gone back from; what cannot be repeated runs once."""

from __future__ import annotations

import dataclasses
import shutil
from contextlib import contextmanager

import pytest

from o7_warehouse import bootstrap
from o7_warehouse.commands_show import readable
from o7_warehouse.editions.course import choose
from o7_warehouse.errors import CatalogueError, SchemaVersionError, StatementError
from o7_warehouse.schema_version import DDL, FILE, digest_of, versions
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import transaction

NOW = versions(ROOT)[-1].number
COUNTED = "alter table raw_o7.night add column if not exists counted integer not null default 0;"
COUNTS = "update raw_o7.night set counted = counted + 1"
NIGHT = (
    "insert into raw_o7.night values ('2025-12-15', now(), '1.0', 'T1', gen_random_uuid(), gen_random_uuid())"
)
WRITTEN = "select version, digest from access.schema_version order by applied_at"
# What a warehouse looks like to the code of tomorrow.
NEWER = "insert into access.schema_version (version, digest, code_revision) values (%s, 'f00d', 'c0ffee')"


@pytest.fixture
def warehouse(warehouse_database):
    """Settings of a warehouse of today; what a test writes of versions is taken back."""
    yield warehouse_database
    ask(warehouse_database, "delete from access.schema_version where digest <> %s", digest_of(ROOT))


def ask(settings, statement, *values):
    """A statement of the administrator."""
    with transaction(settings, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def tomorrow(settings, folder, once):
    """Settings of a later version of the code: one more version of the tables, with what is run once by file name."""
    root = folder / "tomorrow"
    for part in ("contracts", DDL):
        shutil.copytree(ROOT / part, root / part)
    with (root / FILE).open("a", encoding="utf-8") as file:
        file.write(f"{NOW + 1},cafe,one more\n")
    (root / DDL / "once").mkdir(exist_ok=True)
    for name, statement in once.items():
        (root / DDL / "once" / name).write_text(statement, encoding="utf-8")
    yield dataclasses.replace(settings, root=root)


def test_the_version_is_written_down_and_a_second_start_adds_nothing(warehouse, server):
    bootstrap.ensure(warehouse, server)
    bootstrap.ensure(warehouse, server)

    assert ask(warehouse, WRITTEN) == [(NOW, digest_of(ROOT))]
    [(revision,)] = ask(warehouse, "select code_revision from access.schema_version")
    assert revision


def test_a_warehouse_from_before_versions_goes_forward(warehouse, server):
    ask(warehouse, "drop table access.schema_version")

    bootstrap.ensure(warehouse, server)

    assert ask(warehouse, WRITTEN) == [(NOW, digest_of(ROOT))]


def test_older_code_is_refused_and_told_which_code_it_takes(warehouse, server):
    ask(warehouse, NEWER, NOW + 1)
    ask(warehouse, "drop table access.pseudonym_key")

    with pytest.raises(SchemaVersionError) as refused:
        bootstrap.ensure(warehouse, server)

    assert f"have version {NOW + 1} (made on " in str(refused.value)
    assert f"by the code c0ffee), and this code knows versions up to {NOW}." in str(refused.value)
    assert "Update the code to c0ffee or a later one. To go back, restore the copy" in str(refused.value)
    # Not one definition was run.
    assert ask(warehouse, "select to_regclass('access.pseudonym_key')") == [(None,)]
    ask(warehouse, "delete from access.schema_version where digest = 'f00d'")
    bootstrap.ensure(warehouse, server)


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda settings: readable(settings).__enter__(), id="a command that reads"),
        pytest.param(lambda settings: choose(settings, period=None, today=None), id="the DAG of editions"),
    ],
)
def test_older_code_does_not_work_beside_the_bootstrap_either(warehouse, work):
    ask(warehouse, NEWER, NOW + 1)

    with pytest.raises(SchemaVersionError, match="this code knows versions up to"):
        work(warehouse)


def test_what_is_run_once_is_run_once_behind_its_tables(warehouse, server, tmp_path):
    ask(warehouse, NIGHT)
    with tomorrow(warehouse, tmp_path, {f"{NOW + 1:04}_count.sql": COUNTS}) as later:
        (later.root / DDL / "99_counted.sql").write_text(COUNTED, encoding="utf-8")

        bootstrap.ensure(later, server)
        bootstrap.ensure(later, server)

        assert ask(later, "select counted from raw_o7.night") == [(1,)]
        assert ask(later, WRITTEN)[-1] == (NOW + 1, digest_of(later.root))
    ask(warehouse, "alter table raw_o7.night drop column counted; delete from raw_o7.night")


def test_a_step_that_fails_leaves_the_warehouse_as_it_was(warehouse, server, tmp_path):
    broken = {f"{NOW + 1:04}_a.sql": "create table access.half ()", f"{NOW + 1:04}_b.sql": "select 1 / 0"}

    with tomorrow(warehouse, tmp_path, broken) as later, pytest.raises(StatementError):
        bootstrap.ensure(later, server)

    assert ask(warehouse, "select to_regclass('access.half')") == [(None,)]
    assert ask(warehouse, WRITTEN) == [(NOW, digest_of(ROOT))]


@pytest.mark.parametrize("name", ["count.sql", "0000_count.sql", f"{NOW + 2:04}_count.sql"])
def test_a_step_of_no_version_is_refused(warehouse, server, tmp_path, name):
    with (
        tomorrow(warehouse, tmp_path, {name: "select 1"}) as later,
        pytest.raises(CatalogueError, match=f"{name} belongs to no version"),
    ):
        bootstrap.ensure(later, server)


def test_versions_with_a_gap_are_refused(tmp_path):
    (tmp_path / DDL).mkdir(parents=True)
    (tmp_path / FILE).write_text("version,digest,says\n1,a,b\n3,a,b\n", encoding="utf-8")

    with pytest.raises(CatalogueError, match="without a gap"):
        versions(tmp_path)
