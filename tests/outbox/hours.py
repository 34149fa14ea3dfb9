"""Hours of the tests: an instant, and those after it at which something is due."""

from __future__ import annotations

import datetime as dt

NOW = dt.datetime(2026, 1, 12, 12, 0, tzinfo=dt.UTC)


def later(minutes: int) -> dt.datetime:
    """So many minutes afterwards."""
    return NOW + dt.timedelta(minutes=minutes)
