"""The folder, variables and tables the project's Airflow runs with: the only place that tunes it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse.airflow_sign_in import ADMIN_USER, PASSWORDS, sign_in_variables
from o7_warehouse.celery_environment import celery_variables
from o7_warehouse.errors import ServerError
from o7_warehouse.warehouse import airflow_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from o7_warehouse.settings import Settings

# `airflow db migrate` makes the tables of these; the accounts have theirs whoever signs in.
MIGRATED = ("apache-airflow-core==", "apache-airflow-providers-fab==")

# LocalExecutor's workers are forks of the scheduler, a Celery worker's processes are forks of it, and tasks are forks
# of those, so what is imported here costs a task nothing: a night's imports of dbt, Cosmos and Great Expectations are
# paid once (stack §4.3). Beside Celery workers the scheduler runs no task.
# No connection may be opened here, it would be shared by every fork.
LOCAL_SETTINGS = '''"""Imports the heavy packages once, in the scheduler; see airflow_environment."""

import os
import sys

local = os.environ["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
if sys.argv[1:2] == ["scheduler"] and local or sys.argv[1:3] == ["celery", "worker"]:
    import cosmos.operators.local
    import dbt.adapters.postgres
    import dbt.cli.main
    import great_expectations
    import openlineage.common.provider.dbt.local  # Cosmos asks for it after every build
    import psycopg2
    import typst
    import xlsxwriter
'''

# Every deviation from Airflow's defaults, with its reason.
TUNING = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    # A night is a line: one task at a time. A finished one may keep its slot for a moment, hence more.
    "AIRFLOW__CORE__PARALLELISM": "4",
    # Nothing starts by itself until somebody wants the timetable: `./o7 night` asks for its one run.
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    # The files of this folder are ours; a search for the words "dag" and "airflow" could only lose one.
    "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "False",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
    # The waits between two tasks of a line are pure loss; looking more often costs more than it wins.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # A heartbeat comes every second or so. A minute without one is five times less than by default, and a scheduler or
    # a worker that was lost with its task costs a night about a minute and a half: this, up to ten seconds until it is
    # looked at, the retry's delay of twenty to forty. Not less, for a worker whose connections are refused ends its
    # task after three heartbeats that failed, 45 s at most; that is to be over before the next try.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
    # Where a scheduler was killed, the next one takes over its tasks after a minute, not after five.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
    # Two processor cores: one parser is enough for a handful of DAGs.
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
    "AIRFLOW__DAG_PROCESSOR__DISABLE_BUNDLE_VERSIONING": "True",
    "AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL": "600",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    # The REST interface and the pages listen on loopback only.
    "AIRFLOW__API__HOST": "127.0.0.1",
    "AIRFLOW__API__EXPOSE_CONFIG": "False",
    # Nothing here calls home.
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "AIRFLOW__OPENLINEAGE__DISABLED": "True",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "TQDM_DISABLE": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the api-server, the scheduler's log server and the report server listen, on loopback."""

    api: int
    worker_logs: int
    reports: int

    @classmethod
    def free(cls) -> Ports:
        """Ports nobody listens on now."""
        with ExitStack() as held:
            probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
            api, worker_logs, reports = (int(probe.getsockname()[1]) for probe in probes)
        return cls(api=api, worker_logs=worker_logs, reports=reports)


def airflow_home(settings: Settings) -> Path:
    """``AIRFLOW_HOME`` of this state directory."""
    return settings.state / "airflow"


def environment(settings: Settings, ports: Ports | None = None) -> dict[str, str]:
    """Every variable an Airflow process of this state directory needs, added to the caller's own.

    Holds passwords: for the environment of a child process, never for a log. Without ``ports`` nothing
    listens (``dag.test``, ``db migrate``). Raises what :func:`o7_warehouse.warehouse.airflow_url` raises.
    """
    home, secrets, metadata_url = airflow_home(settings), settings.secrets, airflow_url(settings)
    given = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    own = TUNING | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.root / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__FERNET_KEY": secrets.fernet_key,
        "AIRFLOW__API__SECRET_KEY": secrets.jwt_secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.jwt_secret,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata_url,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "O7_STATE": str(settings.state),
        # What is running may have other addresses than the environment names.
        "O7_WAREHOUSE_DSN": settings.warehouse_dsn or "",
        "O7_WAREHOUSE_TLS": settings.warehouse_tls,
        "O7_WAREHOUSE_TARGET": settings.warehouse_target,
        "O7_AIRFLOW_DSN": settings.airflow_dsn or "",
        "O7_SOURCE_DSN": settings.source_dsn or "",
        "O7_DROP": str(settings.drop or ""),
        "O7_EXECUTOR": settings.executor,
        "O7_CELERY_BROKER": settings.celery_broker or "",
        "O7_SIGN_IN": settings.sign_in,
        "PYTHONPATH": str(settings.root),
        # Airflow's programs call one another by name.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), given.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
    }
    if settings.executor == "celery":
        own |= celery_variables(settings, metadata_url)
    own |= sign_in_variables(settings, home)
    return given | own | (_listening(ports) if ports is not None else {})


def _listening(ports: Ports) -> dict[str, str]:
    """Where Airflow's programs listen and find one another."""
    base = f"http://127.0.0.1:{ports.api}"
    return {
        "AIRFLOW__API__PORT": str(ports.api),
        "AIRFLOW__API__BASE_URL": base,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base}/execution/",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_logs),
    }


def prepare_home(settings: Settings) -> Path:
    """Make ``AIRFLOW_HOME`` with its local settings and the administrator's password; safe to repeat."""
    home = airflow_home(settings)
    for folder in ("config", "logs", "plugins"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    _write_if_changed(home / "config" / "airflow_local_settings.py", LOCAL_SETTINGS)
    passwords = json.dumps({ADMIN_USER: settings.secrets.airflow_admin_password})
    _write_if_changed(home / PASSWORDS, passwords, mode=0o600)
    return home


def _write_if_changed(path: Path, text: str, mode: int = 0o644) -> None:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.touch(mode=mode)
    path.write_text(text, encoding="utf-8")


def program(*arguments: str) -> list[str]:
    """The command line of one of Airflow's programs in this environment."""
    return [sys.executable, "-P", "-m", "airflow", *arguments]


def migrate(settings: Settings, say: Callable[[str], None]) -> None:
    """Bring Airflow's own tables to this version; costs nothing when that was done before.

    Raises ServerError.
    """
    home = prepare_home(settings)
    done, wanted = home / "migrated", _migration_mark(settings)
    if wanted is not None and done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    say("preparing Airflow's own tables")
    log = home / "logs" / "migrate.log"
    with log.open("wb") as words:
        code = subprocess.run(
            program("db", "migrate"),
            env=environment(settings),
            cwd=home,
            stdout=words,
            stderr=words,
            check=False,
        ).returncode
    if code != 0:
        raise ServerError(
            f"'airflow db migrate' ended with {code}. Without its tables Airflow cannot run. Read {log}."
        )
    if wanted is not None:
        done.write_text(wanted, encoding="utf-8")


def _migration_mark(settings: Settings) -> str | None:
    """What Airflow's tables belong to, and the cluster they were made in; None for a database we cannot know."""
    if settings.airflow_dsn:
        return None
    lock = (settings.root / "requirements.lock").read_text(encoding="utf-8")
    versions = [line.split()[0] for line in lock.splitlines() if line.startswith(MIGRATED)]
    made = (settings.state / "postgres" / "data" / "PG_VERSION").stat().st_mtime_ns
    return f"{' '.join(versions)} {made}\n"
