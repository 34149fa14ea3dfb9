"""Names, phones, e-mails, sex and languages: the vectors of domain §3.5, §3.6 and §3.8."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        pytest.param("Шогенов", "Шогенов", id="plain"),
        pytest.param("Бекмурзова-Кулиева", "Бекмурзова-Кулиева", id="double"),
        pytest.param("Бекмурзова - Кулиева", "Бекмурзова-Кулиева", id="spaces round the hyphen"),
        pytest.param("Бекмурзова–Кулиева", "Бекмурзова-Кулиева", id="a dash for the hyphen"),
        pytest.param("Къайсын", "Къайсын", id="Balkar"),
        pytest.param("Хьэсэн", "Хьэсэн", id="Kabardian"),
        pytest.param("Иса", "Иса", id="three letters"),
        pytest.param("Ян", "Ян", id="two letters"),
        pytest.param("Мухаммед-Али", "Мухаммед-Али", id="compound"),
        pytest.param("Гасан оглы", "Гасан оглы", id="a patronymic with оглы"),
        pytest.param("ИВАНОВ", "Иванов", id="capitals"),
        pytest.param("иванов", "Иванов", id="small letters"),
        pytest.param("ИВАНОВА-ПЕТРОВА", "Иванова-Петрова", id="double in capitals"),
        pytest.param("\u00a0Иванов ", "Иванов", id="white space around"),
        pytest.param("Ивaнoв", "Иванов", id="Latin letters that look Cyrillic"),
        pytest.param("ТIыкун", "Тӏыкун", id="Latin I for the palochka"),
        pytest.param("Т1ыкун", "Тӏыкун", id="digit 1 for the palochka"),
        pytest.param("Т\u0406ыкун", "Тӏыкун", id="Ukrainian І for the palochka"),
        pytest.param("Т\u04c0ыкун", "Тӏыкун", id="capital palochka inside a word"),
        pytest.param("Андре\u0438\u0306", "Андрей", id="decomposed й"),
        pytest.param("Пётр", "Пётр", id="ё stays"),
    ],
)
def test_a_name_typed_in_any_way_is_filled(ask, typed, normal):
    assert ask("array[dq.name_status(%s), dq.name_normal(%s)]", typed, typed) == ["f", normal]


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        pytest.param("Иванов1", "i", id="a digit"),
        pytest.param("Иванов3", "i", id="another digit"),
        pytest.param("ivanov", "i", id="Latin"),
        pytest.param("Иванoвz", "i", id="mixed scripts without a twin"),
        pytest.param("О", "i", id="one letter"),
        pytest.param("А.", "i", id="an initial"),
        pytest.param("ИваноВ", "i", id="a capital inside"),
        pytest.param("Иванов-", "i", id="a hyphen at the end"),
        pytest.param("нет", "p", id="«нет»"),
        pytest.param("НЕТ", "p", id="«НЕТ»"),
        pytest.param("Тест", "p", id="«Тест»"),
        pytest.param("неизвестно", "p", id="«неизвестно»"),
        pytest.param("Не указано", "p", id="«Не указано»"),
        pytest.param("Хххх", "p", id="one letter repeated"),
        pytest.param("аа-аа", "p", id="one letter repeated round a hyphen"),
        pytest.param("-", "p", id="a dash"),
        pytest.param(" \t\u00a0", "e", id="white space"),
        pytest.param(None, "e", id="null"),
    ],
)
def test_what_is_no_name_is_not_filled(ask, typed, status):
    assert ask("dq.name_status(%s)", typed) == status


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        pytest.param("Алёна", "Алена", True, id="ё is е"),
        pytest.param("Мухаммед-Али", "МУХАММЕД АЛИ", True, id="a hyphen is a space"),
        pytest.param("Ивaн", "Иван", True, id="a Latin letter is its twin"),
        pytest.param("Андрей", "Андреи", False, id="й is not и"),
    ],
)
def test_namesakes_meet_under_one_key(ask, one, other, meet):
    key = "dq.match_key('Шогенов', %s, 'Асланович', date '2012-05-01', 'М')"

    assert (ask(key, one) == ask(key, other)) is meet


@pytest.mark.parametrize(
    "missing",
    ["null, 'Иса', 'Х', date '2012-05-01', 'М'", "'Ян', '', 'Х', date '2012-05-01', 'М'",
     "'Ян', 'Иса', 'Х', null::date, 'М'", "'Ян', 'Иса', 'Х', date '2012-05-01', null"],
)  # fmt: skip
def test_without_one_of_its_four_parts_there_is_no_match_key(ask, missing):
    assert ask(f"dq.match_key({missing})") is None
    assert ask("dq.match_key('Ян', 'Иса', null, date '2012-05-01', 'М')") is not None


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("8 (928) 123-45-67", "+79281234567"),
        ("+7 928 123 45 67", "+79281234567"),
        ("9281234567", "+79281234567"),
        ("8(8662)42-00-00", "+78662420000"),
        ("8 (86634) 2-11-00", "+78663421100"),
        ("8662 42 00 00", "+78662420000"),
        ("+90 532 123 45 67", "+905321234567"),
        ("8–928–123–45–67", "+79281234567"),
        ("тел. 8.928.123.45.67", "+79281234567"),
    ],
)
def test_a_whole_phone_number_is_filled(ask, typed, normal):
    assert ask("array[dq.phone_status(%s), dq.phone_normal(%s)]", typed, typed) == ["f", normal]


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        pytest.param("42-00-00", "i", id="local: incomplete"),
        pytest.param("8 928 123 45 6", "i", id="a digit missing: ambiguous"),
        pytest.param("+7 028 123 45 67", "i", id="no such area"),
        pytest.param("+123", "i", id="too short for abroad"),
        pytest.param("дома", "i", id="words"),
        pytest.param("8-999-999-99-99", "p", id="nines"),
        pytest.param("+7 (999) 999 99 99", "p", id="nines in brackets"),
        pytest.param("0000000000", "p", id="noughts"),
        pytest.param("(11) 11-11", "p", id="one digit repeated, however short"),
        pytest.param("не указано", "p", id="«не указано»"),
        pytest.param("", "e", id="empty text"),
        pytest.param(None, "e", id="null"),
    ],
)
def test_what_is_no_phone_number_has_no_normal_form(ask, typed, status):
    assert ask("array[dq.phone_status(%s), dq.phone_normal(%s)]", typed, typed) == [status, None]


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("a@b.ru", "f"), (" ivan.petrov@mail.example.ru ", "f"), ("иван@почта.рф", "f"), ("a@b", "i"), ("a@@b.ru", "i"),
        ("@b.ru", "i"), ("a@b..ru", "i"), ("a@.ru", "i"), ("a@b.ru.", "i"), ("a b@c.ru", "i"), ("a@b\u00a0c.ru", "i"),
        ("ab.ru", "i"), ("mail@mail.ru", "p"), ("No@No.no", "p"), ("-", "p"), (None, "e"),
    ],
)  # fmt: skip
def test_an_email_has_one_at_sign_and_a_whole_domain(ask, typed, status):
    assert ask("dq.email_status(%s)", typed) == status


@pytest.mark.parametrize(
    ("typed", "normal"),
    [("М", "М"), ("м", "М"), ("муж.", "М"), ("Мужской", "М"), ("Ж", "Ж"), ("жен.", "Ж"), (" женский", "Ж"),
     ("пол", None), ("M", None), ("", None), (None, None)],
)  # fmt: skip
def test_sex_is_a_cyrillic_letter_or_its_word(ask, typed, normal):
    assert ask("dq.sex_normal(%s)", typed) == normal


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("кабардинский", "kbd"), ("Адыгэбзэ", "kbd"), ("кабардино-черкесский", "kbd"), ("Карачаево-балкарский", "krc"),
        ("русский, кабардинский", "rus"), ("кабардинский/русский", "kbd"), ("балкарский и русский", "krc"),
        ("русский; балкарский", "rus"), (" турецкий ", "tur"), ("горский", None), ("нет", None), (None, None),
    ],
)  # fmt: skip
def test_the_first_language_of_an_answer_is_looked_up(ask, answer, code):
    assert ask("(select code from catalogue.languages where synonym = dq.language_key(%s))", answer) == code
