"""`./o7 up` and `./o7 down`: keep Airflow's pages and the reports served on loopback, for looking around."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

from o7_warehouse import bootstrap, scheduler, server
from o7_warehouse.airflow_sign_in import ADMIN_USER
from o7_warehouse.commands_night import embedded_server, source_choice
from o7_warehouse.console import State, results, say
from o7_warehouse.secrets import FILE_NAME as SECRETS
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from pathlib import Path

# Reads what is published and what was audited; sees no person.
LOOKER = "o7_auditor"


def up(state: State = None) -> None:
    """Start PostgreSQL, Airflow and the report server, and leave them running."""
    settings = Settings.load(state)
    where = "" if settings.state == ROOT / "var" else f" --state {settings.state}"
    with embedded_server(settings, keep=True) as embedded:
        bootstrap.ensure(settings, embedded)
        choice = source_choice(settings, embedded)
        if choice.kind == "replica":
            settings = dataclasses.replace(settings, source_dsn=choice.dsn)
        airflow = scheduler.keep(settings, say)
    lines = [
        ("Airflow", f"http://127.0.0.1:{airflow.ports.api}/dags/{scheduler.DAG_ID}"),
        ("", f"user {ADMIN_USER}, password: airflow_admin_password in {settings.state / SECRETS}"),
        ("Reports", f"http://127.0.0.1:{airflow.ports.reports}"),
        ("A night", f"./o7 night{where}"),
        ("Stop", f"./o7 down{where}"),
    ]
    if embedded is not None:
        address = f"postgresql://{LOOKER}@{embedded.host}:{embedded.port}/warehouse"
        lines.insert(3, ("Database", f"{address}?passfile={_password_file(settings)}"))
    for name, words in lines:
        results.print(f"{name:10}{words}", markup=False)


def down(state: State = None) -> None:
    """Stop what `up` left running."""
    settings = Settings.load(state)
    stopped = scheduler.stop_kept(settings)
    if settings.needs_server and (settings.state / "postgres").exists():
        server.stop(settings)
    results.print("Stopped." if stopped else "Nothing was running.")


def _password_file(settings: Settings) -> Path:
    """A file that only its owner may read, from which libpq takes the looker's password, whatever the port."""
    path = settings.state / "pgpass"
    password = settings.secrets.role_password(LOOKER)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"127.0.0.1:*:warehouse:{LOOKER}:{password}\n")
    return path


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("up", up, {}), ("down", down, {})]
