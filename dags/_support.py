"""The only seam between Airflow and the toolbox: what the DAG files of this folder are wired from."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import CronPartitionTimetable, get_current_context, task
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowFailException, AirflowRuntimeError, AirflowSkipException
from cosmos import ProfileConfig
from cosmos.constants import InvocationMode
from cosmos.operators.local import DbtBuildLocalOperator

from o7_warehouse import dbt_results, dbt_runner, processes, rebuild, steps
from o7_warehouse.backfill.held import RELEASE, is_held, trigger_of
from o7_warehouse.errors import TransientError
from o7_warehouse.queues import BUILD, EXTRACT, OF_STEP, RENDER
from o7_warehouse.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import XComArg

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
MOSCOW = ZoneInfo("Europe/Moscow")

# О7 closes its books by 00:30 and keeps the replica still until 05:00.
NIGHTLY = "30 1 * * *"
TIMETABLES: dict[str, Any] = {
    "": None,
    # The night is the partition: a run that starts on D+1 carries the key of D.
    "partitions": CronPartitionTimetable(
        NIGHTLY, timezone="Europe/Moscow", run_offset=-1, key_format="%Y-%m-%d"
    ),
    "cron": NIGHTLY,
}
TIMETABLE = TIMETABLES[Settings.load().timetable]

# The class of an error decides: what may pass by itself is tried again, everything else waits for a person.
# A task that was killed has no error; it is tried again as the number of retries says. So is one whom Airflow itself
# could not answer: its database may be the server that has just broken off.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=passing, action=RetryAction.DEFAULT)
        for passing in (TransientError, AirflowRuntimeError)
    ],
    default=RetryAction.FAIL,
)


def _end_with_supervisor(_context: Any) -> None:
    """A killed worker takes its supervisors with it, but not their tasks; these are tried again, and must end first."""
    processes.end_with_parent()


DEFAULTS = {
    "owner": "warehouse",
    "queue": EXTRACT,
    "on_execute_callback": _end_with_supervisor,
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=2),
}
RUN_ID = "{{ ti.xcom_pull(task_ids='open_night')['run_id'] }}"


@task
def open_night() -> dict[str, str]:
    """Decide which night this is, and open its run."""
    dag_run = get_current_context()["dag_run"]
    conf = dag_run.conf or {}
    night = conf.get("night") or dag_run.partition_key or _night_before(dag_run)
    hold = conf.get("hold")
    opened = steps.open_night(
        Settings.load(),
        run_id=steps.run_id_for(dag_run.run_id, conf.get("run_id"), dag_run.clear_number or 0),
        night=date.fromisoformat(night) if night else None,
        trigger=trigger_of(hold) if hold else str(dag_run.run_type),
        from_raw=bool(hold),
    )
    return {"run_id": opened.run_id, "night": opened.night.isoformat(), "mode": opened.mode}


def _night_before(dag_run: Any) -> str | None:
    """The night of a run the plain timetable began: the day before it, in Moscow; none for a run by hand."""
    if dag_run.run_type not in {"scheduled", "backfill"}:
        return None
    day = dag_run.run_after.astimezone(MOSCOW).date() - timedelta(days=1)
    return str(day.isoformat())


def verb(name: str, doc: str) -> XComArg:
    """The task that does one step of the toolbox."""

    @task(task_id=name, doc_md=doc, queue=OF_STEP[name])
    def perform(warehouse_run: str) -> None:
        settings = Settings.load()
        if name in RELEASE and is_held(settings, warehouse_run):
            raise AirflowSkipException(f"{name}: the build is held back until somebody decides about it.")
        steps.perform(settings, name, warehouse_run)

    return perform(RUN_ID)


class NightBuild(DbtBuildLocalOperator):  # type: ignore[misc] - Cosmos has no types
    """dbt builds and tests one step of the night, unless what it would build stands already."""

    def execute(self, context: Any, **others: Any) -> None:
        """Let dbt begin only where there is something to build."""
        settings = Settings.load()
        run_id = context["ti"].xcom_pull(task_ids="open_night")["run_id"]
        with rebuild.only_one(settings):
            if not dbt_runner.is_standing(settings, run_id=run_id, step=self.task_id):
                super().execute(context, **others)

    def run_dbt_runner(self, command: list[str], env: dict[str, str], cwd: str, **others: Any) -> Any:
        """Let dbt build, and keep what it did for the callback."""
        done = super().run_dbt_runner(command, env, cwd, **others)
        dbt_results.write_results(Settings.load(), done.result)
        return done


def dbt_build(name: str, doc: str) -> NightBuild:
    """The task in which dbt builds and tests one step of the night, in the task's own process."""
    return NightBuild(
        task_id=name,
        doc_md=doc,
        queue=BUILD,
        project_dir=str(PROJECT),
        profile_config=ProfileConfig(
            profile_name="o7",
            target_name=Settings.load().warehouse_target,
            profiles_yml_filepath=str(PROJECT / "profiles.yml"),
        ),
        select=steps.BUILDS[name],
        indirect_selection="buildable",
        invocation_mode=InvocationMode.DBT_RUNNER,
        interceptors=[_before_dbt],
        callback=_after_dbt,
        install_deps=False,
        emit_datasets=False,
        should_store_compiled_sql=False,
    )


def _before_dbt(context: Any, operator: Any) -> None:
    """Give dbt its address and its folders; after rendering, so that Airflow never stores them."""
    settings = Settings.load()
    run_id = context["ti"].xcom_pull(task_ids="open_night")["run_id"]
    operator.env = dbt_runner.begin(settings, run_id=run_id, step=operator.task_id)
    operator.dbt_cmd_global_flags = [*dbt_runner.QUIET]
    operator.dbt_cmd_flags = dbt_runner.flags(settings, operator.task_id)


def _after_dbt(_project: str, *, context: Any, **_others: Any) -> None:
    """Keep what dbt did, and fail with a message of our own if a node failed."""
    run_id = context["ti"].xcom_pull(task_ids="open_night")["run_id"]
    dbt_results.keep_results(Settings.load(), run_id=run_id, step=context["ti"].task_id)


@task(trigger_rule="all_done", retries=1, queue=RENDER)
def close_night() -> None:
    """Write the night's digest and its outcome, and fail the run if any step failed."""
    context = get_current_context()
    dag_run, ti = context["dag_run"], context["ti"]
    states = ti.get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id])[dag_run.run_id]
    unfinished = [name for name, state in states.items() if name != "close_night" and state != "success"]
    run_id = steps.run_id_for(dag_run.run_id, (dag_run.conf or {}).get("run_id"), dag_run.clear_number or 0)
    failure = steps.close_night(Settings.load(), run_id, unfinished=unfinished)
    if failure is not None:
        raise AirflowFailException(f"{failure.step}: {failure.message}")
