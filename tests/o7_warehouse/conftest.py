"""Warehouses in the states from which tests start: empty, as dbt leaves it, under seals, with nights of every form."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from o7_simulator import cli
from o7_simulator.clock import Clock
from o7_simulator.plan import Request
from o7_simulator.rates import profile
from o7_warehouse import publish
from o7_warehouse.audit.sign_off import sign
from o7_warehouse.warehouse import connect
from tests.conftest import open_folder
from tests.deliveries import NIGHT, emptied, loaded, small_world, write_drop
from tests.o7_warehouse.builds import Build
from tests.o7_warehouse.built_warehouse import deliver_nothing, make_tables, write
from tests.o7_warehouse.built_warehouse import empty as emptied_of_builds
from tests.o7_warehouse.forms import NIGHTS, left_by
from tests.o7_warehouse.gated import MONDAY, PUPILS
from tests.o7_warehouse.sealed_audit import Audit, make_edition, make_erasures
from tests.o7_warehouse.tampered_audit import run_as_admin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings


@pytest.fixture(scope="module")
def dbt_tables(warehouse_database: Settings) -> Iterator[Cursor]:
    """The administrator's cursor in a warehouse with the tables of dbt."""
    with closing(connect(warehouse_database, "o7_admin")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            make_tables(cursor)
            yield cursor


@pytest.fixture
def house(dbt_tables: Cursor) -> Cursor:
    """The same, with nothing delivered, built or published."""
    emptied_of_builds(dbt_tables)
    return dbt_tables


@pytest.fixture
def views(house: Cursor) -> Cursor:
    """The house with the views of what is published."""
    house.execute("set role o7_gate")
    publish.ensure_views(house)
    house.execute("reset role")
    return house


@pytest.fixture
def build(house: Cursor) -> Build:
    """A coherent build of a night, with everything the gate out looks at."""
    build = Build(MONDAY, PUPILS)
    write(house, build)
    deliver_nothing(house, MONDAY)
    return build


@pytest.fixture(scope="module")
def audit(warehouse_database: Settings) -> Iterator[Audit]:
    """Four runs: one that succeeded and was signed off, one that was killed, one that failed, one after these."""
    with open_folder() as folder:
        write_drop(folder, small_world(3))
        made = Audit(replace(emptied(warehouse_database), drop=folder, source_dsn=None))
        made.done = made.run("success")
        made.publish(made.done)
        for _ in range(3):
            sign(made.settings, night=NIGHT, signed_by="Аудитор", remark="Сверено с актом")
        make_edition(made, made.done)
        make_erasures(made, made.done)
        made.killed = made.run(None)
        made.failed = made.run("failed")
        made.last = made.run("success")
        yield made


@pytest.fixture
def damaged(audit: Audit) -> Iterator[Audit]:
    """The same audit with one count changed, for as long as the test lasts."""
    change = f"update audit.rule_result set rows_failed = rows_failed {{}} 1 where run_id = '{audit.failed}'"
    run_as_admin(audit, change.format("+"))
    yield audit
    run_as_admin(audit, change.format("-"))


@pytest.fixture
def empty(warehouse_database: Settings) -> Settings:
    """A warehouse without a single night."""
    return emptied(warehouse_database)


@pytest.fixture(scope="session")
def worlds() -> Iterator[Path]:
    """Two eventful nights in every form a folder can have."""
    with open_folder() as folder:
        for form in ("contract", "datamart", "manual"):
            request = Request(250, 7, Clock(NIGHT, len(NIGHTS)), profile("eventful"))
            cli.run(request, str(folder / form), truth_file=None, processes=1, form=form)
        yield folder


@pytest.fixture(scope="module")
def by_contract(warehouse_database: Settings, worlds: Path) -> Any:
    """What the contract's own CSV leaves in the warehouse after two nights."""
    return left_by(emptied(warehouse_database), worlds / "contract")


@pytest.fixture(scope="module")
def after_one(warehouse_database: Settings, worlds: Path) -> Settings:
    """The warehouse after the first night of the data mart."""
    settings = emptied(warehouse_database)
    loaded(settings, worlds / "datamart" / NIGHT.isoformat())
    return settings
