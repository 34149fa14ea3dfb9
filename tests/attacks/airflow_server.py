"""Airflow's real api-server as the project configures it, with a switch for each of its checks, and who calls it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt

from o7_warehouse import server as servers
from o7_warehouse.airflow_environment import (
    LOCAL_SETTINGS,
    Ports,
    airflow_home,
    environment,
    program,
)
from o7_warehouse.airflow_people import prepare
from o7_warehouse.airflow_sign_in import ADMIN_USER
from o7_warehouse.databases import ensure_databases
from o7_warehouse.processes import start, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.settings import Settings

BOOT_SECONDS: Final = 240
REFUSED: Final = frozenset({401, 403})
# What a planted fault takes away stands in a file, which the server reads at every request. None of it is a setting of
# ours: the checks are those of the libraries, of Airflow, and of the configuration that airflow_environment gives it.
PLANTED: Final = """
import json
import os
import pathlib

import fastapi
import fastapi.security
import jwt

FILE = pathlib.Path(os.environ["AIRFLOW_HOME"]) / "removed.json"
CHECKS = {"signature": "verify_signature", "exp": "verify_exp", "nbf": "verify_nbf", "aud": "verify_aud"}
BEFORE = dict(os.environ)
SWITCHES = ("AIRFLOW__API__EXPOSE_CONFIG", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS",
            "AIRFLOW__SCHEDULER__ALLOWED_RUN_ID_PATTERN", "AIRFLOW__CORE__ALLOW_DOUBLE_DOT_IN_IDS")
decode, bearer, called = jwt.decode, fastapi.security.HTTPBearer.__call__, fastapi.FastAPI.__call__


def removed():
    return json.loads(FILE.read_text())


def decode_with_faults(token, key=None, algorithms=None, options=None, **named):
    gone = removed()
    options = {name: True for name in CHECKS.values()} | (options or {})
    options |= {CHECKS[name]: False for name in gone if name in CHECKS}
    if "require" in gone:
        options["require"] = []
    if "algorithm" in gone:
        algorithms = [*(algorithms or ()), "HS256"]
    claims = decode(token, key, algorithms=algorithms, options=options, **named)
    if "revoked" in gone:
        claims.pop("jti", None)
    return claims


async def bearer_with_faults(self, request: fastapi.Request):
    told = removed().get("anonymous")
    if told and not request.headers.get("Authorization"):
        return fastapi.security.HTTPAuthorizationCredentials(scheme="Bearer", credentials=told)
    return await bearer(self, request)


async def called_with_faults(self, scope, receive, send):
    switched = removed().get("settings", {})
    for name in SWITCHES:
        os.environ.pop(name, None)
        if name in BEFORE or name in switched:
            os.environ[name] = switched.get(name, BEFORE.get(name))
    await called(self, scope, receive, send)


if sys.argv[1:2] == ["api-server"]:
    jwt.decode = decode_with_faults
    fastapi.security.HTTPBearer.__call__ = bearer_with_faults
    fastapi.FastAPI.__call__ = called_with_faults
"""


@dataclass(frozen=True)
class Interface:
    """A running api-server: where it answers, what it was given, and a token of its administrator."""

    port: int
    home: Path
    secret: str
    password: str

    def call(self, method: str, path: str, token: str | None = None, body: Any = None) -> tuple[int, Any]:
        """One request; its status, and its answer where that is JSON."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        try:
            line.request(method, path, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            text = answer.read()
        finally:
            line.close()
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return answer.status, json.loads(text) if is_json and text else None

    def login(self) -> str:
        """A new token of the administrator."""
        told = {"username": ADMIN_USER, "password": self.password}
        status, answer = self.call("POST", "/auth/token", body=told)
        assert status == 201, answer
        return str(answer["access_token"])

    def forged(
        self, *, key: str | None = None, algorithm: str = "HS512", leave: str = "", **claims: Any
    ) -> str:
        """A token like the administrator's, but for what is given; with the right key, unless another is."""
        told = jwt.decode(self.login(), options={"verify_signature": False}) | claims
        told.pop(leave, None)
        return jwt.encode(told, self.secret if key is None else key, algorithm=algorithm)

    def removal(self, *names: str, **more: Any) -> Any:
        """A server without some of its checks, for as long as the block lasts."""
        return _removed(self.home / "removed.json", dict.fromkeys(names, True) | more)


@contextmanager
def _removed(path: Path, gone: dict[str, Any]) -> Iterator[None]:
    path.write_text(json.dumps(gone), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text("{}", encoding="utf-8")


@contextmanager
def serving(settings: Settings) -> Iterator[Interface]:
    """The api-server of a state directory, with its database and the DAGs of the project."""
    with servers.running(settings) as running:
        ensure_databases(running)
        prepare(settings, lambda _: None)
        home, ports = airflow_home(settings), Ports.free()
        # Names of runs are judged only of DAGs that are there.
        known = environment(settings, ports)
        subprocess.run(program("dags", "reserialize"), env=known, cwd=home, check=True, capture_output=True)
        (home / "config" / "airflow_local_settings.py").write_text(LOCAL_SETTINGS + PLANTED, encoding="utf-8")
        with _removed(home / "removed.json", {}):
            started = start(
                "api-server", program("api-server"), environment=environment(settings, ports), log=home / "logs" / "api-server.log",
                dies_with_parent=True, folder=home,
            )  # fmt: skip
            try:
                secrets = settings.secrets
                made = Interface(ports.api, home, secrets.jwt_secret, secrets.airflow_admin_password)
                _wait(made, lambda: started.is_alive)
                yield made
            finally:
                stop([started], home=home, patience=30)


def _wait(made: Interface, is_alive: Any) -> None:
    patience = time.monotonic() + BOOT_SECONDS
    while True:
        assert is_alive(), (made.home / "logs" / "api-server.log").read_text(encoding="utf-8")[-3000:]
        assert time.monotonic() < patience, "the api-server never answered"
        try:
            if made.call("GET", "/api/v2/version")[0] == 200:
                return
        except OSError:
            time.sleep(0.5)


def operations(made: Interface) -> dict[str, list[tuple[str, str]]]:
    """Every operation of the interface by what it is about, as its own document has them."""
    status, document = made.call("GET", "/openapi.json")
    assert status == 200
    found: dict[str, list[tuple[str, str]]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            [about, *_] = told.get("tags") or ["other"]
            found.setdefault(about, []).append((method.upper(), re.sub(r"\{[^}]+\}", "1", path)))
    return found
