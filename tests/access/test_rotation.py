"""Another key for the pseudonyms: who was one person stays one, the old key is nowhere, nothing is done by halves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
from psycopg2 import sql

from o7_warehouse import rotation, warehouse
from o7_warehouse.audit.verify import verify
from o7_warehouse.errors import NightError, SettingsError, StatementError
from o7_warehouse.pseudonyms import REGISTERS, pseudonym
from o7_warehouse.rotation import COLUMNS, NOBODY, rotate
from o7_warehouse.secrets import Secrets, stage_key
from o7_warehouse.settings import ROOT
from tests.access.conftest import NO_KEY
from tests.access.matrix import objects
from tests.journeys.conftest import SECOND, arrived

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(1800)
# What is counted by joining on pseudonyms and identities, across the layers that hold either.
JOINS = {
    "pupils of marts by identity": """
        select keys.student_id, facts.school_id, facts.statuses
        from raw_o7.student_keys as keys inner join marts.fct_profile_completeness as facts using (student_key)
    """,
    "staff of marts by identity": """
        select keys.staff_id, facts.school_id from raw_o7.staff_keys as keys
        inner join marts.dim_staff as facts using (staff_key)
    """,
    "histories of pupils": """
        select keys.student_id, profiles.statuses, readings.access_loss, readings.trajectory_loss
        from raw_o7.student_keys as keys
        inner join published.profile_versions as profiles using (student_key)
        inner join published.pupil_reading_versions as readings using (student_key, night_from)
    """,
    "histories of staff": """
        select keys.staff_id, readings.access_loss from raw_o7.staff_keys as keys
        inner join published.staff_reading_versions as readings using (staff_key)
    """,
    "accesses by their holders": """
        select coalesce(pupils.student_id, staff.staff_id), count(*)
        from marts.fct_content_access as accesses
        left join raw_o7.student_keys as pupils on accesses.holder_key = pupils.student_key
        left join raw_o7.staff_keys as staff on accesses.holder_key = staff.staff_key
        group by 1
    """,
    "broken rules of pupils": """
        select keys.student_id, issues.rule_id, issues.night_from, failing.org_id
        from published.issue_versions as issues
        inner join audit.failing_key as failing
            on issues.row_key = failing.row_key and issues.rule_id = failing.rule_id
        left join raw_o7.student_keys as keys on issues.student_key = keys.student_key
    """,
    "rows in quarantine": """
        select aside.entity, aside.org_id, issues.rule_id from published.aside_versions as aside
        inner join published.issue_versions as issues using (row_key, org_id, night_from)
    """,
    "staging beside marts": """
        select students.student_no, facts.statuses from staging.stg_o7__students as students
        inner join marts.fct_profile_completeness as facts using (student_key)
    """,
}


@pytest.fixture
def admin(night: Night) -> Iterator[Cursor]:
    """The administrator's cursor; every statement stands at once."""
    with closing(psycopg2.connect(night.server.dsn("warehouse", "o7_admin"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def joined(cursor: Cursor) -> dict[str, tuple[int, str]]:
    """The number and digest of the rows of every join."""
    found = {}
    for name, query in JOINS.items():
        cursor.execute(
            "select count(*), md5(string_agg(line::text, '|' order by line::text collate \"C\"))"
            f" from ({query}) as line"
        )
        [found[name]] = cursor.fetchall()
    return found


def held(cursor: Cursor) -> set[str]:
    """Every pseudonym there is, of persons and of rows."""
    found: set[str] = set()
    for one in objects(cursor):
        if one.kind in {"r", "p"}:
            cursor.execute(
                "select attname::text from pg_attribute where attrelid = %s::regclass and attname = any(%s)"
                " and atttypid = 'uuid'::regtype and not attisdropped",
                (str(one), list(COLUMNS)),
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f"select distinct {column}::text from {one} where {column} <> '{NOBODY}'")
                found |= {key for (key,) in cursor.fetchall()}
    return found


def standing(cursor: Cursor, keys: set[str]) -> list[str]:
    """The tables and statistics in which one of the keys stands, in whatever column."""
    places = []
    tables = [str(one) for one in objects(cursor) if one.kind in {"r", "p"}]
    for table in [*tables, "pg_catalog.pg_statistic"]:
        cursor.execute(f"select line::text from {table} as line")
        text = "\n".join(line for (line,) in cursor.fetchall())
        if any(key in text for key in keys):
            places.append(table)
    return places


def stored_key(night: Night) -> str:
    """The key as secrets.json has it."""
    return str(json.loads((night.state.folder / "secrets.json").read_text(encoding="utf-8"))["pseudonym_key"])


def test_every_uuid_of_the_warehouse_is_a_pseudonym_or_names_a_run(admin: Cursor) -> None:
    admin.execute(
        """
        select distinct attname::text from pg_attribute as attribute
        inner join pg_class as relation on relation.oid = attribute.attrelid
        where atttypid in ('uuid'::regtype, 'uuid[]'::regtype) and relkind in ('r', 'p') and attnum > 0
            and relnamespace::regnamespace::text !~ '^pg_|^information_schema$'
        """
    )

    runs = {"run_id", "build_id", "batch_id", "_batch_id", "frozen_run_id", "switched_run_id"}
    # Who was erased is known by a key of its own, which no rotation changes.
    assert {name for (name,) in admin.fetchall()} - runs - {"tombstone"} == set(COLUMNS)


def test_joins_are_equal_and_the_old_key_is_nowhere(night: Night, admin: Cursor) -> None:
    before, old, key = joined(admin), held(admin), stored_key(night)
    assert all(count for count, _ in before.values()), before

    done = rotate(night.settings)

    assert done is not None
    assert (done.keys + done.orphans, done.orphans) == (len(old), 0)
    assert joined(admin) == before
    assert standing(admin, old) == []
    assert len(held(admin)) == len(old)
    new = night.settings.pseudonym_key
    for register in REGISTERS:
        admin.execute(
            sql.SQL("select {}, {}::text, key_version from {}").format(
                register.identity, register.key, register.table
            )
        )
        for identity, stored, version in admin.fetchall():
            assert (str(pseudonym(new, register.kind, identity)), done.version) == (stored, version)
    assert key not in (night.state.folder / "secrets.json").read_text(encoding="utf-8")
    assert night.settings.secrets.next_pseudonym_key is None


def test_the_audit_is_what_was_sealed_and_a_changed_key_is_still_found(night: Night, admin: Cursor) -> None:
    rotate(night.settings)

    assert verify(night.settings).damages == []
    admin.execute("select ctid::text, row_key::text from audit.failing_key where row_key is not null limit 1")
    [(at, key)] = admin.fetchall()
    admin.execute(
        "update audit.failing_key set row_key = gen_random_uuid() where ctid = %s returning ctid::text", (at,)
    )
    [(at,)] = admin.fetchall()
    assert [one.table for one in verify(night.settings).damages] == ["failing_key"]
    admin.execute("update audit.failing_key set row_key = %s where ctid = %s", (key, at))
    assert verify(night.settings).damages == []


def test_a_key_of_a_row_that_raw_has_lost_is_changed_as_well(night: Night, admin: Cursor) -> None:
    admin.execute(
        "insert into published.aside_versions (entity, row_key, org_id, night_from, night_to, row_count)"
        " values ('person', gen_random_uuid(), '', '2020-01-01', '2020-01-02', 1) returning row_key::text"
    )
    [(gone,)] = admin.fetchall()

    done = rotate(night.settings)

    assert done is not None
    assert done.orphans == 1
    assert standing(admin, {gone}) == []
    admin.execute("delete from published.aside_versions where night_from = '2020-01-01'")


def rotating(night: Night) -> subprocess.Popen[str]:
    """The rotation as a process of its own."""
    program = (
        "import sys; from pathlib import Path; from o7_warehouse.rotation import rotate;"
        " from o7_warehouse.settings import Settings; rotate(Settings.load(Path(sys.argv[1]), {}))"
    )
    return subprocess.Popen(
        [sys.executable, "-P", "-c", program, str(night.state.folder)],
        env={name: value for name, value in os.environ.items() if not name.startswith("O7_")}
        | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_killed_in_the_middle_it_has_changed_nothing_and_can_be_run_again(
    night: Night, admin: Cursor
) -> None:
    before, old, key = joined(admin), held(admin), stored_key(night)
    with (
        closing(psycopg2.connect(night.server.dsn("warehouse", "o7_admin"))) as holder,
        holder.cursor() as cursor,
        rotating(night) as working,
    ):
        # Written when every row has its new key.
        cursor.execute("lock table audit.rekeyed_run in access exclusive mode")
        waiting = (
            "select count(*) from pg_locks where relation = 'audit.rekeyed_run'::regclass and not granted"
        )
        while admin.execute(waiting) or admin.fetchall() == [(0,)]:
            assert working.poll() is None, working.communicate()
            time.sleep(0.02)
        working.kill()
    # The server notices that its client has gone.
    while admin.execute(
        "select count(*) from pg_locks where locktype = 'advisory' and granted"
    ) or admin.fetchall() != [(0,)]:
        time.sleep(0.05)

    assert (joined(admin), held(admin), stored_key(night)) == (before, old, key)
    assert rotate(night.settings) is not None
    assert (joined(admin), held(admin) & old) == (before, set())


def test_killed_before_the_file_follows_the_file_still_has_the_key(
    night: Night, admin: Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, key = joined(admin), stored_key(night)
    with monkeypatch.context() as patch:
        patch.setattr(rotation, "promote_key", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rotate(night.settings)
    version = rotation.version_in_force(admin)

    assert stored_key(night) == key
    in_force = night.settings.pseudonym_key_of(version)
    admin.execute("select student_id, student_key::text from raw_o7.student_keys limit 1")
    [(identity, stored)] = admin.fetchall()
    assert str(pseudonym(in_force, "student", identity)) == stored
    assert rotate(night.settings) is None
    assert night.settings.pseudonym_key == in_force
    assert night.settings.secrets.pseudonym_key_version == version
    assert joined(admin) == before


@pytest.mark.full
def test_the_next_night_goes_on_with_the_new_key(night: Night, admin: Cursor) -> None:
    rotate(night.settings)
    version = night.settings.secrets.pseudonym_key_version
    admin.execute("select student_id, student_key::text from raw_o7.student_keys")
    known = dict(admin.fetchall())

    arrived(night.state.walk(O7_DROP=str(night.world / SECOND), **NO_KEY))

    admin.execute("select student_id, student_key::text, key_version from raw_o7.student_keys")
    found = {identity: key for identity, key, one in admin.fetchall() if one == version}
    assert found.items() >= known.items()
    admin.execute(
        "select count(*) from published.issue_versions where night_from = '2025-12-15' and night_to = 'infinity'"
    )
    # What stays broken is one question, asked since the first night.
    assert admin.fetchall() > [(50,)]
    assert verify(night.settings).damages == []


def test_the_key_is_in_no_statement_log_or_error(night: Night, admin: Cursor) -> None:
    log = night.state.folder / "postgres" / "log" / "server"
    keys = [stored_key(night), stage_key(night.state.folder)]
    admin.execute("alter role o7_admin set log_statement = 'all'")
    # An update that fails is told with everything PostgreSQL says of it.
    admin.execute("alter table published.aside_versions add constraint never check (row_count < 0) not valid")

    with pytest.raises(StatementError) as refused:
        rotate(night.settings)
    admin.execute("alter table published.aside_versions drop constraint never")
    rotate(night.settings)
    admin.execute("alter role o7_admin reset log_statement")

    told = (
        log.read_text(encoding="utf-8")
        + str(refused.value)
        + repr(refused.value.__context__)
        + repr(night.settings)
    )
    assert "copy" in told
    assert "insert into pg_temp.new_keys" in told
    forms = [form for key in map(bytes.fromhex, keys) for form in forms_of(key)]
    assert [form for form in forms if form in told.casefold()] == []
    assert repr(night.settings.secrets) == "Secrets()"


def forms_of(key: bytes) -> list[str]:
    """A key and its paddings, as anything would write them."""
    pads = [bytes(byte ^ mask for byte in key.ljust(64, b"\0")) for mask in (0x36, 0x5C)]
    return [made.hex()[:48] for made in (key, *pads)] + [key.hex().upper()[:48].casefold()]


def test_a_key_of_the_environment_and_a_night_at_work_are_refused(night: Night, admin: Cursor) -> None:
    with pytest.raises(SettingsError, match="O7_PSEUDONYM_KEY"):
        rotate(night.state.settings())

    admin.execute(
        "insert into audit.run (run_id, night, mode, transport, trigger, contract_version, snapshot_at, code_revision)"
        " values (gen_random_uuid(), '2025-12-17', 'extract', 'T2', 'test', '1.0', now(), 'x') returning run_id::text"
    )
    [(run_id,)] = admin.fetchall()
    with pytest.raises(NightError, match="2025-12-17 has not ended"):
        rotate(night.settings)
    admin.execute("delete from audit.run where run_id = %s", (run_id,))


def test_a_file_of_another_version_is_refused(night: Night) -> None:
    path = night.state.folder / "secrets.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"pseudonym_key_version": 90}), encoding="utf-8")
    try:
        with (
            pytest.raises(SettingsError, match="holds version 90"),
            warehouse.transaction(night.settings, "o7_gate") as connection,
            connection.cursor() as cursor,
        ):
            night.settings.pseudonym_key_of(rotation.version_in_force(cursor))
    finally:
        path.write_text(json.dumps(content), encoding="utf-8")
    assert Secrets.load(night.state.folder).pseudonym_key == content["pseudonym_key"]
