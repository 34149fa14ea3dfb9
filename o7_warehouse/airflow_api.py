"""The little of Airflow's REST interface that a night needs: the only place that speaks HTTP with it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from o7_warehouse.errors import ServerError, TransientError

ANSWER_SECONDS = 20
FIRST_ANSWER_SECONDS = 120
FINISHED = frozenset({"success", "failed"})


class AirflowUnavailableError(TransientError):
    """Airflow's api-server did not answer, or not with JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """One task of a run: its name, Airflow's word for its state, and seconds of the clock so far."""

    task: str
    state: str
    seconds: float | None


@dataclass(slots=True)
class AirflowApi:
    """A logged-in caller of the api-server at ``base``; the token is renewed after a refusal."""

    base: str
    user: str
    password: str
    _token: str | None = None

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request under ``/api/v2``.

        Raises AirflowUnavailableError when nobody answers and ServerError when the answer is a refusal.
        """
        if self._token is None:
            login = {"username": self.user, "password": self.password}
            self._token = str(_request(self.base + "/auth/token", "POST", login, None)["access_token"])
        try:
            return _request(f"{self.base}/api/v2{path}", method, body, self._token)
        except ServerError:
            self._token = None
            raise

    def is_healthy(self) -> bool:
        """Whether database, scheduler and DAG processor say so, and tasks are served.

        The part that serves tasks is made at its first call, which takes seconds: better now than in a task.
        """
        try:
            _request(f"{self.base}/execution/health", "GET", None, None, seconds=FIRST_ANSWER_SECONDS)
            health = _request(f"{self.base}/api/v2/monitor/health", "GET", None, None)
        except (AirflowUnavailableError, ServerError):
            return False
        return all(
            health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")
        )

    def has_dag(self, dag_id: str) -> bool:
        """Whether the DAG has been parsed and stored."""
        found = self.call("GET", f"/dags?dag_id_pattern={dag_id}")["dags"]
        return any(dag["dag_id"] == dag_id for dag in found)

    def import_errors(self) -> list[str]:
        """Names of the DAG files that could not be read."""
        return sorted(error["filename"] for error in self.call("GET", "/importErrors")["import_errors"])

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler start runs of this DAG."""
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Let the scheduler start no more runs of this DAG."""
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": True})

    def trigger(self, dag_id: str, *, dag_run_id: str, conf: dict[str, str]) -> None:
        """Ask for one run."""
        self.call(
            "POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "dag_run_id": dag_run_id, "conf": conf}
        )

    def run_state(self, dag_id: str, dag_run_id: str) -> str:
        """Airflow's word for the state of a run."""
        return str(self.call("GET", f"/dags/{dag_id}/dagRuns/{dag_run_id}")["state"])

    def tasks(self, dag_id: str, dag_run_id: str) -> list[TaskState]:
        """The tasks of a run, in the order they began; those that have not begun come last."""
        found = self.call("GET", f"/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances")["task_instances"]
        found.sort(key=lambda one: one["start_date"] or "9")
        return [
            TaskState(task=one["task_id"], state=one["state"] or "none", seconds=one["duration"])
            for one in found
        ]

    def fail_unfinished(self, dag_id: str) -> int:
        """Mark every unfinished run of a DAG as failed, which ends its tasks; returns how many there were."""
        query = f"/dags/{dag_id}/dagRuns?state=running&state=queued"
        unfinished = self.call("GET", query)["dag_runs"]
        for run in unfinished:
            self.call("PATCH", f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}", {"state": "failed"})
        return len(unfinished)


def _request(
    url: str, method: str, body: dict[str, Any] | None, token: str | None, *, seconds: float = ANSWER_SECONDS
) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers)  # noqa: S310 - loopback
    path = request.selector.split("?")[0]
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - loopback http
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise AirflowUnavailableError(_silence(f"{path} answered {error.code}")) from None
        raise ServerError(
            f"Airflow refused {method} {path} with {error.code} {error.reason}. The night cannot be asked "
            "for. Read airflow/logs/api-server.log in the state directory."
        ) from None
    except (OSError, ValueError) as error:
        raise AirflowUnavailableError(_silence(f"{path}: {type(error).__name__}")) from None


def _silence(found: str) -> str:
    return (
        f"Airflow's api-server did not answer ({found}). Without it no run can be asked for or followed. "
        "Read airflow/logs/api-server.log in the state directory and run the same command again."
    )


def patiently(call: Any, *, seconds: float = 30) -> Any:
    """Call again while the api-server does not answer, at most ``seconds``; then raise what it raised."""
    patience = time.monotonic() + seconds
    while True:
        try:
            return call()
        except AirflowUnavailableError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.5)
