"""An earlier house goes forward: nothing is lost, its tables become those of a new one, a second start does nothing."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import bootstrap
from o7_warehouse.audit.verify import examine
from o7_warehouse.editions.findings import Kind
from o7_warehouse.editions.ledger import EditionId
from o7_warehouse.editions.verify import verify
from o7_warehouse.schema_version import digest_of, versions
from o7_warehouse.settings import ROOT
from o7_warehouse.warehouse import connect
from tests.conftest import empty_warehouse
from tests.upgrade.earlier import DUMPS, VERSIONS, ask, form, held, lost, restore, schema_of, unpack

if TYPE_CHECKING:
    from o7_warehouse.server import Server
    from tests.upgrade.earlier import Held

# Whose tables are written by hand; dbt makes the others anew. Those of landing have the batch of a delivery by default.
BY_HAND = ("audit", "published", "raw_o7", "access", "quarantine", "gate", "rebuild")

ISSUED = "select edition_id from audit.edition_event where event = 'issued'"
# Documents that carry their fonts and would make a dump three times as heavy (dumps/README.md).
LEFT_OUT = {"docx", "html", "pdf"}


@dataclass(frozen=True)
class Upgraded:
    """An earlier warehouse after the first start of today's code, and all that it held before."""

    version: str
    server: Server
    before: dict[str, Held]


@pytest.fixture(scope="module")
def promised(settings, server, _warehouse_template):
    """What the tables of a new warehouse promise."""
    empty_warehouse(settings, server)
    return form(server, BY_HAND)


@pytest.fixture(scope="module", params=VERSIONS)
def upgraded(request, settings, server, promised):
    """The warehouse of an earlier version, started once."""
    assert promised
    restore(server, request.param)
    before = held(server)
    bootstrap.ensure(settings, server)
    return Upgraded(request.param, server, before)


def test_every_row_is_there_after_the_start_of_todays_code(upgraded):
    assert sum(one.rows.total() for one in upgraded.before.values()) > 2000

    assert lost(upgraded.before, upgraded.server) == {}


def test_its_tables_promise_what_new_ones_do(upgraded, promised):
    found = form(upgraded.server, BY_HAND)

    assert {
        table: promised[table] ^ found[table] for table in promised if promised[table] != found[table]
    } == {}


def test_its_audit_is_as_it_was_sealed(upgraded, settings):
    with closing(connect(settings, "o7_auditor")) as connection, connection.cursor() as cursor:
        verdict = examine(cursor)

    assert ask(upgraded.server, "select count(*) from audit.seal")[0][0] >= 2
    assert verdict.damages == []
    assert verdict.is_sound


def test_its_edition_is_as_it_was_sealed(upgraded, settings):
    if not (DUMPS / upgraded.version / "editions.tar.xz").exists():
        assert ask(upgraded.server, ISSUED) == []
        return
    folder = unpack(upgraded.version, "editions", settings.state)
    [(edition,)] = ask(upgraded.server, ISSUED)

    found = verify(settings, EditionId.parse(edition)).findings
    shutil.rmtree(folder)

    # Rows, manifest, sealed rows and whatever else is kept of the set; nothing but the heavy documents is missed.
    assert {one.kind for one in found} == {Kind.file_missing}
    assert {one.file.rsplit(".", 1)[1] for one in found} == LEFT_OUT


def test_a_second_start_changes_nothing(upgraded, settings):
    once, rows = schema_of(upgraded.server), held(upgraded.server)

    bootstrap.ensure(settings, upgraded.server)

    assert schema_of(upgraded.server) == once
    assert held(upgraded.server) == rows
    written = ask(upgraded.server, "select version, digest from access.schema_version")
    assert written == [(versions(ROOT)[-1].number, digest_of(ROOT))]
