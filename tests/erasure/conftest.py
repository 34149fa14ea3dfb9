"""A warehouse after a night with canaries, the same under another key, and after a pupil and a teacher were erased."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import server
from o7_warehouse.audit_pages.build import write_pages
from o7_warehouse.editions import decide
from o7_warehouse.editions.draft import draft
from o7_warehouse.editions.folders import set_folder
from o7_warehouse.editions.periods import Period
from o7_warehouse.erasure.erase import erase
from o7_warehouse.erasure.persons import Person
from o7_warehouse.errors import ErasureError
from o7_warehouse.pseudonyms import pseudonym
from o7_warehouse.rotation import rotate
from o7_warehouse.secrets import FILE_NAME
from o7_warehouse.server import ADMIN
from o7_warehouse.settings import ROOT
from o7_warehouse.upkeep.backup import backup
from o7_warehouse.warehouse import transaction
from o7_warehouse.worklist.files import folder_for, write_worklists
from o7_warehouse.worklist.rows import read_worklists
from tests.conftest import open_folder
from tests.faults.canaries import CONTACTS, NORMAL, PUPIL, VALID, plant
from tests.faults.house import FIRST, SECOND
from tests.faults.planting import rows_of
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_warehouse.editions.ledger import EditionId
    from o7_warehouse.settings import Settings

DAY = dt.date.fromisoformat(FIRST)
# The key of the pseudonyms is that of secrets.json, for it is changed before anybody is erased.
NO_KEY = {"O7_PSEUDONYM_KEY": ""}
QUARTER, REPORTED_ON = Period.parse("2025-Q4"), dt.date(2026, 1, 2)
REASON, BY = "Отзыв согласия законного представителя", "И. И. Уничтожаев"
# What stands for the pupil alone; the class bears a name that was typed for a pupil, and is not his row.
OWN = {
    PUPIL,
    *(value for columns in VALID.values() for value in columns.values() if len(value) > 4),
    *(contact["value"] for contact in CONTACTS),
    *NORMAL,
}
FIGURES = """
    select md5(string_agg(line::text, '|' order by line::text)) from {table} as line
"""
OTHERS = """
    select md5(string_agg(line::text, '|' order by line::text)) from raw_o7.person as line
    where line.source_id <> '{pupil}'
"""


@dataclass
class Erasure:
    """The state directory, who was erased, and what stood there before."""

    state: State
    drops: Path
    teacher: str
    first_run: str
    before: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    old_copy: str = ""
    said: str = ""
    edition: EditionId | None = None
    sealed: dict[str, bytes] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Settings of the state directory, whose key has changed once."""
        return self.state.settings(**NO_KEY)

    @property
    def persons(self) -> list[Person]:
        """Whom the erasure is about."""
        return [Person("student", PUPIL), Person("staff", self.teacher)]

    @property
    def words(self) -> set[str]:
        """Everything that stands for them alone, their pseudonyms among it."""
        key = self.settings.pseudonym_key
        return OWN | {self.teacher} | {str(pseudonym(key, one.kind, one.identity)) for one in self.persons}

    def issue(self) -> None:
        """Issue the edition of the quarter, and note its bytes."""
        author, chief = "И. И. Иванова", "А. А. Петров"
        edition, _ = draft(self.settings, QUARTER, by_whom=author, reason=None, today=REPORTED_ON)
        decide.submit(self.settings, edition, by_whom=author, today=REPORTED_ON)
        decide.approve(self.settings, edition, by_whom=chief, today=REPORTED_ON)
        decide.issue(self.settings, edition, by_whom=author)
        self.edition, self.sealed = edition, self.files_of(edition)

    def files_of(self, edition: EditionId) -> dict[str, bytes]:
        """The set of an edition as it lies there."""
        return {path.name: path.read_bytes() for path in set_folder(self.settings, edition).iterdir()}

    def digests(self) -> dict[str, str]:
        """Of every table of figures, and of the other pupils' rows."""
        tables = self.state.execute(
            "select oid::regclass::text from pg_class where relkind = 'r'"
            " and relnamespace in ('indicators'::regnamespace) order by 1"
        )
        asked = {table: FIGURES.format(table=table) for (table,) in tables}
        asked["others"] = OTHERS.format(pupil=PUPIL)
        return {name: self.state.execute(statement)[0][0] for name, statement in asked.items()}

    def command(self, given: str, *options: str) -> subprocess.CompletedProcess[str]:
        """``./o7 erase`` with identities of pupils on its input."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
        return subprocess.run(
            [
                sys.executable, "-P", "-m", "o7_warehouse", "erase", "--state", str(self.state.folder),
                "--student-id-file", "-", *options,
            ],
            env=environment | {"PYTHONPATH": str(ROOT)},
            input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="session")
def nights() -> Iterator[Path]:
    """Two nights of a very small world, a pupil of it made recognisable."""
    with open_folder() as drops:
        simulate("--pupils", "60", "--nights", "2", "--to", str(drops))
        plant(drops / FIRST)
        plant(drops / SECOND)
        yield drops


@pytest.fixture(scope="session")
def erased(nights: Path) -> Iterator[Erasure]:
    """After another key and an erasure that found a copy somebody had made, was refused its act, and was run again."""
    with open_folder() as folder:
        state = State(folder)
        with server.running(state.settings()):
            run_id = arrived(state.walk(O7_DROP=str(nights / FIRST), **NO_KEY))
            [teacher, *_] = [row["source_id"] for row in rows_of(nights / FIRST, "staff_person")]
            erasure = Erasure(state, nights, teacher, run_id)
            settings = erasure.settings
            assert rotate(settings) is not None
            erasure.issue()
            # What people make of a night: worklists, pages, a copy of the delivery, and a copy nobody knows of.
            worklists, _ = read_worklists(settings, night=DAY, school=None)
            write_worklists(folder_for(settings, None), worklists)
            write_pages(settings, nights=None, folder=folder / "audit-pages")
            shutil.copytree(nights / FIRST, folder / "drops" / FIRST)
            (folder / "reports" / "notes.txt").write_text(f"ask about {PUPIL.upper()}", encoding="utf-8")
            erasure.before = erasure.digests()
            # A copy that somebody carries away: the erasure removes those in the state directory.
            copy = backup(settings, now=dt.datetime.now(dt.UTC))
            erasure.old_copy = copy.name
            shutil.copytree(copy, nights / "carried away")
            with pytest.raises(ErasureError) as refused:
                erase(settings, erasure.persons, reason=REASON, by_whom=BY)
            erasure.refusal = str(refused.value)
            assert not (folder / "erasures").exists()
            (folder / "reports" / "notes.txt").unlink()
            staff = folder.parent / f"{folder.name}-staff.txt"
            staff.write_text(f"{teacher}\n", encoding="utf-8")
            try:
                done = erasure.command(
                    f"{PUPIL}\n", "--staff-id-file", str(staff), "--reason", REASON, "--by", BY
                )
            finally:
                staff.unlink()
            assert done.returncode == 0, done.stderr
            erasure.said = done.stdout + done.stderr
            yield erasure


@pytest.fixture
def keys_put_back(warehouse_database: Settings) -> Iterator[None]:
    """Whatever key a test makes of the pseudonyms, the next one finds the key of before."""
    file = warehouse_database.state / FILE_NAME
    kept = file.read_text(encoding="utf-8")
    yield
    file.write_text(kept, encoding="utf-8")
    with transaction(warehouse_database, ADMIN) as connection, connection.cursor() as cursor:
        cursor.execute("delete from access.pseudonym_key where version > 1")
