"""A change of the pseudonyms' key that is killed, or may not begin: nothing is done by halves."""

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

from o7_warehouse import rotation, warehouse
from o7_warehouse.errors import NightError, SettingsError
from o7_warehouse.pseudonyms import pseudonym
from o7_warehouse.rotation import rotate
from o7_warehouse.secrets import Secrets
from o7_warehouse.settings import ROOT
from tests.access.rekeyed import held, joined, stored_key

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from tests.access.conftest import Night

pytestmark = pytest.mark.timeout(1800)


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
