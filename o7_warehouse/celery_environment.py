"""What Airflow needs for running tasks on Celery workers, its settings chosen for the loss of a worker or of Redis.

A worker may be lost at any moment, and so may Redis for a while. Nothing is done twice because Airflow lets a try of
a task begin once: a second message of the same try is refused by the api-server. So a message may rather come twice
than be lost, and what is left to choose is how soon a loss is noticed.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

from o7_warehouse.broker import broker_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from o7_warehouse.settings import Settings

# Every deviation from the provider's and Celery's defaults, and every default that must not change under us.
TUNING = {
    "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
    # A task that ended keeps its place for a moment (as CORE__PARALLELISM says); render has two places also because
    # a mail server that is silent for minutes must not hold up the night's reports.
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    # The folder of DAGs keeps no old versions, so each worker is spared a process that looks for them.
    "AIRFLOW__DAG_PROCESSOR__STALE_BUNDLE_CLEANUP_INTERVAL": "0",
    # A worker takes what it can begin at once: a message that waits inside it would be lost with it.
    "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
    # A message is acknowledged when its task ended, so that Redis keeps what a lost worker had …
    "AIRFLOW__CELERY__TASK_ACKS_LATE": "True",
    # … and gives it out again after this many seconds. By then nothing of its night can be at work: a task is ended
    # after two hours, a night after five. Airflow itself has replaced it long ago, and refuses it.
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(6 * 3600),
    # A restart of Redis is over in seconds. The scheduler waits so long for one message (the pauses below end before),
    # which is still less than the 30 s without a sign after which it counts as dead.
    "AIRFLOW__CELERY__OPERATION_TIMEOUT": "20",
    "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": json.dumps(
        {
            # False: where a pool process is killed and its worker lives, Celery reports a failure at once and Airflow
            # tries again. True would put the message back, Airflow would refuse it because the task "is running",
            # and the loss would be noticed only by the missing heartbeats.
            "task_reject_on_worker_lost": False,
            # False: a task goes on while Redis is away. True, which Celery 6 will take, would end a load half done
            # for the sake of a message that Airflow can do without.
            "worker_cancel_long_running_tasks_on_connection_loss": False,
            # A worker looks for Redis until it is there, not a hundred times.
            "broker_connection_max_retries": None,
            # 0 + 1 + 2 + 3 + 3 + 3 s of pauses.
            "task_publish_retry_policy": {
                "max_retries": 6, "interval_start": 0, "interval_step": 1, "interval_max": 3,
            },
        }
    ),
    # A message nobody took: Redis lost it, or its worker was killed between taking and beginning it. Also how long a
    # task may wait for a place, so not less.
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "300",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "30",
}  # fmt: skip


def celery_variables(settings: Settings, metadata_url: str) -> dict[str, str]:
    """The variables by which Airflow runs tasks on Celery workers; results are kept in Airflow's own database."""
    return TUNING | {
        "AIRFLOW__CELERY__BROKER_URL": broker_address(settings),
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{metadata_url}",
    }


def worker_words(name: str, queues: Sequence[str]) -> list[str]:
    """What stands after ``airflow`` for a worker of these queues; its node name is ``name@host``.

    The log folder is shared by all, so a worker serves no logs. Workers never act on one another's words, so they
    neither gossip nor wait for the others when they begin.
    """
    return [
        "celery", "worker", "--queues", ",".join(queues), "--celery-hostname", node_name(name),
        "--skip-serve-logs", "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def node_name(name: str) -> str:
    """The name under which Celery knows a worker on this host."""
    return f"{name}@{socket.gethostname()}"
