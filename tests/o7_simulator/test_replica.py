"""The replica shows the same rows as the drop folder, typed, through the views of the contract only."""

from __future__ import annotations

import csv
import datetime as dt
import io
from contextlib import closing

import psycopg2
import pytest

from o7_simulator import cli, replica
from o7_simulator.catalogues import read_contract
from o7_simulator.clock import Clock
from o7_simulator.errors import TargetError
from o7_simulator.plan import Request
from o7_simulator.rates import profile
from o7_warehouse.server import ADMIN
from tests.o7_simulator.worlds import FIRST, World

OWN_DATABASE = "o7_simulator_tests"
TEXTS = {
    "boolean": "case when {0} then 'true' when not {0} then 'false' end",
    "instant": "to_char({0} at time zone 'Europe/Moscow', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+03:00\"')",
}


@pytest.fixture(scope="module")
def dsn(server):
    """An empty database of the test's own, and the reader's role."""
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"drop database if exists {OWN_DATABASE} with (force)")
            cursor.execute(f"create database {OWN_DATABASE}")
    yield server.dsn(OWN_DATABASE, ADMIN)
    with closing(psycopg2.connect(server.dsn("postgres", ADMIN))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"drop database {OWN_DATABASE} with (force)")


def ask(dsn, statement):
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def request(pupils=60, nights=2):
    return Request(pupils, 7, Clock(FIRST, nights), profile("eventful"))


def test_both_transports_deliver_the_same_rows_and_truth(dsn, tmp_path, eventful):
    cli.run(request(pupils=1500), dsn, truth_file=tmp_path / "truth.json", processes=1)

    assert World(tmp_path).truth(1) == eventful.truth(1)
    for entity, columns in read_contract().entities.items():
        texts = ", ".join(TEXTS.get(c.type, "{0}::text").format(f'"{c.name}"') for c in columns)
        with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
            copied = io.StringIO()
            query = f"select {texts} from o7_export.v1_{entity}"
            cursor.copy_expert(f"copy ({query}) to stdout with (format csv, delimiter ';')", copied)
        copied.seek(0)
        shown = sorted(csv.reader(copied, delimiter=";"))
        assert shown == sorted(list(row.values()) for row in eventful.rows(1, entity)), entity


def test_the_delivery_view_names_the_last_night(dsn):
    cli.run(request(), dsn, truth_file=None, processes=1)

    [(night, snapshot_at, version)] = ask(
        dsn, "select night, snapshot_at, contract_version from o7_export.v1_delivery"
    )
    assert (night, version) == (FIRST + dt.timedelta(days=1), "1.0")
    assert snapshot_at.astimezone(dt.UTC).isoformat() == "2025-12-16T21:10:00+00:00"


def test_the_reader_sees_the_views_and_nothing_else(dsn):
    cli.run(request(), dsn, truth_file=None, processes=1)

    seen = ask(
        dsn,
        """
        select n.nspname, bool_and(has_table_privilege('o7_export_reader', c.oid, 'select')),
          bool_or(has_table_privilege('o7_export_reader', c.oid, 'insert'))
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname in ('o7_data', 'o7_export') group by 1 order by 1
        """,
    )
    assert seen == [("o7_data", False, False), ("o7_export", True, False)]


def test_a_schema_that_is_not_ours_is_left_alone(dsn):
    cli.run(request(), dsn, truth_file=None, processes=1)
    ask(dsn, "comment on schema o7_data is 'the real one'")

    with pytest.raises(TargetError, match="did not make"):
        cli.run(request(), dsn, truth_file=None, processes=1)

    assert ask(dsn, "select count(*) > 0 from o7_data.person") == [(True,)]
    ask(dsn, f"comment on schema o7_data is '{replica._MARK}'")  # noqa: SLF001 - put back what was spoilt


def test_a_second_simulator_is_refused(dsn):
    with replica.prepared(dsn), pytest.raises(TargetError, match="Another simulator"), replica.prepared(dsn):
        pass


def test_a_world_that_fails_half_way_leaves_the_last_one_standing(dsn, monkeypatch):
    cli.run(request(nights=1), dsn, truth_file=None, processes=1)
    before = ask(dsn, "select count(*) from o7_export.v1_person")
    monkeypatch.setattr(replica, "_TYPES", replica._TYPES | {"date": "boolean"})  # noqa: SLF001

    with pytest.raises(TargetError, match="SQLSTATE 22P02"):
        cli.run(request(), dsn, truth_file=None, processes=1)

    assert ask(dsn, "select count(*) from o7_export.v1_person") == before
    assert ask(dsn, "select night from o7_export.v1_delivery") == [(FIRST,)]


def test_a_database_that_does_not_answer_is_told_without_its_password():
    with pytest.raises(TargetError, match="cannot be reached") as failure:
        replica.connect("postgresql://o7:secret-word@127.0.0.1:9/o7")

    assert "secret-word" not in str(failure.value)
