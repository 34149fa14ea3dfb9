"""An earlier house goes forward: nothing is lost, its tables become those of a new one, a second start does nothing."""

from __future__ import annotations

import pytest

from o7_warehouse import bootstrap
from o7_warehouse.schema_version import versions
from o7_warehouse.settings import ROOT
from tests.conftest import empty_warehouse
from tests.upgrade.earlier import VERSIONS, ask, form, held, lost, restore, schema_of

# Whose tables are written by hand; dbt makes the others anew. Those of landing have the batch of a delivery by default.
BY_HAND = ("audit", "published", "raw_o7", "access", "quarantine", "gate", "rebuild")


@pytest.fixture(params=VERSIONS)
def earlier(request, server):
    """The warehouse of an earlier version, and all that it holds."""
    restore(server, request.param)
    return held(server)


def test_every_row_is_there_after_the_start_of_todays_code(earlier, settings, server):
    assert sum(one.rows.total() for one in earlier.values()) > 2000

    bootstrap.ensure(settings, server)

    assert lost(earlier, server) == {}
    assert {table: one.rows.total() for table, one in held(server).items() if table in earlier} == {
        table: one.rows.total() for table, one in earlier.items()
    }
    assert ask(server, "select version from access.schema_version") == [(versions(ROOT)[-1].number,)]


@pytest.mark.usefixtures("earlier")
def test_a_second_start_changes_nothing(settings, server):
    bootstrap.ensure(settings, server)
    once, rows = schema_of(server), held(server)

    bootstrap.ensure(settings, server)

    assert schema_of(server) == once
    assert held(server) == rows


@pytest.mark.usefixtures("_warehouse_template", "earlier")
def test_its_tables_promise_what_new_ones_do(settings, server):
    bootstrap.ensure(settings, server)
    upgraded = form(server, BY_HAND)
    empty_warehouse(settings, server)
    new = form(server, BY_HAND)

    assert {table: new[table] ^ upgraded[table] for table in new if new[table] != upgraded.get(table)} == {}
