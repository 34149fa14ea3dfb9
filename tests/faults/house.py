"""The house the faults meet: attempts at a second night, and everything of the first one that must stay."""

from __future__ import annotations

import csv
import re
import subprocess
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from o7_warehouse import server, steps
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import O7Error
from tests.conftest import open_folder
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from o7_warehouse.server import Server
    from o7_warehouse.settings import Settings
    from o7_warehouse.steps import Failure

FIRST, SECOND = "2025-12-15", "2025-12-16"
LINE = ("extract", "check_delivery", "load")
# Shorter values are words that a message may hold by itself.
SHORTEST = 5
# Codes of the contract are words too, «permanent», «municipal»; and a wrong birth date may be a night of the tests.
NO_SIGN = re.compile(r"[a-z_]+|2025-12-\d\d")
# Every table of the warehouse but tonight's and the gate's workplace, as one number; of the audit, what it says of the
# good run.
TABLES = """
    select relation.oid::regclass::text, relation.relnamespace = 'audit'::regnamespace
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where
        (relation.relkind = 'r' or relation.relkind = 'v' and namespace.nspname = 'published')
        and namespace.nspname not in ('pg_catalog', 'information_schema', 'landing', 'gate')
        -- Notes of what raw holds, which whoever asks for them makes again.
        and relation.relname not in ('fingerprint', 'fingerprint_state')
    order by 1
"""
DIGEST = """
    select '{table}', count(*), coalesce(sum(hashtextextended(line::text, 0)), 0) from {table} as line {those}
"""


@dataclass(frozen=True)
class House:
    """A state directory after a good night."""

    state: State
    server: Server
    run_id: str
    good: dict[str, tuple[int, Any]]

    @classmethod
    def after(cls, state: State, server: Server, run_id: str) -> House:
        """The house as the good run has left it."""
        empty = cls(state, server, run_id, {})
        return cls(state, server, run_id, empty.standing())

    def standing(self) -> dict[str, tuple[int, Any]]:
        """Digest of everything that a refused night may not touch: rows, figures, the good run's audit, reports."""
        found: dict[str, tuple[int, Any]] = {
            name: (1, digest) for name, digest in self.state.reports().items()
        }
        with self.state.asking() as cursor:
            cursor.execute(TABLES)
            statements = [
                DIGEST.format(table=table, those=f"where run_id = '{self.run_id}'" if is_audit else "")
                for table, is_audit in cursor.fetchall()
            ]
            cursor.execute(" union all ".join(statements))
            return found | {table: (rows, int(digest)) for table, rows, digest in cursor.fetchall()}

    def settings(self, **named: str) -> Settings:
        """Settings of this state directory, as the environment would give them."""
        return self.state.settings(**named)

    def attempt(self, night: date | None = None, until: str = LINE[-1], **named: str) -> Attempt:
        """Open a night of the source that ``named`` gives and take it to ``until``, as the tasks of the DAG do."""
        settings, run_id = self.settings(**named), str(uuid.uuid4())
        todo = ["open_night", *LINE[: LINE.index(until) + 1]]
        try:
            steps.open_night(settings, run_id=run_id, night=night, trigger="test")
            todo.pop(0)
            while todo:
                steps.perform(settings, todo[0], run_id)
                todo.pop(0)
        except O7Error:
            return Attempt(run_id, steps.close_night(settings, run_id, unfinished=todo), self.said(run_id))
        steps.close_night(settings, run_id, unfinished=[])
        return Attempt(run_id, None, self.said(run_id))

    def said(self, run_id: str) -> str:
        """Everything the warehouse keeps in words about a run."""
        with self.state.asking() as cursor:
            cursor.execute(
                """
                select message from audit.contract_finding where run_id = %(run)s
                union all select message from audit.gate_finding where run_id = %(run)s
                union all select message from audit.run_outcome where run_id = %(run)s
                union all select detail::text from audit.task_record where run_id = %(run)s
                """,
                {"run": run_id},
            )
            return "\n".join(words for (words,) in cursor.fetchall())


@contextmanager
def moved_in(first_night: State) -> Iterator[House]:
    """A house in a copy of the state directory, its server running while the block lasts."""
    with open_folder() as folder:
        state = State(folder / "house")
        subprocess.run(["cp", "-a", "--reflink=auto", str(first_night.folder), str(state.folder)], check=True)
        with server.running(state.settings()) as running:
            [(run_id,)] = state.execute("select run_id::text from audit.run")
            # What stands is looked up after every test, and most of its tables are new to the planner.
            state.execute("analyze")
            yield House.after(state, running, run_id)


@dataclass(frozen=True)
class Attempt:
    """How a night ended, and every word kept about it."""

    run_id: str
    failure: Failure | None
    said: str


@lru_cache
def personal_values(world: Path) -> frozenset[str]:
    """Every value of a night that belongs to a pupil, to the parents or to the staff."""
    found = set()
    for entity in read_contract().entities:
        if not entity.owner or entity.owner == "source_id":
            continue
        columns = [
            one.name for one in entity.columns if one.sensitivity != "N" and one.type in {"text", "date"}
        ]
        with (world / SECOND / f"{entity.name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                found |= {row[name] for name in columns if len(row[name]) >= SHORTEST}
    return frozenset(value for value in found if not NO_SIGN.fullmatch(value))


def told_of_persons(words: str, world: Path) -> list[str]:
    """The personal values that stand in the words; there must be none."""
    return sorted(value for value in personal_values(world) if value in words)


def assert_refused(
    attempt: Attempt, world: Path, *, step: str, error: type[O7Error], says: tuple[str, ...]
) -> None:
    """The attempt ended at the step, with the error, telling what, why and what to do, and of no person."""
    failure = attempt.failure
    assert failure is not None, "the delivery was accepted"
    ended = (failure.step, failure.error, failure.exit_code)
    assert ended == (step, error.__name__, error.exit_code), failure
    places = [failure.message.find(words) for words in says]
    assert len(says) == 3
    assert -1 not in places, failure.message
    assert places == sorted(places), failure.message
    told = told_of_persons(f"{failure.message}\n{attempt.said}", world)
    assert told == [], told
