"""Airflow's variables with and without Celery, and a broker that does not answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.airflow_environment import environment
from o7_warehouse.broker import broker_address, refuse_silent_broker, with_login
from o7_warehouse.celery_environment import worker_words
from o7_warehouse.errors import BrokerUnavailableError, SettingsError
from o7_warehouse.queues import WORKERS
from o7_warehouse.settings import Settings
from o7_warehouse.steps import failure_of
from tests.deployment.compose import free_port

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "postgresql://o7_airflow:word@db.example:5432/airflow"
BROKER = "redis://o7:secret@broker.example:6379/0"
HOURS = 3600


def settings(state: Path, **named: str) -> Settings:
    """Settings of a state directory whose Airflow has a database of its own."""
    return Settings.load(state, {"O7_AIRFLOW_DSN": METADATA, **named})


def on_celery(state: Path, broker: str = BROKER) -> Settings:
    """The same, with workers."""
    return settings(state, O7_EXECUTOR="celery", O7_CELERY_BROKER=broker)


def test_without_a_word_tasks_are_children_of_the_scheduler(tmp_path: Path) -> None:
    variables = environment(settings(tmp_path))

    assert variables["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert [name for name in variables if "CELERY" in name and name.startswith("AIRFLOW")] == []


def test_workers_are_reached_by_redis_and_answer_in_airflows_database(tmp_path: Path) -> None:
    variables = environment(on_celery(tmp_path))

    assert variables["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert variables["AIRFLOW__CELERY__BROKER_URL"] == BROKER
    assert (
        variables["AIRFLOW__CELERY__RESULT_BACKEND"]
        == f"db+{variables['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']}"
    )
    # A task reads its settings from these.
    assert (variables["O7_EXECUTOR"], variables["O7_CELERY_BROKER"]) == ("celery", BROKER)


def test_the_settings_for_a_loss_fit_one_another(tmp_path: Path) -> None:
    variables = {name.rpartition("__")[2]: value for name, value in environment(on_celery(tmp_path)).items()}
    extra = json.loads(variables["EXTRA_CELERY_CONFIG"])
    policy = extra["task_publish_retry_policy"]
    pauses = [
        min(policy["interval_start"] + number * policy["interval_step"], policy["interval_max"])
        for number in range(policy["max_retries"])
    ]

    # Who still works on a message ends before it is given out again: a task after 2 hours, a night after 5.
    assert int(variables["VISIBILITY_TIMEOUT"]) > 5 * HOURS
    assert sum(pauses) < float(variables["OPERATION_TIMEOUT"]) < 30
    assert variables["TASK_ACKS_LATE"] == "True"
    assert variables["WORKER_PREFETCH_MULTIPLIER"] == "1"
    # Looked at every ten seconds, tried again after twenty: under two minutes.
    assert int(variables["TASK_INSTANCE_HEARTBEAT_TIMEOUT"]) + 10 + 20 < 120
    assert extra["task_reject_on_worker_lost"] is False
    assert extra["worker_cancel_long_running_tasks_on_connection_loss"] is False


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_told_its_queues_and_its_name(name: str) -> None:
    words = worker_words(name, WORKERS[name])

    assert words[words.index("--queues") + 1].split(",") == list(WORKERS[name])
    assert words[words.index("--celery-hostname") + 1].startswith(f"{name}@")


def test_a_silent_redis_is_told_before_anything_is_started_and_without_its_password(tmp_path: Path) -> None:
    port = free_port()

    with pytest.raises(BrokerUnavailableError, match=f"Redis at 127.0.0.1:{port} does not answer") as refused:
        refuse_silent_broker(on_celery(tmp_path, f"redis://o7:secret@127.0.0.1:{port}/0"))

    assert "secret" not in str(refused.value)
    assert "secret" not in repr(on_celery(tmp_path))


def test_a_night_that_ended_without_a_word_says_so_where_redis_is_silent(tmp_path: Path) -> None:
    port = free_port()

    failure = failure_of(on_celery(tmp_path, f"redis://127.0.0.1:{port}/0"), "of-nobody", "load")

    assert (failure.step, failure.error, failure.exit_code) == ("load", "BrokerUnavailableError", 4)
    assert failure_of(settings(tmp_path), "of-nobody", "load").error == "unknown"


def test_without_workers_nobody_asks_for_redis(tmp_path: Path) -> None:
    refuse_silent_broker(settings(tmp_path, O7_CELERY_BROKER=BROKER))

    with pytest.raises(SettingsError, match="Only Celery has a broker"):
        broker_address(settings(tmp_path, O7_CELERY_BROKER=BROKER))


def test_a_login_is_put_in_where_the_address_has_none(tmp_path: Path) -> None:
    bare = on_celery(tmp_path, "redis://redis:6379/0")
    password = bare.secrets.role_password("o7_broker")

    assert with_login(bare, user="o7_broker") == f"redis://o7_broker:{password}@redis:6379/0"
    assert with_login(on_celery(tmp_path), user="o7_broker") == BROKER
