"""Where a container of docker-compose.yml finds the others, and with which settings it works.

Addresses come from the environment (DATABASE_ADDRESS, API_ADDRESS, both host:port, and CLUSTER_ADDRESSES, the
coordinator's first); every password comes from the secrets.json of the shared state volume.
"""

from __future__ import annotations

import dataclasses
import os

from o7_warehouse import broker
from o7_warehouse.distributed import TARGET
from o7_warehouse.server import ADMIN, Server
from o7_warehouse.settings import Settings
from o7_warehouse.synthetic import DATABASE, READER


def address(name: str) -> tuple[str, int]:
    """Host and port of a variable such as ``DATABASE_ADDRESS=postgres:5432``."""
    host, _, port = os.environ[name].rpartition(":")
    return host, int(port)


def servers(name: str) -> list[Server]:
    """The PostgreSQL containers of a variable, by blanks; their roles have the passwords of secrets.json."""
    secrets = Settings.load().secrets
    places = [place.rpartition(":") for place in os.environ[name].split()]
    return [Server(port=int(port), secrets=secrets, host=host) for host, _, port in places]


def database() -> Server:
    """The PostgreSQL container of Airflow, of the synthetic О7, and of the warehouse unless a cluster holds it."""
    [server] = servers("DATABASE_ADDRESS")
    return server


def warehouse_server(given: Settings) -> Server:
    """Where the warehouse is: the one server, or the coordinator of the profile "citus"."""
    return servers("CLUSTER_ADDRESSES")[0] if given.warehouse_target == TARGET else database()


def named_source() -> str | None:
    """The variable that names a real О7; None where the synthetic one stands in."""
    given = Settings.load()
    return "O7_SOURCE_DSN" if given.source_dsn else "O7_DROP" if given.drop else None


def settings() -> Settings:
    """The settings with the addresses of the containers put in; a source that is named goes first."""
    server, given = database(), Settings.load()
    if given.executor == "celery":
        given = dataclasses.replace(given, celery_broker=broker.with_login(given, user="o7_broker"))
    return dataclasses.replace(
        given,
        warehouse_dsn=warehouse_server(given).dsn("warehouse", ADMIN),
        airflow_dsn=server.dsn("airflow", "o7_airflow"),
        source_dsn=given.source_dsn if named_source() else server.dsn(DATABASE, READER),
    )
