"""The pages about the nights themselves: quarantine, waivers, coverage, seals and what became of each night."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from o7_warehouse import warehouse
from o7_warehouse.audit_pages.build import write_pages
from o7_warehouse.audit_pages.journal import Journal, Result, Rule, Words
from o7_warehouse.audit_pages.outcomes import BY_CODE
from o7_warehouse.audit_pages.tables_rows import contract_columns
from o7_warehouse.contract import read_contract
from tests.audit_pages import nights
from tests.audit_pages.expected import outcome, spaced
from tests.audit_pages.nights import GRID, NEWEST
from tests.audit_pages.readback import page
from tests.deliveries import asked


def test_the_quarantine_is_told_by_school_and_age(folder):
    rows = page(folder / "quarantine.html").tables["quarantine-schools", ""]

    # Row 10 breaks two rules and is one row; 12 came tonight; 11 is mended; two rows have no identity.
    assert rows == [
        ["–", "без организации", "2", "0", "2", "0", "0", "01.12.2025"],
        ["городской округ Нальчик", "Лицей № 2", "1", "0", "1", "0", "0", "01.12.2025"],
        ["городской округ Нальчик", "МКОУ СОШ № 1", "1", "1", "0", "0", "0", "06.12.2025"],
        ["Всего", "", "4", "1", "3", "0", "0", "01.12.2025"],
    ]


def test_waivers_are_told_with_what_became_of_them(folder):
    read = page(folder / "waivers.html")

    shown = [(row[0], row[1], row[2], row[5], *row[6:]) for row in read.tables["waivers", ""]]
    assert shown == [
        ("W-1", "student.login_given", "действует", "вся республика", "01.12.2025", "31.12.2025", "25", "40", "3", "3"),
        ("W-2", "person.birth_date", "превышена", "городской округ Нальчик", "01.12.2025", "07.12.2025", "1",
         "1\u00a0000", "1\u00a0203", "1\u00a0203"),
        ("W-3", "student.login_unique", "истекла", "СОШ с. Бабугент", "01.12.2025", "02.12.2025", "0", "5", "1", "1"),
    ]  # fmt: skip
    told = [(row[0], row[1], row[5]) for row in read.tables["waivers-nights", ""]]
    assert told[:4] == [
        ("06.12.2025", "W-1", "3"), ("06.12.2025", "W-2", "1\u00a0203"), ("06.12.2025", "W-3", "1"),
        ("03.12.2025", "W-1", "2"),
    ]  # fmt: skip
    assert len(told) == 12
    of_the_rule = page(folder / "rules" / "student.login_given.html").text.replace("\u00a0", " ")
    assert "W-1: действует, по 31.12.2025, не больше 40 строк" in of_the_rule


def test_every_column_of_the_contract_is_covered_or_said_not_to_be(folder):
    read = page(folder / "coverage.html")
    rows = read.tables["columns", ""]
    current = [rule for rule_id, rule in nights.RULES.items() if GRID[rule_id][-1] is not None]
    by_column = {
        (entity.name, name): sorted(
            rule.rule_id for rule in current if rule.entity == entity.name and name in rule.columns
        )
        for entity in read_contract().entities
        for name in entity.column_names
    }

    found = {
        (re.search(r"\((\w+)\)$", row[0])[1], row[1]): [] if row[6] == "–" else sorted(row[6].split(", "))
        for row in rows
    }
    assert found == by_column
    kinds = Counter(row[4] for row in rows)
    assert kinds["нет правил"] == sum(not rules for rules in by_column.values())
    assert read.tables["coverage", ""][-1][:5] == [
        "Всего", spaced(len(by_column)), spaced(kinds["есть правила"]), spaced(kinds["только форма записи"]),
        spaced(kinds["нет правил"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "kind"), [("fail", "есть правила"), ("not_applicable_by_contract", "нет правил")]
)
def test_a_rule_about_what_the_contract_does_not_deliver_covers_nothing(code, kind):
    words = Words(NEWEST, 1, ("name",), "Требование", "Исправить", "Школа", "Приказ", None)
    result = Result(BY_CODE[code], "warning", "1", None, None, None, None)
    rule = Rule("class.name", "class", (), (words,), (result,))
    journal = Journal(nights=(), rules=(rule,), has_earlier=False)

    rows = contract_columns(journal, read_contract(), {"class": "Классы"}).rows

    [found] = [row[4].text for row in rows if (row[0].text, row[1].text) == ("Классы", "name")]
    assert found == kind


def test_nights_are_told_with_what_became_of_them(folder):
    rows = page(folder / "nights.html").tables["nights", ""]

    assert [(row[0], row[2], row[3], row[-1]) for row in rows] == [
        ("07.12.2025", "1", "остановлена", "0"),
        ("06.12.2025", "1", "опубликована", "0"),
        ("05.12.2025", "1", "остановлена", "1"),
        ("03.12.2025", "1", "опубликована", "0"),
        ("02.12.2025", "2", "опубликована", "0"),
        ("01.12.2025", "1", "опубликована", "–"),
    ]
    newest = rows[1]
    counts = Counter(outcome(rule_id, 4) for rule_id in GRID)
    assert newest[5:7] == ["4\u00a0090", "4"]
    assert newest[7:12] == [str(counts[code]) for code in ("fail", "error", "not_evaluated", "", "pass")]


def test_seals_and_sign_offs_are_told(folder, audited):
    read = page(folder / "seals.html")

    seals = asked(audited, "select run_no::text, chain from audit.seal order by run_no desc")
    assert [(row[0], row[3], row[4]) for row in read.tables["seals", ""]] == [
        (run_no, chain, "сходится") for run_no, chain in seals
    ]
    assert [row[:2] + row[3:4] for row in read.tables["signed", ""]] == [
        ["01.12.2025", "А. Аудитор", nights.REMARK]
    ]


def test_a_damaged_chain_is_the_first_thing_said(audited, tmp_path):
    change = (
        "update audit.seal set content = content || '{\"night\": \"2025-12-03\"}' where night = '2025-12-02'"
    )
    with warehouse.transaction(audited, "o7_admin") as connection, connection.cursor() as cursor:
        cursor.execute("create temporary table kept as select * from audit.seal")
        cursor.execute(change)
        connection.commit()
        write_pages(audited, nights=None, folder=tmp_path / "pages")
        cursor.execute("delete from audit.seal; insert into audit.seal select * from kept")

    assert "Цепочка печатей повреждена" in page(tmp_path / "pages" / "index.html").text
    states = [row[4] for row in page(tmp_path / "pages" / "seals.html").tables["seals", ""]]
    assert states.count("повреждено") == 2


def test_a_sound_chain_raises_no_alarm(folder):
    assert "повреждена" not in page(folder / "index.html").text
