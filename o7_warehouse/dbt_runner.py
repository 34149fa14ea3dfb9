"""How dbt is run on the warehouse: its words, and what it reads from the environment.

dbt prints PostgreSQL's own words, and these may quote a child's data. So it is run silent (:data:`QUIET`), and what it
found is told by :mod:`o7_warehouse.dbt_results`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from o7_warehouse import rebuild, runs, standing_catalogue, steps, warehouse

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from o7_warehouse.settings import Settings

PROFILE = "o7"
QUIET = (
    "--log-level",
    "none",
    "--log-level-file",
    "none",
    "--no-use-colors",
    "--no-send-anonymous-usage-stats",
)
# The step in which pupils are built: what the tables hold is decided before it and known after it.
OF_PUPILS = "facts"


def target_path(settings: Settings) -> Path:
    """Where dbt keeps what it parsed and compiled."""
    return settings.state / "dbt" / "target"


def results_path(settings: Settings) -> Path:
    """Where a build leaves what it did, with PostgreSQL's own words."""
    return target_path(settings) / "run_results.json"


def command(settings: Settings, step: str) -> list[str]:
    """The words by which dbt builds a step where no task of Airflow does."""
    project = str(settings.root / "dbt_project")
    return [
        *QUIET, "build", "--select", *steps.BUILDS[step].split(), "--indirect-selection", "buildable",
        "--project-dir", project, "--profiles-dir", project, "--profile", PROFILE,
        "--target", settings.warehouse_target, *flags(settings, step),
    ]  # fmt: skip


def flags(settings: Settings, step: str) -> list[str]:
    """The options of ``dbt build`` for a step of a night: unit tests belong to the tests, not to a night.

    dbt writes the whole project down as it begins and once more as it ends, most of a second together. Nobody reads
    that but the lineage, and it stays the same until the catalogue is built anew: so it is written there, or where it
    is missing. Elsewhere dbt writes nothing, and
    :func:`o7_warehouse.dbt_results.write_results` must.
    """
    is_told = step == standing_catalogue.STEP or not (target_path(settings) / "manifest.json").exists()
    return [
        "--exclude-resource-type", "unit_test",
        "--target-path", str(target_path(settings)),
        "--log-path", str(settings.state / "dbt" / "logs"),
        *([] if is_told else ["--no-write-json"]),
    ]  # fmt: skip


def environment(
    settings: Settings, *, night: date, build_id: str, is_partial: bool = False
) -> dict[str, str]:
    """What dbt's profile and macros read: the warehouse, night and build, and whether only what changed is built."""
    return warehouse.dbt_environment(settings) | {
        "O7_DBT_NIGHT": night.isoformat(),
        "O7_DBT_BUILD": build_id,
        "O7_DBT_TOUCHED_ONLY": "yes" if is_partial else "",
    }


def is_standing(settings: Settings, *, run_id: str, step: str) -> bool:
    """Whether a step need not be built at all; its record says so then.

    Raises what :func:`o7_warehouse.standing_catalogue.stands` raises.
    """
    began = datetime.now(UTC)
    with warehouse.translated(step):
        if step != standing_catalogue.STEP or not standing_catalogue.stands(settings, run_id):
            return False
    with steps.recorded(settings, step, run_id, began=began):
        return True


def begin(settings: Settings, *, run_id: str, step: str) -> dict[str, str]:
    """Before dbt builds a step of a run, as far as :mod:`o7_warehouse.rebuild` decided before the first one.

    Forgets the results of the build before. Returns what dbt's profile and macros read.
    """
    results_path(settings).unlink(missing_ok=True)
    if step == OF_PUPILS:
        is_partial = rebuild.decide(settings, run_id).since is not None
    elif step == standing_catalogue.STEP:
        standing_catalogue.forget(settings)
        # It is built before that is decided, the same either way; told what the night before was, dbt need not read
        # models again.
        is_partial = rebuild.was_partial(settings)
    else:
        is_partial = rebuild.since(settings, run_id) is not None
    night = runs.current(settings, run_id).night
    return environment(settings, night=night, build_id=run_id, is_partial=is_partial)


def begin_apart(settings: Settings, *, night: date, build_id: str) -> dict[str, str]:
    """Before a build that belongs to no run: it builds everybody, and the next night cannot go on from it.

    Returns what dbt's profile and macros read.
    """
    results_path(settings).unlink(missing_ok=True)
    with warehouse.transaction(settings, rebuild.ROLE) as connection, connection.cursor() as cursor:
        rebuild.forget(cursor)
    return environment(settings, night=night, build_id=build_id)
