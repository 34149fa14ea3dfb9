"""The pages say what the audit says: rules, nights, changes, rows; and nothing else, and to nobody else."""

from __future__ import annotations

import re
import stat
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from o7_warehouse import warehouse
from o7_warehouse.audit_pages.build import write_pages
from o7_warehouse.audit_pages.journal import Journal, Result, Rule, Words
from o7_warehouse.audit_pages.outcomes import BY_CODE
from o7_warehouse.audit_pages.tables_rows import contract_columns
from o7_warehouse.contract import read_contract
from o7_warehouse.errors import AuditError, CommandError, NightError, StatementError
from tests.audit_pages import nights
from tests.audit_pages.nights import GRID, NEWEST, NIGHTS
from tests.audit_pages.readback import all_tables, page
from tests.deliveries import asked, emptied

if TYPE_CHECKING:
    import datetime as dt

WORDS = {"fail": "нарушено", "pass": "соблюдено", "error": "ошибка проверки", "not_evaluated": "не проверено"}


def outcome(rule_id: str, place: int) -> str | None:
    found = GRID[rule_id][place]
    if found is None or isinstance(found, str):
        return found
    return "fail" if failed(rule_id, place) else "pass"


def failed(rule_id: str, place: int) -> int:
    found = GRID[rule_id][place]
    assert not isinstance(found, str)
    return len(found or ()) + nights.NAMELESS.get(rule_id, 0)


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")


def digits(day: dt.date) -> str:
    return day.strftime("%d.%m.%Y")


@pytest.mark.parametrize("rule_id", GRID)
def test_a_rule_has_a_page_with_every_night_that_asked_it(folder, rule_id):
    read = page(folder / "rules" / f"{rule_id}.html")

    expected = [
        [digits(NIGHTS[place]), WORDS[outcome(rule_id, place)]]
        for place in reversed(range(5))
        if outcome(rule_id, place)
    ]
    assert [row[:2] for row in read.tables["results", rule_id]] == expected
    counts = [
        ["–", "–"]
        if isinstance(GRID[rule_id][place], str)
        else [spaced(nights.CHECKED), spaced(failed(rule_id, place))]
        for place in reversed(range(5))
        if outcome(rule_id, place)
    ]
    assert [row[2:4] for row in read.tables["results", rule_id]] == counts


def test_the_catalogue_gives_every_rule_its_words_and_its_legal_basis(folder):
    rows = {row[0]: row for row in page(folder / "rules.html").tables["rules", ""]}

    assert set(rows) == set(GRID)
    for rule_id, rule in nights.RULES.items():
        text = nights.HOSTILE if rule_id == "student.login_unique" else rule.text
        assert rows[rule_id][1] == text
        assert rows[rule_id][5:7] == [rule.legal_basis, rule.owner]
    assert rows["class.name"][8:11] == ["01.12.2025", "03.12.2025", "снято"]
    assert rows["student.login_given"][7:11] == ["2", "01.12.2025", "действует", "нарушено"]


def test_the_matrix_shows_the_newest_night_first_and_every_outcome(folder):
    read = page(folder / "matrix.html")

    assert read.headings["matrix", ""][5:] == [digits(night) for night in reversed(NIGHTS)]
    shown = {row[0]: row[5:] for row in read.tables["matrix", ""]}
    words = {"error": "ошибка", "not_evaluated": "–", None: ""}
    assert shown == {
        rule_id: [
            words.get(outcome(rule_id, place))
            if outcome(rule_id, place) in words
            else spaced(failed(rule_id, place))
            for place in reversed(range(5))
        ]
        for rule_id in GRID
    }


def test_a_drawing_reaches_from_the_first_shown_night_to_the_last_even_if_that_came_to_no_rule(folder):
    text = (folder / "rules" / "student.login_given.html").read_text(encoding="utf-8")

    assert 'viewBox="0 0 6 ' in text
    assert "<span>01.12.2025</span><span>07.12.2025</span>" in text
    assert "Ночи с 01.12.2025 по 07.12.2025" in text


def test_outcomes_are_told_apart_without_colour(folder):
    text = (folder / "matrix.html").read_text(encoding="utf-8")
    style = (folder / "pages.css").read_text(encoding="utf-8")

    shapes = {
        code: set(re.findall(rf'class="o-{code}" d="M\d+ ([\d.]+)h\d+v([\d.]+)', text)) for code in WORDS
    }
    assert all(shapes.values())
    assert sum(map(len, shapes.values())) == len(set().union(*shapes.values())), "two outcomes have one shape"
    signs = dict(re.findall(r'\[data-o="(\w+)"\]::before \{ background-image: (url\(.*?\))', style))
    assert set(signs) == set(BY_CODE)
    assert len(set(signs.values())) == len(signs)


def test_every_outcome_the_audit_may_hold_has_a_word(audited):
    [(allowed,)] = asked(
        audited,
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'rule_result_outcome_check'",
    )

    assert set(re.findall(r"'(\w+)'", allowed)) <= set(BY_CODE)


def test_what_changed_since_the_night_before_is_told_by_section(folder):
    tables = page(folder / "changes.html").tables
    sections = {name: [row[0] for row in rows] for (name, _), rows in tables.items()}

    assert sections == {
        "changes-opened": ["student.login_unique"],
        "changes-mended": ["student.personal_file_unique"],
        "changes-still": [
            "person.birth_date", "student.key_given", "student.key_single", "student.login_given",
            "student.org_id_known", "student.personal_file_placeholder", "student.study_form",
        ],
        "changes-added": ["class.single"],
    }  # fmt: skip
    rows = {row[0]: row[3:] for section in tables.values() for row in section}
    assert rows["student.login_given"] == [
        "нарушено",
        "нарушено",
        "01.12.2025",
        "5",
        "1",
        "0",
        "2",
        "01.12.2025",
    ]
    assert rows["student.login_unique"] == ["соблюдено", "нарушено", "06.12.2025", "1", "1", "0", "0", "–"]
    assert rows["student.personal_file_unique"] == ["нарушено", "соблюдено", "–", "–", "0", "1", "0", "–"]
    # What was not evaluated mends nothing, and nothing is said of its rows.
    assert rows["student.personal_file_placeholder"][4:] == ["–", "–", "–", "–"]


def test_the_keys_of_a_rule_are_told_with_their_nights(folder):
    rows = page(folder / "keys" / "student.login_given.html").tables["keys-1", "student.login_given"]
    expected = {
        1: ["городской округ Нальчик", "Лицей № 2", "01.12.2025", "06.12.2025", "открыто"],
        2: ["Черекский район", "СОШ с. Бабугент", "01.12.2025", "06.12.2025", "открыто"],
        3: ["городской округ Нальчик", "МКОУ СОШ № 1", "01.12.2025", "02.12.2025", "03.12.2025"],
        4: ["–", "вне справочника организаций", "06.12.2025", "06.12.2025", "открыто"],
    }

    assert sorted(rows) == sorted(
        [nights.row_key("student.login_given", number), nights.student_key(number), *told]
        for number, told in expected.items()
    )
    assert [row[-1] for row in rows] == ["открыто", "открыто", "открыто", "03.12.2025"]


def test_a_night_on_which_a_rule_failed_to_run_mends_nothing(folder):
    [row] = page(folder / "keys" / "student.personal_file_unique.html").tables[
        "keys-1", "student.personal_file_unique"
    ]
    [still] = page(folder / "keys" / "student.personal_file_placeholder.html").tables[
        "keys-1", "student.personal_file_placeholder"
    ]

    assert row[4:] == ["01.12.2025", "03.12.2025", "06.12.2025"]
    assert still[4:] == ["01.12.2025", "06.12.2025", "открыто"]


def test_many_keys_go_over_several_pages_and_none_is_lost(folder):
    pages = sorted((folder / "keys").glob("person.birth_date*.html"))

    found = [row[0] for path in pages for rows in page(path).tables.values() for row in rows]
    assert len(pages) == 2
    assert sorted(found) == sorted(nights.row_key("person.birth_date", number) for number in nights.MANY)


def test_rows_without_an_identity_are_counted_and_not_forgotten(folder):
    text = page(folder / "rules" / "student.key_given.html").text

    assert "строк без идентификатора, у которых ключа нет: 2" in text.replace("\u00a0", " ")


def test_the_quarantine_is_told_by_school_and_age(folder):
    rows = page(folder / "quarantine.html").tables["quarantine-schools", ""]

    # Row 10 breaks two rules and is one row; 12 came tonight; 11 is mended; rows without an identity are one line.
    assert rows == [
        ["городской округ Нальчик", "Лицей № 2", "1", "0", "1", "0", "0", "01.12.2025"],
        ["городской округ Нальчик", "МКОУ СОШ № 1", "1", "1", "0", "0", "0", "06.12.2025"],
        ["–", "без организации", "1", "0", "1", "0", "0", "01.12.2025"],
        ["Всего", "", "3", "1", "2", "0", "0", "01.12.2025"],
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
    assert newest[5:7] == ["4\u00a0090", "5"]
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
