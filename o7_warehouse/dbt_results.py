"""What is kept of a build by dbt: timings per node, and a failure without values.

The messages of ``run_results.json`` are PostgreSQL's own words and may quote a child's data: told are node, status and
kind of error only.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from psycopg2.extras import execute_values

from o7_warehouse import rebuild, standing_catalogue, steps, warehouse
from o7_warehouse.dbt_runner import OF_PUPILS, results_path
from o7_warehouse.errors import CatalogueError, GateError, StatementError, WarehouseUnavailableError

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult

    from o7_warehouse.settings import Settings

# Words that name things of the catalogue; a message that begins otherwise may quote a value.
NAMING = re.compile(
    r"(relation|column|schema|function|type|operator|permission denied for|cannot drop|must be owner of"
    r"|syntax error at)\b"
)
# What passes by itself, in the words of libpq and of PostgreSQL: dbt keeps no code of an error. A server that refuses a
# login or does not know the database answers "connection to server … failed" too, and will do so tomorrow.
PASSING = re.compile(
    r"connection to server .*failed: (?!.*(authentication|pg_hba|does not exist|permission))"
    r"|server closed the connection|the database system is|terminating connection|connection already closed"
    r"|no connection to the server|could not (send|receive) data|SSL (connection|SYSCALL)"
    r"|deadlock detected|lock timeout|remaining connection slots|too many clients"
    r"|No space left on device|out of (shared )?memory",
    re.DOTALL,
)
TOLD = 5
BROKEN = frozenset({"error", "fail", "runtime error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult:
    """How dbt fared with one node of the project."""

    node: str
    status: str
    seconds: float
    found: str
    is_passing: bool


def write_results(settings: Settings, results: RunExecutionResult | None) -> None:
    """Write what a build did; of one that was interrupted, or never came to its nodes, nothing is left to be read."""
    if results is None:
        results_path(settings).unlink(missing_ok=True)
    else:
        results.write(str(results_path(settings)))


def keep_results(settings: Settings, *, run_id: str, step: str) -> None:
    """After a build: keep ``run_results.json`` under the run, write ``audit.model_timing``, refuse breakage.

    Raises CatalogueError where dbt built nothing, GateError for a failed data test, StatementError for a
    node the warehouse refused, and WarehouseUnavailableError where the warehouse broke off.
    """
    content = _taken(settings)
    results = _results(content)
    with steps.recorded(settings, step, run_id, began=_began(content)):
        _keep(settings, run_id, step, content)
        _write_timings(settings, run_id, results)
        _refuse_broken(step, results)
        if step == standing_catalogue.STEP:
            standing_catalogue.remember(settings, run_id)
        if step == OF_PUPILS:
            with warehouse.transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
                rebuild.remember(cursor, settings, run_id)


def refuse_broken(settings: Settings, step: str) -> None:
    """After a build that belongs to no run: raises what :func:`keep_results` raises, and keeps nothing."""
    _refuse_broken(step, _results(_taken(settings)))


def _taken(settings: Settings) -> dict[str, Any]:
    """What dbt wrote; its messages end here, whatever the build ended with."""
    source = results_path(settings)
    content: dict[str, Any] = (
        json.loads(source.read_text(encoding="utf-8")) if source.exists() else {"results": []}
    )
    source.unlink(missing_ok=True)
    return content


def _results(content: dict[str, Any]) -> list[NodeResult]:
    return [
        NodeResult(
            node=one["unique_id"],
            status=one["status"],
            seconds=one["execution_time"],
            found=_safe(one["message"] or ""),
            is_passing=bool(PASSING.search(one["message"] or "")),
        )
        for one in content["results"]
    ]


def _began(content: dict[str, Any]) -> datetime:
    timings = [timing for one in content["results"] for timing in one["timing"]]
    starts = [datetime.fromisoformat(timing["started_at"]) for timing in timings if timing["started_at"]]
    return min(starts, default=datetime.now(UTC))


def _safe(message: str) -> str:
    """What may be told of dbt's words: counts of a test, or names of the catalogue; never a value."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if lines and re.fullmatch(r"Got \d+ results?, configured to .*", lines[0]):
        return lines[0]
    return next((line for line in lines if NAMING.match(line)), "")


def _keep(settings: Settings, run_id: str, step: str, content: dict[str, Any]) -> None:
    """Keep the results under the run, without the words that may quote a value."""
    kept = settings.state / "dbt" / "runs" / run_id / f"{step}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    results = [one | {"message": _safe(one["message"] or "")} for one in content["results"]]
    kept.write_text(json.dumps(content | {"results": results}), encoding="utf-8")


def _write_timings(settings: Settings, run_id: str, results: list[NodeResult]) -> None:
    with warehouse.transaction(settings, "o7_transformer") as connection, connection.cursor() as cursor:
        execute_values(
            cursor,
            "insert into audit.model_timing (run_id, node, status, seconds) values %s",
            [(run_id, one.node, one.status, one.seconds) for one in results],
        )


def _refuse_broken(step: str, results: list[NodeResult]) -> None:
    if not results:
        raise CatalogueError(
            f"dbt ended before it built anything of the step {step}: the project does not parse or "
            "compile, or its selection is empty. Run: ./o7 dbt build"
        )
    broken = [one for one in results if one.status in BROKEN]
    if not broken:
        return
    told = "; ".join(
        f"{one.node} {one.status}" + (f" ({one.found})" if one.found else "") for one in broken[:TOLD]
    )
    more = f" and {len(broken) - TOLD} more" if len(broken) > TOLD else ""
    # Where the warehouse broke off, whatever else failed may have failed for that.
    if any(one.is_passing for one in broken):
        raise WarehouseUnavailableError(
            f"The warehouse broke off while dbt built {step}: {told}{more}. Run it again."
        )
    if all(one.node.startswith("test.") for one in broken):
        raise GateError(
            f"The step {step} is not what its tests promise: {told}{more}. Figures made from it would be "
            "wrong. Read the head of each test: it says what its failure means and how to mend it."
        )
    raise StatementError(
        f"dbt could not build all of {step}: {told}{more}. What follows it would read last night's "
        "tables. Mend the model and start the night again; PostgreSQL's full words are kept back because "
        "they may quote personal data."
    )
