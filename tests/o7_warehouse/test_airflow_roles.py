"""The declared roles of Airflow's sign-in, and which sign-in Airflow is started with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import airflow_people
from o7_warehouse.airflow_environment import environment
from o7_warehouse.airflow_roles import read_roles
from o7_warehouse.errors import CatalogueError, CommandError
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "postgresql://o7_airflow:word@db.example:5432/airflow"
# What a task says, hands on or is told; and what Airflow itself is told.
CLOSED = {"Task Logs", "XComs", "Connections", "Variables", "Configurations"}
KNOWN = """
import json
from o7_airflow.accounts import known_resources
print(json.dumps(sorted(known_resources())))
"""


def grants_of(role: str) -> set[tuple[str, str]]:
    """What the file gives a role."""
    return {(action, resource) for action, resources in read_roles()[role].items() for resource in resources}


def test_there_are_three_roles() -> None:
    assert set(read_roles()) == {"engineer", "ministry", "auditor"}


@pytest.mark.parametrize("role", ["ministry", "auditor"])
def test_the_ministry_and_auditors_reach_no_words_of_tasks_and_no_setting(role: str) -> None:
    assert {resource for _, resource in grants_of(role)} & CLOSED == set()


def test_an_auditor_changes_nothing_but_his_password() -> None:
    changing = {pair for pair in grants_of("auditor") if pair[0] not in {"can_read", "menu_access"}}

    assert changing == {("can_edit", "My Password")}


def test_the_ministry_sees_the_editions_and_no_other_dag() -> None:
    dags = {name for action, name in grants_of("ministry") if name.startswith("DAG") and action == "can_read"}

    assert dags == {"DAG:o7_edition", "DAG Runs"}
    assert (ROOT / "dags" / "o7_edition.py").exists()


def test_the_ministry_alone_answers_approvals() -> None:
    answering = {role for role in read_roles() if ("can_edit", "HITL Detail") in grants_of(role)}

    assert answering == {"ministry"}


def test_nobody_makes_accounts_or_deletes_anything() -> None:
    everything = set().union(*(grants_of(role) for role in read_roles()))

    assert {pair for pair in everything if pair[0] == "can_delete" or pair[1] in {"Users", "Roles"}} == set()


def test_airflow_knows_every_resource_that_is_named(tmp_path: Path) -> None:
    variables = {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-P", "-c", KNOWN], env=variables, capture_output=True, text=True, check=True
    )
    known = set(json.loads(done.stdout.splitlines()[-1]))
    named = {name for role in read_roles() for _, name in grants_of(role) if not name.startswith("DAG:")}

    assert len(known) > 30
    assert named - known == set()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- auditor", id="a list"),
        pytest.param("auditor: [DAGs]", id="a role without actions"),
        pytest.param("auditor: {can_raed: [DAGs]}", id="an action nobody knows"),
        pytest.param("auditor: {can_read: DAGs}", id="a word in the place of a list"),
        pytest.param("auditor: {can_read: [DAGs, DAGs]}", id="the same twice"),
    ],
)
def test_a_file_that_says_something_else_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "airflow_roles.yml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CatalogueError, match=r"airflow_roles\.yml"):
        read_roles(path)


@pytest.mark.parametrize(
    ("login", "full_name", "role", "told"),
    [
        pytest.param("petrova", "А. М. Петрова", "admin", "There is no role 'admin'", id="a role of Airflow's own"),
        pytest.param("Петрова", "А. М. Петрова", "ministry", "cannot be the name", id="letters nobody can type"),
        pytest.param("a b", "А. М. Петрова", "ministry", "cannot be the name", id="a name with a blank"),
        pytest.param("petrova", "Петрова", "ministry", "nobody could tell later", id="one word for a full name"),
    ],
)  # fmt: skip
def test_an_account_that_proves_nobody_is_not_made(
    login: str, full_name: str, role: str, told: str, tmp_path: Path
) -> None:
    settings = Settings.load(tmp_path, {"O7_SIGN_IN": "roles"})

    with pytest.raises(CommandError, match=told):
        airflow_people.add(settings, login, full_name=full_name, role=role)


@pytest.mark.parametrize(
    ("sign_in", "manager"),
    [("simple", None), ("roles", "o7_airflow.sign_in.ApprovingFabAuthManager")],
)
def test_the_setting_chooses_who_signs_in(sign_in: str, manager: str | None, tmp_path: Path) -> None:
    variables = environment(Settings.load(tmp_path, {"O7_AIRFLOW_DSN": METADATA, "O7_SIGN_IN": sign_in}))

    assert variables.get("AIRFLOW__CORE__AUTH_MANAGER") == manager
    assert ("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS" in variables) == (sign_in == "simple")
    # A task reads its settings from these.
    assert variables["O7_SIGN_IN"] == sign_in
