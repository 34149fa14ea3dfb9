"""What tests can try only where somebody gives it, and what every run says where nobody does.

The nights on Citus and on Celery workers are left to --full, so an ordinary run would leave them out without a word.
"""

from __future__ import annotations

import os

from tests.redis_server import INSTALL_REDIS, find_redis

NO_CITUS = (
    "NO CITUS: O7_TEST_CITUS_DSN is unset, so nobody proved that a night on distributed tables gives the same figures. "
    "Name an empty database of a coordinator by it (docs/citus.md)."
)
NO_REDIS = f"NO REDIS: there is no redis-server, so no night was run on Celery workers. {INSTALL_REDIS}"


def not_given() -> list[str]:
    """A line for each thing that is not there."""
    lines = []
    if not os.environ.get("O7_TEST_CITUS_DSN"):
        lines.append(NO_CITUS)
    if find_redis() is None:
        lines.append(NO_REDIS)
    return lines
