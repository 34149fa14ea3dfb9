"""What is told of a dbt run names nodes and counts, never a value; its class decides what happens."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from o7_warehouse import dbt_results, dbt_runner, warehouse
from o7_warehouse.errors import CatalogueError, GateError, StatementError, WarehouseUnavailableError
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "112-233-445 95"  # noqa: S105 - the number of a document, as PostgreSQL quotes it


def a_node(name: str, status: str, message: str | None = None) -> dict[str, Any]:
    """One result as dbt writes it."""
    timing = [
        {"name": "execute", "started_at": "2026-01-01T00:00:00Z", "completed_at": "2026-01-01T00:00:01Z"}
    ]
    return {"unique_id": name, "status": status, "execution_time": 1.5, "message": message, "timing": timing}


@pytest.fixture
def run_id(warehouse_database: Settings) -> str:
    """An open run."""
    identity = str(uuid.uuid4())
    with warehouse.transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.run (run_id, night, mode, transport, trigger, contract_version, snapshot_at,"
            " code_revision) values (%s, '2025-12-15', 'extract', 'T1', 'test', '1.0', now(), 'x')",
            (identity,),
        )
    return identity


def keep(settings: Settings, run_id: str, *results: dict[str, Any]) -> None:
    """Let dbt's results be kept as after a build."""
    folder = dbt_runner.target_path(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run_results.json").write_text(json.dumps({"results": results}), encoding="utf-8")
    dbt_results.keep_results(settings, run_id=run_id, step="facts")


def rows(settings: Settings, run_id: str, statement: str) -> list[tuple[Any, ...]]:
    """What the audit says of a run."""
    with warehouse.transaction(settings, "o7_auditor") as connection, connection.cursor() as cursor:
        cursor.execute(statement, (run_id,))
        return cursor.fetchall()


def test_the_timing_of_every_node_is_kept(warehouse_database: Settings, run_id: str) -> None:
    keep(warehouse_database, run_id, a_node("model.o7.a", "success"), a_node("test.o7.b", "pass"))

    found = rows(
        warehouse_database, run_id, "select node, status, seconds from audit.model_timing where run_id = %s"
    )
    assert sorted((node, status, float(seconds)) for node, status, seconds in found) == [
        ("model.o7.a", "success", 1.5),
        ("test.o7.b", "pass", 1.5),
    ]
    assert rows(
        warehouse_database, run_id, "select task, outcome from audit.task_record where run_id = %s"
    ) == [("facts", "success")]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(
            f'Database Error in model a\n  invalid input syntax for type bigint: "{SECRET}"', id="a cast"
        ),
        pytest.param(
            f"Database Error\n  duplicate key\n  DETAIL:  Key (snils)=({SECRET}) exists", id="a key"
        ),
        pytest.param(f"column \"x\" does not exist\n  LINE 1: select '{SECRET}'", id="a literal"),
    ],
)
def test_a_value_in_the_words_of_the_server_goes_nowhere(
    warehouse_database: Settings, run_id: str, message: str
) -> None:
    with pytest.raises(StatementError) as refused:
        keep(warehouse_database, run_id, a_node("model.o7.a", "error", message))

    kept = warehouse_database.state / "dbt" / "runs" / run_id / "facts.json"
    assert SECRET not in str(refused.value)
    assert SECRET not in kept.read_text(encoding="utf-8")
    assert "model.o7.a" in str(refused.value)


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        pytest.param([], CatalogueError, id="nothing was built"),
        pytest.param(
            [a_node("test.o7.a", "fail", "Got 2 results, configured to fail if != 0")], GateError, id="test"
        ),
        pytest.param(
            [a_node("model.o7.a", "error", "x"), a_node("test.o7.b", "fail")], StatementError, id="model"
        ),
        *(
            pytest.param([a_node("model.o7.a", "error", message)], WarehouseUnavailableError, id=message)
            for message in (
                "server closed the connection unexpectedly",
                'connection to server at "h" (::1), port 5432 failed: Connection refused\n\tIs the server running',
                'connection to server at "h", port 5432 failed: FATAL:  the database system is in recovery mode',
                "terminating connection because of crash of another server process\nDETAIL:  The postmaster",
                "SSL SYSCALL error: EOF detected",
                "connection already closed",
                'could not extend file "base/1/2": No space left on device',
            )
        ),
        pytest.param(
            [
                a_node("model.o7.a", "error", "the database system is starting up"),
                a_node("test.o7.b", "fail"),
            ],
            WarehouseUnavailableError,
            id="what failed beside it may have failed for it",
        ),
        *(
            pytest.param(
                [a_node("model.o7.a", "error", f'connection to server at "h" failed: {reason}')],
                StatementError,
                id=reason,
            )
            for reason in (
                'FATAL:  password authentication failed for user "o7_transformer"',
                'FATAL:  database "warehouse" does not exist',
                'FATAL:  no pg_hba.conf entry for host "::1"',
            )
        ),
    ],
)
def test_the_class_of_a_failure_says_whether_trying_again_helps(
    warehouse_database: Settings, run_id: str, results: list[dict[str, Any]], kind: type[Exception]
) -> None:
    with pytest.raises(kind) as refused:
        keep(warehouse_database, run_id, *results)

    assert "facts" in str(refused.value)


def test_the_count_of_a_failed_test_is_told(warehouse_database: Settings, run_id: str) -> None:
    with pytest.raises(GateError, match="Got 2 results"):
        keep(
            warehouse_database,
            run_id,
            a_node("test.o7.a", "fail", "Got 2 results, configured to fail if != 0"),
        )


def test_the_project_is_written_down_with_the_catalogue_or_where_it_is_missing(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)

    before = {step: "--no-write-json" in dbt_runner.flags(settings, step) for step in ("catalogue", "facts")}
    dbt_runner.target_path(settings).mkdir(parents=True)
    (dbt_runner.target_path(settings) / "manifest.json").touch()
    after = {step: "--no-write-json" in dbt_runner.flags(settings, step) for step in ("catalogue", "facts")}

    assert (before, after) == ({"catalogue": False, "facts": False}, {"catalogue": False, "facts": True})


def test_a_build_that_never_came_to_its_nodes_leaves_no_results(
    warehouse_database: Settings, run_id: str
) -> None:
    dbt_results.write_results(warehouse_database, None)

    with pytest.raises(CatalogueError):
        dbt_results.keep_results(warehouse_database, run_id=run_id, step="facts")
