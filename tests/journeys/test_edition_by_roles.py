"""An edition where people sign in by roles: an engineer begins it, the ministry approves it, and nobody else can."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import airflow_people, scheduler
from o7_warehouse.airflow_api import AirflowApi
from o7_warehouse.errors import ServerError
from o7_warehouse.server import ADMIN
from o7_warehouse.warehouse import transaction
from tests.editions.conftest import NIGHTS, desk, published
from tests.journeys.test_edition import APPROVE, DAG, SECONDS, Ministry
from tests.portal.conftest import add_schools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.scheduler import Airflow
    from tests.editions.desk import Desk

__all__ = ["desk", "published"]
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]
PEOPLE = {"ivanov": "engineer", "petrova": "ministry", "sidorov": "auditor"}


@pytest.fixture(scope="module")
def airflow(published: Any) -> Iterator[Airflow]:
    """A real Airflow over the republic of the editions, in which people sign in by roles."""
    with transaction(published, ADMIN) as connection, connection.cursor() as cursor:
        for night in NIGHTS:
            add_schools(cursor, night)
    with scheduler.running(dataclasses.replace(published, sign_in="roles"), lambda _: None) as running:
        patience = time.monotonic() + SECONDS
        while not running.api.has_dag(DAG):
            assert time.monotonic() < patience
            time.sleep(2)
        running.api.unpause(DAG)
        yield running


def test_the_ministry_approves_what_an_engineer_began_and_nobody_else_can(
    desk: Desk, airflow: Airflow
) -> None:
    settings = dataclasses.replace(desk.settings, sign_in="roles")
    signed_in = {
        login: AirflowApi(
            base=airflow.api.base,
            user=login,
            password=airflow_people.add(settings, login, full_name="И. О. Фамилия", role=role),
        )
        for login, role in PEOPLE.items()
    }
    office = Ministry(desk, airflow)
    signed_in["ivanov"].trigger(DAG, dag_run_id="by-roles", conf={"period": "2025-Q4"})
    office.waits("by-roles", "approval", "awaiting_input")

    for login in ("ivanov", "sidorov"):
        office.api = signed_in[login]
        with pytest.raises(ServerError, match="403"):
            office.answer("by-roles", APPROVE)
    with pytest.raises(ServerError, match="403"):
        signed_in["petrova"].unpause(DAG)
    office.api = signed_in["petrova"]
    office.answer("by-roles", APPROVE)

    assert office.ended("by-roles") == ("success", dict.fromkeys(office.states("by-roles"), "success"))
    assert [(event, who) for event, who, _ in office.events()] == [
        ("draft", "ivanov"), ("submitted", "ivanov"), ("approved", "petrova"), ("issued", "ivanov"),
    ]  # fmt: skip
