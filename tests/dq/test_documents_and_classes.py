"""Documents, addresses, classes and answers: the vectors of domain §1.2, §3.3, §3.4 and §3.7, and leaf-rules.md."""

from __future__ import annotations

import pytest

NIGHT = "2025-12-15"


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        pytest.param("I-ЯЖ", "I-ЯЖ", id="canonical"),
        pytest.param("1-ЕЯ", "I-ЕЯ", id="digit 1"),
        pytest.param("\u0406-ЕЯ", "I-ЕЯ", id="Ukrainian І"),
        pytest.param("l-ОВ", "I-ОВ", id="small Latin l"),
        pytest.param("III ЕЯ", "III-ЕЯ", id="a space"),
        pytest.param("II–АИ", "II-АИ", id="a dash"),
        pytest.param("V-AB", "V-АВ", id="Latin letters"),
        pytest.param("ХI-ЕЯ", "XI-ЕЯ", id="Cyrillic Х"),
        pytest.param("XXI-ОВ", "XXI-ОВ", id="twenty-one"),
        pytest.param("iv-аи", "IV-АИ", id="small letters"),
        pytest.param("IIII-ЕЯ", None, id="bad numeral"),
        pytest.param("I-Е", None, id="one letter"),
        pytest.param("АБ-12", None, id="letters and digits exchanged"),
        pytest.param("-ЕЯ", None, id="no numeral"),
        pytest.param("I-ЕЯ-I", None, id="a part too many"),
        pytest.param(None, None, id="null"),
    ],
)
def test_the_series_of_a_birth_certificate_is_normalised(ask, typed, normal):
    assert ask("dq.birth_certificate_series(%s)", typed) == normal


@pytest.mark.parametrize(
    ("document", "status"),
    [
        pytest.param(
            "'12', '83 21', '123456', date '2021-06-01', true, date '2007-01-01'", "f", id="passport"
        ),
        pytest.param("'12', '8321', '123456', date '2022-06-01', true, null", "f", id="birth date unknown"),
        pytest.param("'12', '83 21', '12345', date '2021-06-01', true, null", "i", id="five digits"),
        pytest.param(
            "'12', '832', '123456', date '2021-06-01', true, null", "i", id="series of three digits"
        ),
        pytest.param("'12', '8321', '123456', null, true, null", "i", id="no day of issue"),
        pytest.param(
            "'12', '8321', '123456', date '2026-01-01', true, null", "i", id="issued after the night"
        ),
        pytest.param(
            "'12', '8321', '123456', date '2020-12-31', true, date '2007-01-01'", "i", id="thirteen years"
        ),
        pytest.param(
            "'12', '8321', '123456', date '2021-01-01', true, date '2007-01-01'", "f", id="on the birthday"
        ),
        pytest.param("'12', '0000', '000000', date '2021-06-01', true, null", "p", id="noughts"),
        pytest.param("'12', '8321', '123456', date '2021-06-01', false, null", "i", id="not current"),
        pytest.param(
            "'12', '8321', '123456', date '2021-06-01', null, null", "i", id="not said to be current"
        ),
        pytest.param("'11', 'I-ЯЖ', '654321', null, true, null", "f", id="birth certificate"),
        pytest.param("'11', '1-ЕЯ', '654321', null, true, null", "f", id="series typed with a digit"),
        pytest.param("'11', 'I-ЕЯ', '12345', null, true, null", "i", id="certificate number of five digits"),
        pytest.param("'11', '', 'нет', null, true, null", "p", id="«нет» for a number"),
        pytest.param("'21', null, 'A123456', null, true, null", "f", id="foreign passport"),
        pytest.param("'31', 'любая', '12', null, true, null", "i", id="a number of two characters"),
        pytest.param("'98', '', '123456', null, true, null", "i", id="unknown type"),
        pytest.param("null, '', '123456', null, true, null", "i", id="no type"),
        pytest.param("'11', ' ', '', null, true, null", "e", id="nothing"),
        pytest.param("'12', null, null, null, null, null", "e", id="all null"),
    ],
)
def test_an_identity_document_has_a_status(ask, document, status):
    assert ask(f"dq.identity_document_status({document}, date '{NIGHT}')") == status


def test_every_document_type_of_the_seed_can_be_filled(ask):
    """The function holds the codes a second time, because a function that reads a table is not inlined."""
    unfilled = ask(
        "array_agg(code) filter (where dq.identity_document_status(code,"
        " case code when '12' then '8321' else 'I-ЯЖ' end, '654321', date '2021-06-01', true, null, date '2025-12-15')"
        " <> 'f') from catalogue.document_types"
    )

    assert unfilled is None
    assert ask("count(*) from catalogue.document_types") == 17


FIAS = "'c1cfe4b9-f7c2-423c-abfa-6ed1c05a15c5'"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        pytest.param("'permanent', 'Нартан', '12', null, null, null", "f", id="locality and house"),
        pytest.param("'permanent', 'Нартан', '11', null, null, null", "f", id="house 11 is no filler"),
        pytest.param("'permanent', 'Нартан', '5', '', false, null", "f", id="house 5 is no filler"),
        pytest.param(f"'permanent', '', '', {FIAS}, null, null", "f", id="ФИАС"),
        pytest.param(
            "'temporary', 'Нартан', '12', null, null, date '2026-01-01'", "f", id="temporary with its end"
        ),
        pytest.param("'temporary', 'Нартан', '12', null, null, null", "i", id="temporary without an end"),
        pytest.param("'actual', null, null, null, true, null", "f", id="the registered one"),
        pytest.param(
            "'permanent', null, null, null, true, null", "e", id="a registration cannot be like itself"
        ),
        pytest.param("'permanent', 'Нартан', '', null, null, null", "i", id="no house"),
        pytest.param("'permanent', 'Нартан', 'н/д', null, null, null", "p", id="a filler for the house"),
        pytest.param("'permanent', 'Нартан', '0', null, null, null", "p", id="nought for the house"),
        pytest.param("'permanent', '-', '', 'x', null, null", "p", id="a filler for the locality"),
        pytest.param("'permanent', '', '', 'x', null, null", "i", id="no ФИАС id"),
        pytest.param("'permanent', ' ', null, '', false, null", "e", id="nothing"),
        pytest.param("null, 'Нартан', '12', null, null, null", "f", id="unknown kind"),
    ],
)
def test_an_address_has_a_status(ask, address, status):
    assert ask(f"dq.address_status({address})") == status


@pytest.mark.parametrize(
    ("typed", "normal", "parallel"),
    [
        ("7А", "7А", 7), ("7 А", "7А", 7), ("7-А", "7А", 7), ("7«А»", "7А", 7), ('7 "А"', "7А", 7), ("10 Б", "10Б", 10),
        ("11", "11", 11), ("7A", "7А", 7), ("7а", "7А", 7), ("9-Г класс", "9Г", 9), ("7 класс", "7", 7),
        ("7 кл.", "7", 7),
        ("1А1", "1А1", 1), ("7/А", "7А", 7), ("\u00a07А ", "7А", 7), ("12А", "12А", None), ("1 доп.", "1 доп.", None),
        ("07А", None, None), ("13А", None, None), ("А7", None, None), ("7АБ", None, None), ("0А", None, None),
        ("лицейский класс", None, None), ("", None, None), (None, None, None),
    ],
)  # fmt: skip
def test_a_class_name_tells_its_parallel(ask, typed, normal, parallel):
    assert ask("dq.class_name_normal(%s)", typed) == normal
    assert ask("dq.class_parallel(%s, false)", typed) == parallel
    assert ask("dq.class_parallel(%s, null)", typed) == parallel


@pytest.mark.parametrize(
    ("typed", "parallel"), [("12А", 12), ("1 доп.", 0), ("1-доп", 0), ("7А", 7), ("13А", None)]
)
def test_an_adapted_class_may_be_twelfth_or_additional(ask, typed, parallel):
    assert ask("dq.class_parallel(%s, true)", typed) == parallel


@pytest.mark.parametrize(
    "filler",
    ["-", "--", ".", "?", "0", "н/д", "Нет данных", "не указано", "НЕИЗВЕСТНО", "unknown", "Test", "тест", "хххх", "Хххх",
     "  -  ", "000-000-000 00", "0000 000000", "1111111", "mail@mail.ru", "NO@no.no", "- - -0 0",
     "---", "- -"],
)  # fmt: skip
def test_a_filler_is_a_placeholder(ask, filler):
    assert ask("dq.is_placeholder(%s)", filler) is True


@pytest.mark.parametrize(
    "value", ["нет", "Нартан", "А", "7", "аб", "ах-ах", "0000 000001", "", " ", "\u00a0", None]
)
def test_an_answer_is_no_placeholder(ask, value):
    assert ask("dq.is_placeholder(%s)", value) is False


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("dq.yes_no_status(' Да')", "f"), ("dq.yes_no_status('не состоит')", "n"), ("dq.yes_no_status('иногда')", "i"),
        ("dq.yes_no_status('н/д')", "p"), ("dq.yes_no_status(null)", "e"),
        ("dq.meal_status('Льготное')", "f"), ("dq.meal_status('не питается')", "n"), ("dq.meal_status('два раза')", "i"),
        ("dq.meal_status('-')", "p"), ("dq.meal_status('')", "e"),
        ("dq.s_status('filled')", "f"), ("dq.s_status('declared_none')", "n"), ("dq.s_status('empty')", "e"),
        ("dq.s_status(null)", "e"), ("dq.s_status('есть')", "i"),
        ("dq.birth_place_status('г. Нальчик')", "f"), ("dq.birth_place_status('г.')", "i"),
        ("dq.birth_place_status('36 10')", "i"), ("dq.birth_place_status('нет')", "p"),
        ("dq.free_text_status('бокс', 3)", "f"), ("dq.free_text_status('аб', 3)", "i"), ("dq.free_text_status('нет', 3)", "f"),
    ],
)  # fmt: skip
def test_an_answer_has_a_status(ask, call, status):
    assert ask(call) == status


@pytest.mark.parametrize(
    ("text", "day"),
    [("2024-02-29", "2024-02-29"), ("2000-02-29", "2000-02-29"), ("2025-12-31", "2025-12-31"), ("2025-02-29", None),
     ("1900-02-29", None), ("2025-04-31", None), ("2025-13-01", None), ("0000-01-01", None), ("01.01.2025", None),
     ("2025-1-1", None), ("2025-01-01 ", None), ("", None), (None, None)],
)  # fmt: skip
def test_only_a_real_day_in_canonical_form_is_a_date(ask, text, day):
    assert ask("dq.as_date(%s)::text", text) == day


def test_no_canonical_text_becomes_another_value(ask):
    assert ask("array[dq.as_boolean('true'), dq.as_boolean('false'), dq.as_boolean('да')]") == [
        True,
        False,
        None,
    ]
    assert ask(
        "array[dq.as_integer('-12'), dq.as_integer('1.5'), dq.as_integer('99999999999999999999')]"
    ) == [
        -12,
        None,
        None,
    ]
    assert ask("dq.as_decimal('0.25')::text") == "0.25"
    assert ask("dq.as_decimal('1e5')") is None
    assert ask("dq.as_instant('2025-12-15T23:30:00+03:00') = timestamptz '2025-12-15 20:30:00Z'") is True
    assert ask("dq.as_instant('2025-12-15T24:00:00+03:00')") is None
    assert ask("dq.as_instant('2025-12-15T20:30:00Z')") is None


def test_white_space_is_cleaned_and_nothing_is_null(ask):
    assert ask(r"dq.clean(E' \t a\u00a0 \u00a0b ')") == "a b"
    assert ask(r"dq.clean(E'\u00a0 ')") is None
