"""What of a night dbt builds: the pupils whose rows changed since the night built last, or everybody.

Staging, intermediate and marts hold one night. Where that is an earlier one, made by this very code from rows that
nobody has changed since, most of it is tonight's as well: only pupils with a new, ended or put aside row, with a date
that comes into force, or in a class or school that changed are built anew. Anything that may reach every pupil
(a catalogue, the school year, a register of content) builds everybody. What is kept is compared with what everybody
anew would give by a test over eventful nights.
"""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from o7_warehouse import runs, touched
from o7_warehouse.contract import read_contract
from o7_warehouse.warehouse import connect, transaction, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.run_records import OpenedRun
    from o7_warehouse.settings import Settings

ROLE: Final = "o7_transformer"
BUILD_LOCK: Final = 7_022_005
PATIENCE: Final = "60s"
# Above this share of the pupils the rows are read and sorted twice for nothing.
WORTH_IT: Final = 0.25
DECIDING: Final = ("contracts/*.yml", "dbt_project/**/*.sql", "dbt_project/**/*.yml", "dbt_project/seeds/*.csv",
                   "o7_warehouse/raw_indexes.py", "o7_warehouse/rebuild.py", "o7_warehouse/touched.py")  # fmt: skip
PROGRAMS: Final = ("dbt-core", "dbt-adapters", "dbt-postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a night builds: the pupils touched since a night, or everybody (``since`` None) for a reason, in Russian."""

    since: date | None
    says: str


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One build at a time: two would take out and put in one another's rows.

    A try of a task that was given up for lost may be alive and building: the next one waits for it, and for no longer
    than :data:`PATIENCE`. The lock goes with the process. Raises WarehouseUnavailableError, so that it is tried again.
    """
    with closing(connect(settings, ROLE)) as connection:
        connection.autocommit = True
        with translated("waiting for another build to end"), connection.cursor() as cursor:
            cursor.execute("select set_config('lock_timeout', %s, false)", (PATIENCE,))
            cursor.execute("select pg_advisory_lock(%s)", (BUILD_LOCK,))
        yield


def decide(settings: Settings, run_id: str) -> Scope:
    """Decide what the run builds and write it down; from here on the marts are of no whole night.

    Raises NightError when the run may not work any more, CatalogueError for an entity of the contract of which
    nobody said whom its rows reach.
    """
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        run = runs.fence(cursor, run_id)
        base = held(cursor, settings)
        scope = _decided(cursor, settings, run, base[1] if base else None)
        forget(cursor)
        cursor.execute("delete from rebuild.scope")
        cursor.execute(
            "insert into rebuild.scope (run_id, night, since) values (%s, %s, %s)",
            (run_id, run.night, scope.since),
        )
        cursor.execute(
            "insert into audit.gate_finding (run_id, gate, check_id, outcome, message)"
            " values (%s, 'build', 'scope', 'pass', %s)",
            (run_id, scope.says),
        )
    return scope


def since(settings: Settings, run_id: str) -> date | None:
    """The night since which the run builds what changed; None: it builds everybody."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select since from rebuild.scope where run_id = %s", (run_id,))
        found = cursor.fetchone()
    return found[0] if found else None


def was_partial(settings: Settings) -> bool:
    """Whether the run that decided last built only what changed."""
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        cursor.execute("select exists (select from rebuild.scope where since is not null)")
        [(answer,)] = cursor.fetchall()
    return bool(answer)


def remember(cursor: Cursor, settings: Settings, run_id: str) -> None:
    """Note that staging, intermediate and marts hold the run's night, whole."""
    cursor.execute(
        "insert into rebuild.built_state (run_id, night, project_digest)"
        " select run_id, night, %s from rebuild.scope where run_id = %s",
        (project_digest(settings), run_id),
    )


def held(cursor: Cursor, settings: Settings) -> tuple[str, date] | None:
    """The run and night that the tables hold whole, made by this code; None: nobody can tell."""
    cursor.execute(
        "select run_id::text, night from rebuild.built_state where project_digest = %s",
        (project_digest(settings),),
    )
    found: tuple[str, date] | None = cursor.fetchone()
    return found


def forget(cursor: Cursor) -> None:
    """Note that nobody can tell any more which night staging, intermediate and marts hold."""
    cursor.execute("delete from rebuild.built_state")


def project_digest(settings: Settings) -> str:
    """A hash over everything that decides what dbt makes of given rows, and where it puts them."""
    programs = " ".join(f"{name}=={version(name)}" for name in PROGRAMS)
    digest = hashlib.sha256(f"{settings.warehouse_target}\0{programs}\0".encode())
    for path in sorted({path for pattern in DECIDING for path in settings.root.glob(pattern)}):
        digest.update(path.relative_to(settings.root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _decided(cursor: Cursor, settings: Settings, run: OpenedRun, base: date | None) -> Scope:
    if base is None:
        return _everybody("построенной тем же кодом ночи нет")
    if base >= run.night:
        return _everybody(f"построена ночь {base:%d.%m.%Y}, не более ранняя")
    cursor.execute(touched.CHANGES_FOR_ALL, {"base": base, "night": run.night})
    [changes] = cursor.fetchall()
    if reasons := [reason for reason, holds in zip(touched.REASONS, changes, strict=True) if holds]:
        return _everybody("; ".join(reasons))
    contract = read_contract(settings.root)
    if entity := touched.entity_for_all(cursor, contract, base=base, night=run.night):
        return _everybody(f"изменились записи {entity}, которые касаются всех")
    count, known = touched.collect(cursor, contract, base=base, night=run.night)
    if count > WORTH_IT * known:
        return _everybody(f"с ночи {base:%d.%m.%Y} изменилось слишком многое: {count} учащихся из {known}")
    return Scope(
        since=base, says=f"Построены изменившиеся с ночи {base:%d.%m.%Y}: {count} учащихся из {known}"
    )


def _everybody(reason: str) -> Scope:
    return Scope(since=None, says=f"Построены все учащиеся: {reason}")
