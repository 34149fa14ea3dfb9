"""A server without the extension is refused as a cluster, and so is work on a cluster that one server alone can do."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from o7_warehouse import bootstrap
from o7_warehouse.distributed import refuse_copy, refuse_distributed
from o7_warehouse.errors import SettingsError
from o7_warehouse.rotation import rotate
from o7_warehouse.secrets import FILE_NAME
from o7_warehouse.upkeep.backup import backup
from o7_warehouse.warehouse import dbt_environment


@pytest.fixture
def named_citus(settings, server):
    """Settings that call the embedded server a cluster."""
    assert server.port
    return dataclasses.replace(settings, warehouse_target="citus")


def test_a_server_without_the_extension_is_no_cluster(named_citus, server):
    with pytest.raises(SettingsError, match=r"has not got the extension citus.*O7_WAREHOUSE_DSN"):
        bootstrap.ensure(named_citus, server)


def test_the_key_of_a_cluster_stays_as_it_is(named_citus):
    secrets = named_citus.state / FILE_NAME
    before = secrets.read_bytes()

    with pytest.raises(SettingsError, match=r"lie on the nodes.*O7_WAREHOUSE_TARGET=warehouse"):
        rotate(named_citus)

    assert secrets.read_bytes() == before


def test_no_copy_is_taken_of_a_cluster(named_citus):
    with pytest.raises(SettingsError, match="citus_create_restore_point"):
        backup(named_citus, now=datetime.now(UTC))

    assert list(named_citus.state.glob("backups/*")) == []


def test_one_server_is_refused_nothing(settings, server):
    assert server.port

    refuse_distributed(settings, "Nothing stands in the way.")
    refuse_copy(settings)

    assert dbt_environment(settings)["O7_DBT_TARGET"] == "warehouse"
