"""Health checks of the containers; standard library only, for they run every few seconds.

healthy.py http URL [part]    the address answers; with a part, Airflow's health says that it is healthy
healthy.py smtp HOST PORT     the mail server greets
healthy.py fresh FILE SECONDS the file was written so lately
"""

from __future__ import annotations

import json
import smtplib
import sys
import time
import urllib.request
from pathlib import Path

SECONDS = 5


def http(url: str, part: str | None = None) -> bool:
    """Whether ``url`` answers 200, and the ``part`` of its JSON says healthy."""
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - an address of the Compose file
        return part is None or json.load(answer)[part]["status"] == "healthy"


def smtp(host: str, port: str) -> bool:
    """Whether the mail server greets."""
    with smtplib.SMTP(host, int(port), timeout=SECONDS) as server:
        return server.noop()[0] == 250  # noqa: PLR2004 - SMTP's "done"


def fresh(file: str, seconds: str) -> bool:
    """Whether a file was written so lately."""
    return time.time() - Path(file).stat().st_mtime < float(seconds)


CHECKS = {"http": http, "smtp": smtp, "fresh": fresh}

if __name__ == "__main__":
    kind, *words = sys.argv[1:]
    try:
        sys.exit(0 if CHECKS[kind](*words) else 1)
    except (OSError, smtplib.SMTPException, KeyError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
