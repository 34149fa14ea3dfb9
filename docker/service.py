"""What each container of docker-compose.yml runs: the first word chooses the service.

Every password comes from the secrets.json of the shared state volume, made at the first start. So no secret stands
in the Compose file, in an image or in `docker inspect`, unless a person gives one by the environment.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from o7_warehouse import airflow_people, bootstrap, broker, cluster, databases
from o7_warehouse.airflow_environment import Ports, environment, prepare_home, program
from o7_warehouse.celery_environment import worker_words
from o7_warehouse.commands_watch import look
from o7_warehouse.console import say
from o7_warehouse.container_nights import run_night, run_smoke_night
from o7_warehouse.containers import address, database, named_source, servers, settings
from o7_warehouse.distributed import TARGET
from o7_warehouse.errors import O7Error, SettingsError
from o7_warehouse.queues import WORKERS
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import Settings
from o7_warehouse.synthetic import ensure_filled, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

# Who may do nothing but ask for a sign, and who may use Redis but not rule it.
BROKER_USERS = """\
user default on nopass -@all +ping
user o7_broker on >{password} ~* &* +@all -@admin -@dangerous
"""


def make_secrets() -> None:
    """Make secrets.json, and lay the passwords of PostgreSQL and Redis where their containers read them."""
    made = Settings.load().secrets
    for name, text in {
        "DATABASE_PASSWORD_FILE": made.role_password(ADMIN),
        "BROKER_PASSWORD_FILE": BROKER_USERS.format(password=made.role_password("o7_broker")),
    }.items():
        path = Path(os.environ[name])
        path.unlink(missing_ok=True)  # what was made before may not be written to
        path.write_text(text, encoding="ascii")
        path.chmod(0o444)  # the volume is shared with that container alone, whose account has another number


def join_cluster() -> None:
    """Make the servers of the profile "citus" one cluster; refused where nobody would use it."""
    if Settings.load().warehouse_target != TARGET:
        raise SettingsError(
            f"The profile citus is started, and O7_WAREHOUSE_TARGET is {Settings.load().warehouse_target!r}, so the "
            "warehouse would be on one server and the cluster empty. Set O7_WAREHOUSE_TARGET=citus, or leave the "
            "profile out (docs/citus.md)."
        )
    cluster.join(servers("CLUSTER_ADDRESSES"))


def initialise() -> None:
    """Make databases, roles and tables; bring Airflow's own, and who may do what there, to this version."""
    refuse_another_source()
    databases.ensure_databases(database())
    bootstrap.ensure(settings(), None)
    airflow_people.prepare(settings(), say)
    (Settings.load().state / "reports").mkdir(exist_ok=True)


def refuse_another_source() -> None:
    """Made-up pupils and real ones never meet in one state: their nights would stand beside each other."""
    mark, source = mark_of(Settings.load()), named_source()
    if source and mark.exists():
        raise SettingsError(
            f"{source} names a real О7, and {mark} says that the synthetic one was filled here: its made-up figures "
            "may be published in this state. Begin with empty volumes (docker/README.md), or unset the source."
        )


def fill_source() -> None:
    """Fill the synthetic О7 of the size the settings name, unless it is filled already or nobody will read it."""
    if source := named_source():
        say(f"{source} names a source, so no synthetic О7 is made.")
        return
    ensure_filled(Settings.load(), database(), say)


def airflow(*words: str) -> Callable[[], NoReturn]:
    """The service that is one of Airflow's programs."""

    def run() -> NoReturn:
        host, port = address("API_ADDRESS")
        if words[0] == "celery":
            broker.broker_address(settings())  # refused where nobody would give this worker a task
        if words[0] in {"scheduler", "celery"}:
            broker.refuse_silent_broker(settings())
        prepare_home(settings())
        variables = environment(
            settings(),
            Ports(api=port, worker_logs=int(os.environ.get("WORKER_LOGS_PORT", "8793")), reports=8081),
        ) | {
            "AIRFLOW__API__HOST": os.environ.get("LISTEN", "0.0.0.0"),  # noqa: S104 - inside a container's network
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{host}:{port}/execution/",
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "True",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": os.environ.get("HEALTH_PORT", "8974"),
        }
        os.execvpe(sys.executable, program(*words), variables)  # noqa: S606 - no shell is wanted

    return run


def pages(server: str, folder: str, port: tuple[str, str]) -> Callable[[], NoReturn]:
    """The service that shows a folder of the state, and nothing else."""

    def run() -> NoReturn:
        listen = os.environ.get("LISTEN", "0.0.0.0")  # noqa: S104 - inside a container's network
        command = ["-P", "-m", server, os.environ.get(*port), listen, str(Settings.load().state / folder)]
        os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - no shell is wanted

    return run


def sink_mail() -> NoReturn:
    """Take every mail and keep it in a folder: nothing leaves the machine."""
    folder = Settings.load().state / "mail"
    listen, port = os.environ.get("LISTEN", "0.0.0.0"), os.environ.get("MAIL_PORT", "8025")  # noqa: S104
    command = [
        "-P",
        "-m",
        "aiosmtpd",
        "-n",
        "-l",
        f"{listen}:{port}",
        "-c",
        "aiosmtpd.handlers.Mailbox",
        str(folder),
    ]
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - no shell is wanted


def keep_watch() -> None:
    """Watch from outside of the scheduler, for ever; the first look is late enough for the others to be up."""
    host, port = address("API_ADDRESS")
    watched = dataclasses.replace(settings(), airflow_url=f"http://{host}:{port}")
    seconds = int(os.environ.get("WATCH_SECONDS", "300"))
    while True:
        time.sleep(seconds)
        look(watched)


def smoke() -> None:
    """The night that runs by itself at the first start, and what it gave."""
    if run_smoke_night():
        toolbox("indicators")


def toolbox(*words: str) -> NoReturn:
    """Any command of ./o7, with the addresses of the containers put in."""
    there = settings()
    variables = os.environ | {
        "O7_WAREHOUSE_DSN": there.warehouse_dsn or "",
        "O7_AIRFLOW_DSN": there.airflow_dsn or "",
        "O7_SOURCE_DSN": there.source_dsn or "",
    }
    command = [sys.executable, "-P", "-m", "o7_warehouse", *words]
    os.execve(sys.executable, command, variables)  # noqa: S606 - no shell is wanted


def restore(*words: str) -> NoReturn:
    """A copy put in the place of a warehouse that was lost: into databases that are there, and empty."""
    databases.ensure_databases(database())
    toolbox("upkeep", "restore", *words)


# What is given more words than its name.
WITH_WORDS: dict[str, Callable[..., NoReturn]] = {"o7": toolbox, "restore": restore}
SERVICES: dict[str, Callable[[], None]] = {
    "secrets": make_secrets,
    "cluster": join_cluster,
    "init": initialise,
    "source": fill_source,
    "api-server": airflow("api-server"),
    "scheduler": airflow("scheduler"),
    "dag-processor": airflow("dag-processor"),
    **{name: airflow(*worker_words(name, queues)) for name, queues in WORKERS.items()},
    "reports": pages("o7_warehouse.report.serve", "reports", ("REPORTS_PORT", "8081")),
    "portal": pages("o7_warehouse.portal.serve", "portal/current", ("PORTAL_PORT", "8082")),
    "mail": sink_mail,
    "watch": keep_watch,
    "night": run_night,
    "smoke": smoke,
}


def main() -> None:
    """Run the service that the one argument names."""
    name, *words = sys.argv[1:] or [""]
    if name not in WITH_WORDS and (name not in SERVICES or words):
        sys.exit(
            f"Give one of: {', '.join(SERVICES)}, or o7 and a command of ./o7, or restore and the folder of a copy."
        )
    try:
        WITH_WORDS[name](*words) if name in WITH_WORDS else SERVICES[name]()
    except O7Error as error:
        say(f"{type(error).__name__}: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
