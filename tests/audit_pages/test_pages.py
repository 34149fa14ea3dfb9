"""The pages about the rules: words, outcomes, changes and keys, as the audit has them."""

from __future__ import annotations

import re

import pytest

from o7_warehouse.audit_pages.outcomes import BY_CODE
from tests.audit_pages import nights
from tests.audit_pages.expected import WORDS, digits, failed, outcome, spaced
from tests.audit_pages.nights import GRID, NIGHTS
from tests.audit_pages.readback import page
from tests.deliveries import asked


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
