"""An edition on Celery workers: it waits for a person without holding a worker, and is delivered once."""

from __future__ import annotations

import dataclasses
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import scheduler
from o7_warehouse.outbox.receipts import receipts
from tests.conftest import open_folder
from tests.editions.conftest import desk, published
from tests.editions.desk import FIRST
from tests.journeys.test_edition import APPROVE, DAG, SECONDS, Ministry
from tests.journeys.workers import Broker
from tests.redis_server import INSTALL_REDIS, find_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from o7_warehouse.scheduler import Airflow
    from tests.editions.desk import Desk

__all__ = ["desk", "published"]
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A Redis that runs."""
    if find_redis() is None:
        pytest.skip(f"NO REDIS: no edition was made on Celery workers. {INSTALL_REDIS}")
    with open_folder() as folder:
        running = Broker(folder)
        running.begin()
        yield running
        running.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def airflow(broker: Broker, published: Any) -> Iterator[Airflow]:
    """A real scheduler with its workers over the republic of the editions."""
    settings = dataclasses.replace(published, executor="celery", celery_broker=broker.address)
    with scheduler.running(settings, lambda _: None) as running:
        patience = time.monotonic() + SECONDS
        while not running.api.has_dag(DAG):
            assert time.monotonic() < patience
            time.sleep(2)
        running.api.unpause(DAG)
        yield running


def test_an_edition_is_drafted_approved_issued_and_delivered_by_workers(
    desk: Desk, airflow: Airflow, broker: Broker
) -> None:
    ministry = Ministry(desk, airflow)
    run = ministry.begin("on-workers")
    ministry.waits(run, "approval", "awaiting_input")

    # Nobody works on the run while it waits: no message of it is left.
    patience = time.monotonic() + 60
    while broker.held() or broker.waiting():
        assert time.monotonic() < patience, "a worker is held by a task that waits for a person"
        time.sleep(1)
    ministry.answer(run, APPROVE)

    assert ministry.ended(run) == ("success", dict.fromkeys(ministry.states(run), "success"))
    [message] = receipts(ministry.desk.settings, FIRST)
    assert [one.state.value for one in message.history] == ["queued", "sending", "sent"]
