"""No identifier of a person leaves the layers that may hold it, on the good path and on every bad one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
import typst
import xlsxwriter

from o7_warehouse import server, steps
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import GateError
from o7_warehouse.settings import ROOT
from tests.conftest import open_folder
from tests.faults.canaries import (
    CANARIES,
    NEVER_WRITTEN,
    PERSONAL,
    VALID,
    found_in,
    found_in_files,
    found_in_tables,
    plant,
    told,
)
from tests.faults.house import FIRST, SECOND
from tests.faults.planting import with_line, with_values
from tests.journeys.conftest import arrived, simulate
from tests.journeys.states import KEY, State, Walked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(900)

NAME = VALID["person"]["last_name"]
# Whatever is built in staging fails, in words that quote a value.
CHOKING_BUILD = f"""
create function public.choke() returns event_trigger language plpgsql as $$
begin
    if exists (select from pg_event_trigger_ddl_commands() where schema_name = 'staging') then
        raise exception 'invalid input syntax for type integer: "{NAME}"';
    end if;
end $$;
create event trigger choke on ddl_command_end execute function public.choke();
"""


@dataclass(frozen=True)
class Aviary:
    """A state directory whose nights hold canaries, the drops, and a folder for whatever is only temporary."""

    state: State
    drops: Path
    temporary: Path

    def walk(self, *options: str, drop: Path) -> Walked:
        """Walk a night."""
        return self.state.walk(*options, O7_DROP=str(drop), TMPDIR=str(self.temporary))

    def command(self, drop: Path) -> subprocess.CompletedProcess[str]:
        """``./o7 night``, with the scheduler and everything it writes."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("O7_")}
        return subprocess.run(
            [str(ROOT / "o7"), "night", "--drop", str(drop), "--state", str(self.state.folder)],
            env=environment | {"O7_PSEUDONYM_KEY": KEY, "TMPDIR": str(self.temporary)},
            cwd=self.state.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def broken(self, name: str) -> Path:
        """A copy of the second night's drop, to be broken."""
        return shutil.copytree(self.drops / SECOND, self.drops / name)

    def escaped(self, *words: str) -> str:
        """Where a canary stands though it may not: files, tables, and words that were printed."""
        hits = found_in_files(self.state.folder, without=self.state.folder / "postgres" / "data")
        hits |= found_in_files(self.temporary)
        if printed := found_in(words):
            hits["printed"] = printed
        with self.state.asking() as cursor:
            hits |= found_in_tables(cursor, PERSONAL, but=True)
        return told(hits)


@pytest.fixture(scope="module")
def aviary() -> Iterator[Aviary]:
    """After a good night with canaries; the server runs until the tests are over."""
    with open_folder() as folder, open_folder() as drops, open_folder() as temporary:
        temporary.chmod(0o1777)
        simulate("--pupils", "300", "--nights", "2", "--to", str(drops))
        plant(drops / FIRST)
        plant(drops / SECOND)
        aviary = Aviary(State(folder), drops, temporary)
        with server.running(aviary.state.settings()):
            walked = aviary.walk(drop=drops / FIRST)
            arrived(walked)
            assert aviary.escaped(walked.words) == ""
            yield aviary


def test_every_canary_has_come_in(aviary: Aviary) -> None:
    with aviary.state.asking() as cursor:
        found = found_in_tables(cursor, PERSONAL, but=False)

    assert set().union(*found.values()) == set(CANARIES) - set(NEVER_WRITTEN)
    assert (
        set(VALID["person"].values()) - {"987-654-321 83", "с. Канареечное"}
        <= found["staging.stg_o7__persons"]
    )
    assert "raw_o7.student_keys" in found


def test_a_file_that_cannot_be_read_tells_none(aviary: Aviary) -> None:
    drop = aviary.broken("ragged")
    with_line("person", 2, lambda line: line.strip() + b";1\n")(drop)

    walked = aviary.walk(drop=drop)

    assert "DeliveryError: person, line 2: has too many values" in walked.words
    assert aviary.escaped(walked.words) == ""


def test_a_delivery_without_its_header_tells_none(aviary: Aviary) -> None:
    drop = aviary.broken("headless")
    with_line("person", 1, lambda _: b"")(drop)

    walked = aviary.walk(drop=drop)

    assert "ContractError" in walked.words
    assert aviary.escaped(walked.words) == ""


@pytest.mark.full
def test_a_gate_that_closes_tells_none(aviary: Aviary) -> None:
    drop = aviary.broken("backwards")
    with_values("academic_year", ends_on="2020-01-01")(drop)

    walked = aviary.walk(drop=drop)

    assert "GateError" in walked.words
    assert "academic_year.order_of_days" in walked.words
    assert aviary.escaped(walked.words) == ""


@pytest.fixture(scope="module")
def before_the_gate(aviary: Aviary) -> str:
    """A run of the second night that has come as far as the gate."""
    return arrived(aviary.walk("--until", "catalogue", drop=aviary.drops / SECOND))


@pytest.mark.full
def test_a_rule_that_raises_tells_none(
    aviary: Aviary, before_the_gate: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # A project whose one rule takes a name for a number: PostgreSQL's words quote the name.
    for name in ("contracts", "dbt_project"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    rules = tmp_path / "expectations" / "rules" / "person.yml"
    text, sound = rules.read_text(encoding="utf-8"), "dq.name_status(last_name) <> 'i'"
    assert sound in text
    # The predicate itself is kept in the audit: it names nobody.
    broken = f"case when last_name ~ '^{NAME[:5]}' then last_name::integer > 0 else true end"
    rules.write_text(text.replace(sound, broken, 1), encoding="utf-8")

    with pytest.raises(GateError, match=r"could not be evaluated: person\.\w+ \(psycopg2") as refused:
        steps.perform(replace(aviary.state.settings(), root=tmp_path), "gate_in", before_the_gate)

    assert aviary.escaped(str(refused.value), *capfd.readouterr()) == ""


@pytest.mark.full
def test_a_model_that_raises_tells_none(aviary: Aviary, before_the_gate: str) -> None:
    drop = aviary.drops / SECOND
    arrived(aviary.walk("--from", "gate_in", "--until", "gate_in", "--run-id", before_the_gate, drop=drop))
    aviary.state.execute(
        "create or replace function dq.snils_normal(value text) returns text language sql as"
        " $$ select case when value = '987-654-321 83' then value::integer::text else value end $$"
    )

    # Everybody is built, also whose rows did not change.
    aviary.state.execute("delete from rebuild.built_state")
    walked = aviary.walk("--from", "facts", "--run-id", before_the_gate, drop=drop)

    assert "StatementError: dbt could not build all of facts" in walked.words
    assert aviary.escaped(walked.words) == ""


@pytest.mark.full
def test_a_view_that_chokes_on_a_value_tells_none(aviary: Aviary) -> None:
    choking = f"case when last_name = '{NAME}' then last_name::integer::text else snils end as snils"
    columns = ", ".join(read_contract().entity("person").column_names).replace("snils", choking)
    with server.running(aviary.state.settings()) as running:
        simulate("--pupils", "300", "--nights", "2", "--to", running.dsn("o7", "o7_source"))
        with aviary.state.asking("o7") as cursor:
            cursor.execute("update o7_data.person set last_name = %s where source_id = '10000005'", (NAME,))
            view = f"create or replace view o7_export.v1_person as select {columns} from o7_data.person"
            cursor.execute(view)
        dsn = running.dsn("o7", "o7_export_reader")
        walked = aviary.state.walk(O7_SOURCE_DSN=dsn, TMPDIR=str(aviary.temporary))

    assert "DeliveryError: The source could not give its rows while reading person" in walked.words
    assert aviary.escaped(walked.words) == ""


@pytest.mark.full
def test_the_real_scheduler_tells_none(aviary: Aviary) -> None:
    """Its logs, its records and what it keeps of every task: of a good night, of a bad file, of a failing model."""
    good, bad = aviary.drops / SECOND, aviary.broken("open")
    with_line("person", 2, lambda line: line.replace(b";", b';"', 1))(bad)

    ended = [aviary.command(good), aviary.command(bad)]
    aviary.state.execute(CHOKING_BUILD)
    ended.append(aviary.command(good))

    assert [done.returncode for done in ended] == [0, 3, 3], [done.stderr for done in ended]
    assert "opens a quotation mark" in ended[1].stderr
    assert "dbt could not build all of facts" in ended[2].stderr
    assert aviary.escaped(*(done.stdout + done.stderr for done in ended)) == ""
    with aviary.state.asking("airflow") as cursor:
        assert told(found_in_tables(cursor, (), but=True)) == ""
        cursor.execute("select count(*) from task_instance where state = 'failed'")
        assert cursor.fetchone() == (4,)  # the step and close_night, twice


def test_a_canary_would_be_found_in_every_kind_of_file(tmp_path: Path) -> None:
    name = NAME
    (tmp_path / "plain.log").write_text(f"at {name.upper()}!", encoding="utf-8")
    (tmp_path / "escaped.json").write_text(json.dumps({"name": name}), encoding="ascii")
    (tmp_path / "twice.json").write_text(json.dumps(json.dumps({"name": name})), encoding="ascii")
    (tmp_path / "page.html").write_text("".join(f"&#{ord(letter)};" for letter in name), encoding="ascii")
    (tmp_path / "page.pdf").write_bytes(typst.compile(f"#set page(width: 9cm)\n{name}".encode()))
    (tmp_path / f"{name}.txt").touch()
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet().write(0, 0, name)

    assert {file: found for file, found in found_in_files(tmp_path).items() if found != {name}} == {}
    assert len(found_in_files(tmp_path)) == 7
