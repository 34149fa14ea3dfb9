"""When a run is sealed: with its end, after whoever still writes for it, and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from o7_warehouse import runs, warehouse
from o7_warehouse.audit.verify import verify
from tests.conftest import open_folder
from tests.deliveries import asked, emptied, opened, small_world, write_drop
from tests.o7_warehouse.sealed_audit import Audit, insert

WAITS = "select exists (select from pg_catalog.pg_locks where locktype = 'advisory' and not granted)"


@pytest.fixture
def audit(warehouse_database):
    """An audit without a single run."""
    with open_folder() as folder:
        write_drop(folder, small_world(3))
        yield Audit(replace(emptied(warehouse_database), drop=folder, source_dsn=None))


def sealed(audit: Audit) -> list[str]:
    """The runs that have a seal, in the order of the chain."""
    found = asked(audit.settings, "select run_id::text from audit.seal order by run_no")
    return [run_id for (run_id,) in found]


def test_a_run_is_sealed_when_it_is_closed(audit):
    run_id = opened(audit.settings)
    assert sealed(audit) == []

    runs.close_run(audit.settings, run_id, outcome="success", message="")

    assert sealed(audit) == [run_id]


def test_a_run_that_was_killed_is_sealed_when_the_next_one_opens(audit):
    killed = audit.run(None)

    later = opened(audit.settings)

    assert sealed(audit) == [killed]
    assert [one.run_id for one in verify(audit.settings).findings] == [later]


def test_runs_that_ended_before_there_was_a_chain_are_sealed_in_their_order(audit):
    old = [audit.run("success"), audit.run(None), audit.run("failed")]
    with warehouse.transaction(audit.settings, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute("delete from audit.seal")
    assert not verify(audit.settings).is_sound

    latest = audit.run("success")

    assert sealed(audit) == [*old, latest]
    assert verify(audit.settings).findings == []


def test_what_is_being_written_when_a_run_ends_stands_under_its_seal(audit):
    run_id = opened(audit.settings)
    with warehouse.transaction(audit.settings, "o7_loader") as connection, connection.cursor() as cursor:
        runs.fence(cursor, run_id)
        with ThreadPoolExecutor(max_workers=1) as beside:
            closing = beside.submit(runs.close_run, audit.settings, run_id, outcome="success", message="")
            while asked(audit.settings, WAITS) == [(False,)]:
                assert not closing.done(), "the end of the run waited for nobody"
            insert(cursor, "contract_finding", run_id, 1)
            connection.commit()
            closing.result()

    assert sealed(audit) == [run_id]
    assert verify(audit.settings).findings == []


def test_closing_a_run_again_adds_nothing(audit):
    run_ids = [audit.run("success"), audit.run(None), audit.run("success")]
    before = asked(audit.settings, "select run_no, chain, recorded_at from audit.seal order by run_no")

    for run_id in run_ids:
        runs.close_run(audit.settings, run_id, outcome="success", message="")

    assert (
        asked(audit.settings, "select run_no, chain, recorded_at from audit.seal order by run_no") == before
    )
    assert len(before) == 3
