"""Another key for the pseudonyms: who was one person stays one, the old key is nowhere, nothing is done by halves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg2 import sql

from o7_warehouse.audit.verify import verify
from o7_warehouse.errors import StatementError
from o7_warehouse.pseudonyms import REGISTERS, pseudonym
from o7_warehouse.rotation import COLUMNS, rotate
from o7_warehouse.secrets import stage_key
from tests.access.conftest import NO_KEY
from tests.access.rekeyed import held, joined, standing, stored_key
from tests.journeys.conftest import SECOND, arrived

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(1800)


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
