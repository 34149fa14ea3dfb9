"""What people do with editions, in few words, and what may go wrong around them."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from o7_warehouse.audit.seal import seal_ended
from o7_warehouse.editions import decide
from o7_warehouse.editions.draft import draft
from o7_warehouse.editions.folders import editions_folder, set_folder
from o7_warehouse.editions.ledger import EditionId, events_of, last_event
from o7_warehouse.editions.periods import Period
from o7_warehouse.editions.verify import verify
from o7_warehouse.gate_out import VERDICT
from o7_warehouse.report.render import exchange
from o7_warehouse.warehouse import connect, transaction
from tests.reports import republic

if TYPE_CHECKING:
    from pathlib import Path

    from o7_warehouse.editions.checklist import Checklist
    from o7_warehouse.editions.findings import Finding
    from o7_warehouse.settings import Settings

QUARTER_BEFORE, EARLY, LAST = dt.date(2025, 9, 30), dt.date(2025, 12, 15), dt.date(2025, 12, 31)
TODAY = dt.date(2026, 1, 2)
Q3, Q4 = Period.parse("2025-Q3"), Period.parse("2025-Q4")
FIRST = EditionId(Q4, 1)
AUDITED = ("run", "run_outcome", "rule_result", "row_account", "gate_finding")
REGION = republic.REGION
LEDGER = ("edition_event", "edition_file")
MADE: dict[Period, Made] = {}
AUTHOR, CHIEF = "И. И. Иванова", "А. А. Петров"
# One pupil more meets 4.1, in figures of a table of build.
ONE_MORE = """
    update indicators.{table}
    set numerator = numerator + 1, value = round(100 * (numerator + 1) / denominator::numeric, 6)
    where build_id = %s and indicator = '4.1'
"""
ADD = """
    insert into audit.edition_event (
        edition_id, event_no, event, period, revision, night, run_id, manifest_sha256, by_whom, reason, detail
    )
    select
        %(edition)s, coalesce(max(event_no), 0) + 1, %(event)s, %(period)s, %(revision)s, %(night)s, %(run_id)s,
        %(manifest)s, %(by)s, %(reason)s, '{}'
    from audit.edition_event where edition_id = %(edition)s
"""


def run_of(night: dt.date) -> str:
    """The run that published a night of the republic."""
    return str(uuid.UUID(int=night.toordinal()))


def pass_gate(cursor: Any, night: dt.date) -> None:
    """Let the run of a night pass the gate out and end well."""
    cursor.execute(
        "insert into audit.gate_finding (run_id, gate, check_id, outcome, message) values (%s, 'out', %s, 'pass', '')",
        (run_of(night), VERDICT),
    )
    cursor.execute("insert into audit.run_outcome (run_id, outcome) values (%s, 'success')", (run_of(night),))


@dataclass(frozen=True)
class Made:
    """A draft that was made once: its files, and what the ledger says of it."""

    files: dict[str, bytes]
    events: list[str]
    file_rows: list[str]


@dataclass
class Desk:
    """The settings of a warehouse and the administrator's cursor in it."""

    settings: Settings
    cursor: Any

    def municipality(self) -> str:
        """The code of one municipality, in the order of their codes the second."""
        self.cursor.execute(
            "select org_unit_code from indicators.org_units where level = 'municipality' and build_id = %s order by 1",
            (run_of(LAST),),
        )
        return str(self.cursor.fetchall()[1][0])

    def draft(
        self, period: Period = Q4, *, by: str = AUTHOR, reason: str | None = None, today: dt.date = TODAY
    ) -> Checklist:
        """Draft the edition the period waits for."""
        return draft(self.settings, period, by_whom=by, reason=reason, today=today)[1]

    def drafted(self, period: Period = Q4) -> None:
        """The first draft of a period, rendered by the first test that needs it and laid out again for the others."""
        made = MADE.get(period)
        if made is None:
            self.draft(period)
            MADE[period] = Made(
                self.files(EditionId(period, 1)), *(self._rows(f"audit.{table}", period) for table in LEDGER)
            )
            return
        exchange(editions_folder(self.settings), str(EditionId(period, 1)), made.files)
        for table, rows in zip(LEDGER, (made.events, made.file_rows), strict=True):
            for row in rows:
                self.cursor.execute(
                    f"insert into audit.{table} select * from json_populate_record(null::audit.{table}, %s)",
                    (row,),
                )

    def _rows(self, table: str, period: Period) -> list[str]:
        self.cursor.execute(
            f"select to_json(line)::text from {table} as line where edition_id = %s",
            (str(EditionId(period, 1)),),
        )
        return [row for (row,) in self.cursor.fetchall()]

    def submit(self, edition: EditionId = FIRST, *, by: str = AUTHOR) -> Checklist:
        """Hand it over."""
        return decide.submit(self.settings, edition, by_whom=by, today=TODAY)

    def approve(self, edition: EditionId = FIRST, *, by: str = CHIEF) -> Checklist:
        """Approve it."""
        return decide.approve(self.settings, edition, by_whom=by, today=TODAY)

    def reject(self, edition: EditionId = FIRST, *, by: str = CHIEF, reason: str = "Опечатка") -> None:
        """Send it back."""
        decide.reject(self.settings, edition, by_whom=by, reason=reason)

    def issue(self, edition: EditionId = FIRST, *, by: str = AUTHOR) -> None:
        """Issue it."""
        decide.issue(self.settings, edition, by_whom=by)

    def issued(self, period: Period = Q4) -> EditionId:
        """The whole way of a first edition."""
        edition = EditionId(period, 1)
        self.drafted(period)
        self.submit(edition)
        self.approve(edition)
        self.issue(edition)
        return edition

    def at(self, event: str) -> None:
        """Bring the first edition of the quarter to where its last event is this one."""
        way = {
            "": [], "draft": [self.drafted], "submitted": [self.drafted, self.submit],
            "rejected": [self.drafted, self.submit, self.reject],
            "approved": [self.drafted, self.submit, self.approve],
            "issued": [self.drafted, self.submit, self.approve, self.issue],
        }  # fmt: skip
        for step in way[event]:
            step()

    def events(self, edition: EditionId = FIRST) -> list[str]:
        """What happened to it, in order."""
        return [one.event for one in events_of(self.cursor, edition)]

    def folder(self, edition: EditionId = FIRST) -> Path:
        """Where its set lies."""
        return set_folder(self.settings, edition)

    def files(self, edition: EditionId = FIRST) -> dict[str, bytes]:
        """Its set."""
        return {path.name: path.read_bytes() for path in self.folder(edition).iterdir()}

    def findings(self, edition: EditionId = FIRST) -> list[Finding]:
        """What a check of it finds."""
        return verify(self.settings, edition).findings

    def publish_anew(self, night: dt.date = LAST) -> str:
        """Let another build stand for a night, with one pupil more in the numerator of 4.1 of the republic."""
        other = str(uuid.uuid4())
        self.cursor.execute(
            "select relname::text from pg_class where relkind = 'r' and relnamespace = 'indicators'::regnamespace"
        )
        for (table,) in self.cursor.fetchall():
            self._copy(f"indicators.{table}", "build_id", run_of(night), other)
        self.cursor.execute("alter table audit.run alter column run_no drop identity if exists")
        for table in AUDITED:
            self._copy(f"audit.{table}", "run_id", run_of(night), other)
        self.cursor.execute(
            "update audit.run set run_no = (select max(run_no) + 1 from audit.run) where run_id = %s",
            (other,),
        )
        seal_ended(self.cursor)
        self.cursor.execute(
            "update indicators.indicator_values set numerator = numerator + 1,"
            " value = round(100 * (numerator + 1) / denominator::numeric, 6)"
            " where build_id = %s and indicator = '4.1' and level = 'region' and education_stage = 'all'",
            (other,),
        )
        self.cursor.execute(
            "update published.night set build_id = %s, run_id = %s, published_at = clock_timestamp() where night = %s",
            (other, other, night),
        )
        return other

    def _copy(self, table: str, column: str, old: str, new: str) -> None:
        self.cursor.execute(
            f"create temporary table copied as select * from {table} where {column} = %s", (old,)
        )
        self.cursor.execute(f"update pg_temp.copied set {column} = %s", (new,))
        self.cursor.execute(f"insert into {table} select * from pg_temp.copied")
        self.cursor.execute("drop table pg_temp.copied")


def words(desk, event, **changed):
    """An event as it would follow the last one, but for what is changed."""
    kept = {"night": LAST, "run_id": run_of(LAST), "manifest": "0" * 64}
    if event != "draft" and desk.events():
        last = last_event(desk.cursor, FIRST)
        kept = {"night": last.night, "run_id": last.run_id, "manifest": last.manifest_sha256}
    return {
        "edition": "2025-Q4-01", "period": "2025-Q4", "revision": 1, "event": event, "by": CHIEF, "reason": "x"
    } | kept | changed  # fmt: skip


def added(desk, event, **changed):
    """Let the role of the program write an event by hand, past the program."""
    write(desk, words(desk, event, **changed))


def write(desk, event):
    """The same for an event that is given whole."""
    with closing(connect(desk.settings, "o7_reporter")) as connection, connection.cursor() as cursor:
        cursor.execute(ADD, event)
        connection.commit()


def at_once(desk, first, second):
    """Two people's steps, begun while the period is held; what each ended with."""
    with ThreadPoolExecutor(max_workers=2) as people:
        with transaction(desk.settings, "o7_reporter") as connection, connection.cursor() as cursor:
            cursor.execute("select audit.edition_lock('2025-Q4')")
            begun = [people.submit(step) for step in (first, second)]
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            while desk.cursor.execute(waiting) or desk.cursor.fetchone() != (2,):
                assert not any(one.done() for one in begun), "a step waited for nobody"
        return [one.exception(timeout=60) for one in begun]
