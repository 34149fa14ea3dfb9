"""An erased person is nowhere any more, nothing else has moved, and the audit can still be checked."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from o7_warehouse.audit.findings import Kind
from o7_warehouse.audit.replay import replay
from o7_warehouse.audit.verify import examine, verify
from o7_warehouse.editions.verify import verify as verify_edition
from o7_warehouse.erasure.erase import erase
from o7_warehouse.erasure.persons import Person, read_persons
from o7_warehouse.erasure.proof import Searched, search_tables
from o7_warehouse.errors import CommandError
from tests.erasure.conftest import BY, DAY, OWN, REASON
from tests.faults.canaries import PUPIL, decoded
from tests.faults.house import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.erasure.conftest import Erasure

pytestmark = pytest.mark.timeout(1800)
TABLES = """
    select relation.oid::regclass::text from pg_catalog.pg_class as relation
    where
        relation.relkind in ('r', 'm', 't')
        and relation.relnamespace::regnamespace::text not in ('information_schema', 'pg_toast')
    order by 1
"""


def tables_with(erased: Erasure, words: set[str]) -> dict[str, set[str]]:
    """Table -> the words in it, by a search of the tests' own."""
    hits = {}
    with erased.state.asking() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"select line::text from {table} as line")
            whole = "\n".join(line for (line,) in cursor.fetchall()).casefold()
            if found := {word for word in words if word.casefold() in whole}:
                hits[table] = found
    return hits


def files_with(folder: Path, words: set[str]) -> set[str]:
    """The files of the state directory that hold one of the words, the database's own left out."""
    small = {word.casefold() for word in words}
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(folder / "postgres" / "data")
        for whole in ["\n".join([path.name, *decoded(path.read_bytes())]).casefold()]
        if any(word in whole for word in small)
    }


def test_no_table_of_any_schema_holds_anything_of_them(erased: Erasure) -> None:
    assert tables_with(erased, erased.words) == {}
    # The search finds what is there: the class whose name was typed for a pupil is nobody's row and stays.
    assert "raw_o7.class" in tables_with(erased, {"надомник Жаворонков"})


def test_no_file_holds_anything_of_them_but_the_papers_of_the_act(erased: Erasure) -> None:
    found = files_with(erased.state.folder, erased.words)

    assert {name.split("/")[0] for name in found} == {"erasures"}
    assert not (erased.state.folder / "drops" / FIRST).exists()
    assert not (erased.state.folder / "audit-pages").exists()
    assert not (erased.state.folder / "backups" / erased.old_copy).exists()


def test_the_files_of_the_tables_were_rewritten(erased: Erasure) -> None:
    base = erased.state.folder / "postgres" / "data" / "base"
    held = [path for path in base.rglob("*") if path.is_file() and PUPIL.encode() in path.read_bytes()]

    assert held == []


def test_a_copy_nobody_knew_of_stops_the_act_and_is_named_without_the_person(erased: Erasure) -> None:
    assert "reports/notes.txt" in erased.refusal
    assert "in 1 places" in erased.refusal
    assert not [word for word in erased.words if word in erased.refusal]


def test_what_was_broken_off_is_finished_under_its_number(erased: Erasure) -> None:
    found = erased.state.execute(
        "select told.students, told.staff, told.reason, told.by_whom, proof.searched ->> 'hits'"
        " from audit.erasure as told inner join audit.erasure_proof as proof using (erasure_id)"
    )

    assert found == [(1, 1, REASON, BY, "0")]
    assert erased.state.execute("select count(*) from audit.erased_person") == [(2,)]


def test_the_command_says_what_was_done_and_not_to_whom(erased: Erasure) -> None:
    assert "лиц — 2" in erased.said
    assert "./o7 upkeep backup" in " ".join(erased.said.split())
    assert not [word for word in erased.words if word in erased.said]


def test_the_papers_are_closed_and_say_what_order_179_asks(erased: Erasure) -> None:
    [folder] = (erased.state.folder / "erasures").iterdir()
    act = (folder / "act.html").read_text(encoding="utf-8")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {
        f"{stem}.{form}" for stem in ("act", "journal") for form in ("html", "pdf", "json")
    }
    for words in (
        "Адрес оператора", "по поручению", PUPIL, BY, "Категории уничтоженных", "Фамилия", "О7", "VACUUM FULL", REASON,
        "Дата уничтожения", "таблица raw_o7.person", "№ 179", "найдено: 0",
    ):  # fmt: skip
        assert words in act, words
    # Of the person the order asks for no more than words by which he is known.
    assert not [word for word in OWN - {PUPIL} if word in act]


def test_figures_and_the_rows_of_others_are_what_they_were(erased: Erasure) -> None:
    assert len(erased.before) > 10
    assert erased.digests() == erased.before


def test_an_issued_edition_is_the_bytes_it_was_and_verifies(erased: Erasure) -> None:
    edition = erased.edition
    assert edition is not None
    assert len(erased.sealed) > 10

    assert erased.files_of(edition) == erased.sealed
    assert verify_edition(erased.settings, edition).findings == []


def test_the_audit_is_sound_under_another_key_and_says_which_keys_are_gone(erased: Erasure) -> None:
    verdict = verify(erased.settings)

    assert verdict.damages == []
    [keys] = [one for one in verdict.findings if one.kind is Kind.erased]
    assert keys.run_id == erased.first_run


def test_a_key_removed_after_the_erasure_is_still_damage(erased: Erasure) -> None:
    with erased.state.asking() as cursor:
        cursor.execute("delete from audit.failing_key where ctid = (select min(ctid) from audit.failing_key)")
        found = [one.kind for one in examine(cursor).damages]
        cursor.connection.rollback()

    assert found == [Kind.keys]


def test_a_night_judged_again_gives_what_the_audit_says_less_the_erased(erased: Erasure) -> None:
    found = replay(erased.settings, DAY)

    assert found.differences == []
    assert found.erased.rows["person"] == 1
    assert sum(found.erased.keys.values()) > 0


def test_who_was_never_here_or_is_gone_already_gets_no_act(erased: Erasure) -> None:
    settings = erased.settings

    for persons in ([Person("student", "nobody-known")], erased.persons):
        with pytest.raises(CommandError, match="the warehouse holds 0"):
            erase(settings, persons, reason=REASON, by_whom=BY)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "names 0 persons", id="nobody"),
        pytest.param("a\na\n", "1 of them different", id="twice"),
    ],
)
def test_a_list_that_is_not_clear_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "who.txt"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=says):
        read_persons(path, "student")


def test_the_proof_finds_a_word_in_any_column_of_any_schema(erased: Erasure) -> None:
    with erased.state.asking() as cursor:
        cursor.execute("create schema forgotten")
        cursor.execute("create table forgotten.copy (said jsonb)")
        cursor.execute("insert into forgotten.copy values (jsonb_build_object('who', %s))", (PUPIL.title(),))
        searched = Searched()
        search_tables(cursor, certain=set(), values={PUPIL}, searched=searched)
        cursor.connection.rollback()

    assert searched.hits == {"forgotten.copy": 1}
