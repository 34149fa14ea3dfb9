"""State directories of journeys: walking a night in one, and everything that is to stay equal, taken down."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2

from o7_warehouse import server, steps
from o7_warehouse.indicators import indicator_rows, leaf_rows
from o7_warehouse.persons import FACTS
from o7_warehouse.report.registry import load_report
from o7_warehouse.settings import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# The same pseudonyms in every state directory, so that facts can be compared between two.
KEY = "22" * 32
# Rows as text, without the identities of runs and loads, which differ by nature.
DIGEST = """
    select md5(coalesce(string_agg(fact.row, e'\\n' order by fact.row), ''))
    from (
        select (to_jsonb(line) - '_batch_id' - 'build_id' - 'run_id')::text as row from {table} as line
    ) as fact
"""


@dataclass(frozen=True)
class Walked:
    """How a walk ended."""

    code: int
    run_id: str
    words: str


@dataclass(frozen=True)
class Seen:
    """What can be read of a warehouse after a walk; equal means byte for byte."""

    published: dict[str, str]  # night -> the run behind it
    figures: dict[str, list[dict[str, Any]]]  # night -> objects of ./o7 indicators
    leaves: dict[str, list[dict[str, Any]]]
    facts: dict[str, str]  # table of raw, marts or history -> digest of its rows
    reports: dict[str, str]  # file -> digest


@dataclass(frozen=True)
class State:
    """One state directory and the source its nights come from."""

    folder: Path

    def settings(self, **named: str) -> Settings:
        """Settings of the state directory."""
        return Settings.load(self.folder, {"O7_PSEUDONYM_KEY": KEY, **named})

    def walk(self, *options: str, **named: str) -> Walked:
        """Walk a night in a process of its own; ``named`` are settings, as O7_DROP."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "o7_warehouse.walk", str(self.folder), *options],
            env=environment | {"PYTHONPATH": str(ROOT), "O7_PSEUDONYM_KEY": KEY, **named},
            capture_output=True,
            text=True,
            check=False,
        )
        return Walked(done.returncode, done.stdout.strip(), done.stderr)

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement as the administrator."""
        with self.asking() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def asking(self, database: str = "warehouse") -> Iterator[Cursor]:
        """The administrator's cursor in a database of the server."""
        with (
            server.running(self.settings()) as running,
            closing(psycopg2.connect(running.dsn(database, server.ADMIN))) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            yield cursor

    def see(self) -> Seen:
        """Take down everything that is published, the facts behind it, and the reports, also those on request."""
        settings = self.settings()
        with server.running(settings):
            published = dict(self.execute("select night::text, run_id::text from published.night"))
            # Documents of units are compared in tests/reports; here each would be written for every school.
            nights = sorted(dt.date.fromisoformat(night) for night in published)
            for night in nights:
                for report_id in set(steps.report_ids(settings)) - set(steps.nightly_report_ids(settings)):
                    if not load_report(report_id).is_per_unit:
                        steps.render_report(settings, report_id, night)
            return Seen(
                published=published,
                figures={night.isoformat(): indicator_rows(settings, night=night) for night in nights},
                leaves={night.isoformat(): leaf_rows(settings, night=night) for night in nights},
                facts=self.facts(),
                reports=self.reports(),
            )

    def reports(self) -> dict[str, str]:
        """Digest of every report as its reader finds it."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for shelf in ("reports", "school_reports")
            for path in (self.folder / shelf).glob("*/[!.]*/**/*")
            if path.is_file()
        }

    def facts(self) -> dict[str, str]:
        """Digest of every table of raw rows, marts and the histories of persons."""
        tables = self.execute(
            """
            select relation.oid::regclass::text from pg_class as relation
            where
                -- What the next night may go on from is unlogged: it speaks of whichever night came last.
                relation.relkind = 'r' and relation.relpersistence = 'p'
                and (
                    relation.relnamespace in ('marts'::regnamespace, 'quarantine'::regnamespace)
                    or relation.oid::regclass::text = any(%s)
                    or exists (
                        select 1 from pg_attribute as attribute
                        where
                            attribute.attrelid = relation.oid and attribute.attname = '_night_from'
                            and relation.relnamespace = 'raw_o7'::regnamespace
                    )
                )
            """,
            [history.table for history, _ in FACTS],
        )
        return {table: self.execute(DIGEST.format(table=table))[0][0] for (table,) in sorted(tables)}
