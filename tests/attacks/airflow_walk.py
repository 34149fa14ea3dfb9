"""Every operation of Airflow's interface, asked by somebody of each role; and what the declared roles say to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.attacks.airflow_server import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.attacks.airflow_server import Interface

NEEDS: Final[dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("airflow_endpoints.yml").read_text(encoding="utf-8")
)
OPEN, SIGNED_IN, OFF = "nothing", "a sign-in", "a setting that is off"
DAGS: Final = ("o7_night", "o7_edition")
# The DAG of what is reached by a number instead of a DAG.
NUMBERED: Final = {"{backfill_id}": "o7_night"}
DELETE: Final = {"actions": [{"action": "delete", "entities": ["nobody"]}]}
# What an operation must be given before it looks at who asks. Whatever is named in them is not there.
BODIES: Final[dict[str, Any]] = {
    "PATCH /api/v2/connections": DELETE,
    "PATCH /api/v2/pools": DELETE,
    "PATCH /api/v2/variables": DELETE,
    "PATCH /api/v2/dags/{dag_id}/dagRuns": {
        "actions": [{"action": "update", "entities": [{"dag_run_id": "nobody", "note": "x"}]}]
    },
    "PATCH /api/v2/dags/{dag_id}/dagRuns#delete": DELETE,
    "POST /api/v2/dags/{dag_id}/clearDagRuns": {"dag_runs": [{"dag_run_id": "nobody"}]},
    "POST /api/v2/connections/enqueue-test": {"connection_id": "nobody", "conn_type": "http"},
}
QUERIES: Final = {
    "GET /ui/structure/structure_data": "?dag_id={dag_id}",
    "GET /api/v2/backfills": "?dag_id={dag_id}",
    "GET /ui/backfills": "?dag_id={dag_id}",
    "GET /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/wait#results": "?interval=1&result=draft",
}


@dataclass(frozen=True)
class Door:
    """One way of calling one operation: of which DAG, and what it asks for."""

    operation: str
    dag: str | None
    needs: str

    def opens(self, grants: set[tuple[str, str]] | None) -> bool:
        """Whether the declared roles open it to somebody with these grants; None is somebody not signed in."""
        if self.needs in {OPEN, OFF}:
            return self.needs == OPEN
        if grants is None or self.needs == SIGNED_IN:
            return grants is not None
        return all(self._has(grants, *one.split(" ", 1)) for one in self.needs.split(", "))

    def _has(self, grants: set[tuple[str, str]], action: str, resource: str) -> bool:
        if (action, resource) in grants:
            return True
        single = {name for what, name in grants if what == action and name.startswith("DAG:")}
        if resource != "DAGs" or not single:
            return False
        # A list is of what one may read; a change of many at once is no right to a single one.
        return f"DAG:{self.dag}" in single if self.dag else action == "can_read"


def documented(made: Interface) -> set[str]:
    """Every operation that Airflow's documents name: the interface, that of accounts, and that of the pages."""
    pages = files("airflow.api_fastapi.core_api.openapi").joinpath("_private_ui.yaml").read_text("utf-8")
    found = operations_of(yaml.safe_load(pages))
    for prefix in ("", "/auth"):
        status, document = made.call("GET", f"{prefix}/openapi.json")
        assert status == 200
        found |= {one.replace(" ", f" {prefix}", 1) for one in operations_of(document)}
    return found


def operations_of(document: Mapping[str, Any]) -> set[str]:
    """Method and path of each operation in an OpenAPI document."""
    return {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}


def doors() -> Iterator[Door]:
    """Everything that is asked, of each DAG where it is about one."""
    for needs, operations in NEEDS.items():
        for operation in operations:
            about = operation + QUERIES.get(operation, "")
            numbered = [dag for word, dag in NUMBERED.items() if word in operation]
            for dag in DAGS if re.search(r"\{(dag_id|file_token)\}", about) else numbered or [None]:
                yield Door(operation, dag, needs)


def is_open(made: Interface, door: Door, token: str | None, files_of: Mapping[str, str]) -> bool:
    """Whether Airflow lets somebody in; what is behind the door need not be there."""
    method, path = door.operation.split("#")[0].split(" ")
    path += QUERIES.get(door.operation, "")
    path = path.replace("{dag_id}", door.dag or "").replace("{file_token}", files_of.get(door.dag or "", ""))
    path = re.sub(r"\{[^}]+\}", "1", path)
    status, answer = made.call(
        method, path, token, None if method == "GET" else BODIES.get(door.operation, {})
    )
    assert status < 500, (door, status, answer)
    # To somebody who may not read its DAG, a backfill that is there is not.
    hidden = {404} if "{backfill_id}" in door.operation else set()
    return status not in REFUSED | hidden


def differences(
    made: Interface, token: str | None, grants: set[tuple[str, str]] | None, files_of: Mapping[str, str]
) -> list[str]:
    """Where Airflow and the declared roles disagree about somebody, one line each."""
    return [
        f"{'open' if found else 'closed'}: {door.operation} ({door.dag or 'no DAG'})"
        for door in doors()
        if (found := is_open(made, door, token, files_of)) != door.opens(grants)
    ]
