"""Health check of a Celery worker: asked through Redis, it names the queues it works on.

listening.py WORKER    the worker of this name on this host works on its queues, all of them and no other

Heavier than healthy.py (half a second of processor time), for only Celery knows how to ask; Airflow is not imported.
"""

from __future__ import annotations

import sys

from celery import Celery

from o7_warehouse.broker import with_login
from o7_warehouse.celery_environment import node_name
from o7_warehouse.queues import WORKERS
from o7_warehouse.settings import Settings

SECONDS = 5


def queues_of(name: str) -> set[str]:
    """The queues a worker says it works on; none where it does not answer."""
    app = Celery(broker=with_login(Settings.load(), user="o7_broker"))
    node = node_name(name)
    answer = app.control.inspect(destination=[node], timeout=SECONDS, limit=1).active_queues()
    return {queue["name"] for queue in (answer or {}).get(node, [])}


if __name__ == "__main__":
    worker = sys.argv[1]
    expected, found = set(WORKERS[worker]), queues_of(worker)
    if found != expected:
        sys.exit(f"{worker} works on {sorted(found) or 'nothing'} instead of {sorted(expected)}")
