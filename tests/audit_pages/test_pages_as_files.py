"""The pages as files: the same bytes again, whole, shut to others; nothing in them acts or names anybody."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from o7_warehouse import warehouse
from o7_warehouse.audit_pages.build import write_pages
from o7_warehouse.audit_pages.grid import Column, Table, text
from o7_warehouse.audit_pages.html import Page, page_html
from o7_warehouse.errors import AuditError, CommandError, NightError, StatementError
from tests.audit_pages.nights import NEWEST
from tests.audit_pages.readback import all_tables, page
from tests.deliveries import emptied


def test_nothing_of_a_row_but_its_pseudonyms_leaves_the_audit(folder):
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "Петров" not in text, path.name
        assert "89281234567" not in text, path.name


def test_words_that_look_like_markup_stay_words(folder):
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<b>" not in text, path.name
        assert "<script>alert" not in text, path.name


def test_texts_alone_are_shown_as_the_same_words_in_cells():
    words = ("", "a_b.c", "._x", "Б&В.г", "&amp;_lt", "<b>.d", "\"e\" 'f'", "e1f0–2", "%s")
    columns = (Column("А", is_code=True), Column("Б", width=40), Column("В", "date"))
    texts = tuple((first, second, first) for first in words for second in words)
    plain = Table("t", "Т", "Т", columns, (), plain_rows=texts)
    cells = replace(plain, rows=tuple(tuple(map(text, row)) for row in texts), plain_rows=())

    context = {"menu": (), "digest": "", "has_legend": False} | dict.fromkeys(
        ("newest", "oldest", "last"), NEWEST
    )
    shown = [page_html(Page("a.html", "a.html", "А", (table,)), context).decode() for table in (plain, cells)]

    assert shown[0].count('<tr><th scope="row"') == len(texts)
    assert shown[0] == shown[1]


def test_every_address_leads_to_a_file_of_the_folder_and_none_outside(folder):
    paths = list(folder.rglob("*.html"))
    assert len(paths) > 20
    for path in paths:
        for address in page(path).addresses:
            assert not re.match(r"(?i)[a-z]+:|//", address), (path.name, address)
            target = (path.parent / re.sub(r"[?#].*", "", address)).resolve() if address[0] != "#" else path
            assert target.is_file(), (path.name, address)
            assert target.is_relative_to(folder.resolve())
    for path in folder.rglob("*.*"):
        if path.suffix in {".html", ".css", ".js"}:
            known = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
            assert not re.search(r"https?://|@import|url\((?!\"data:)", known), path.name


def test_the_same_audit_gives_the_same_bytes(folder, audited, tmp_path):
    write_pages(audited, nights=None, folder=tmp_path / "again")

    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
    again = {
        path.relative_to(tmp_path / "again"): path.read_bytes() for path in (tmp_path / "again").rglob("*.*")
    }
    assert files == again


def test_the_newest_nights_alone_can_be_asked_for(audited, tmp_path):
    write_pages(audited, nights=3, folder=tmp_path / "pages")

    tables = all_tables(tmp_path / "pages")
    assert [row[0] for row in tables["nights", ""]] == ["07.12.2025", "06.12.2025", "05.12.2025"]
    since = {row[0]: row[5] for row in tables["changes-still", "Остаются нарушенными"]}
    assert since["student.login_given"] == "05.12.2025 и ранее"
    assert len(tables["keys", "student.login_given"]) == 3


def test_a_folder_of_something_else_is_left_alone(audited, tmp_path):
    (tmp_path / "letters.txt").write_text("важное", encoding="utf-8")

    with pytest.raises(CommandError, match="something else"):
        write_pages(audited, nights=None, folder=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_earlier_pages_are_replaced_as_a_whole_and_shut_to_others(audited, tmp_path):
    place = tmp_path / "pages"
    write_pages(audited, nights=None, folder=place)
    (place / "rules" / "gone.html").write_text("an earlier rule", encoding="utf-8")

    write_pages(audited, nights=2, folder=place)

    assert not (place / "rules" / "gone.html").exists()
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["pages"]


def test_the_audit_is_read_with_the_rights_of_an_auditor(audited, tmp_path):
    with warehouse.transaction(audited, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute("revoke select on audit.rule_text from o7_auditor")
    try:
        with pytest.raises(StatementError, match="rule_text"):
            write_pages(audited, nights=None, folder=tmp_path / "pages")
    finally:
        with warehouse.transaction(audited, "o7_admin") as connection, connection.cursor() as cursor:
            cursor.execute("grant select on audit.rule_text to o7_auditor")

    assert list(tmp_path.iterdir()) == []


def test_a_rule_that_no_rule_can_be_named_is_refused(audited, tmp_path):
    name = "../../outside.x"
    insert = (
        "insert into audit.rule_result (run_id, night, rule_id, rule_version, entity, severity, outcome)"
        " select run_id, night, %s, '1', 'class', 'info', 'pass' from published.night where night = %s"
    )
    with warehouse.transaction(audited, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute(insert, (name, NEWEST))
    try:
        with pytest.raises(AuditError, match="no rule can be named"):
            write_pages(audited, nights=None, folder=tmp_path / "pages")
    finally:
        with warehouse.transaction(audited, "o7_admin") as connection, connection.cursor() as cursor:
            cursor.execute("delete from audit.rule_result where rule_id = %s", (name,))

    assert list(tmp_path.iterdir()) == []


def test_nights_that_came_to_no_rule_are_no_page_of_noughts(audited, tmp_path):
    with pytest.raises(NightError, match="no results of rules"):
        write_pages(audited, nights=1, folder=tmp_path / "pages")


def test_an_audit_without_a_result_is_no_page_of_noughts(warehouse_database, tmp_path):
    settings = emptied(warehouse_database)

    with pytest.raises(NightError, match="no results of rules"):
        write_pages(settings, nights=None, folder=tmp_path / "pages")

    assert list(Path(tmp_path).iterdir()) == []
