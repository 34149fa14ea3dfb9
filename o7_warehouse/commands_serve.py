"""`./o7 up` and `./o7 down`: keep Airflow's pages and the reports served on loopback, for looking around."""

from __future__ import annotations

import dataclasses
from typing import Any

from o7_warehouse import scheduler, server
from o7_warehouse.commands_night import embedded_server, prepared, source_choice
from o7_warehouse.console import State, results, say
from o7_warehouse.settings import Settings


def up(state: State = None) -> None:
    """Start PostgreSQL, Airflow and the report server, and leave them running."""
    settings = Settings.load(state)
    with embedded_server(settings, keep=True), prepared(settings) as embedded:
        choice = source_choice(settings, embedded)
        if choice.kind == "replica":
            settings = dataclasses.replace(settings, source_dsn=choice.dsn)
        airflow = scheduler.keep(settings, say)
    results.print(f"Airflow:  http://127.0.0.1:{airflow.ports.api}  (user admin, password: see below)")
    results.print(f"Reports:  http://127.0.0.1:{airflow.ports.reports}")
    if embedded is not None:
        results.print(f"Database: postgresql://{embedded.host}:{embedded.port}/warehouse")
    results.print(f"Passwords lie in {settings.state / 'secrets.json'} (airflow_admin_password).")
    results.print("Stop everything with: ./o7 down")


def down(state: State = None) -> None:
    """Stop what `up` left running."""
    settings = Settings.load(state)
    stopped = scheduler.stop_kept(settings)
    if settings.needs_server and (settings.state / "postgres").exists():
        server.stop(settings)
    results.print("Stopped." if stopped else "Nothing was running.")


COMMANDS: list[tuple[str, Any, dict[str, Any]]] = [("up", up, {}), ("down", down, {})]
