"""СНИЛС, ИНН and ОГРН: the vectors of domain §3.1 and §3.2."""

from __future__ import annotations

import pytest

from tests.dq.vectors import sum_of_snils, valid_snils

VALID_SNILS = [
    pytest.param("112-233-445 95", id="sum below 100"),
    pytest.param("021-132-330 67", id="sum below 100, leading nought"),
    pytest.param("060-019-310 00", id="sum of exactly 100"),
    pytest.param("103-921-100 00", id="sum of exactly 101"),
    pytest.param("166-616-918 00", id="remainder 100 makes 00"),
    pytest.param("087-654-303 00", id="remainder 0"),
    pytest.param("288-701-460 06", id="remainder of one digit"),
    pytest.param("174-858-390 23", id="remainder of two digits"),
    pytest.param("11223344595", id="digits only"),
    pytest.param("112 233 445 95", id="spaces"),
    pytest.param("112233445-95", id="one hyphen"),
    pytest.param("112–233–445\u00a095", id="dashes and a no-break space"),
    pytest.param("\t112-233-445 95 ", id="white space around"),
    *(
        pytest.param(number, id=f"synthetic {number}")
        for number in ("985-822-412 60", "914-942-603 18", "903-356-886 13", "999-529-223 02", "936-913-810 42",
                       "932-868-828 63", "001-001-999 65")
    ),
]  # fmt: skip
INVALID_SNILS = [
    pytest.param("112-233-445 94", "i", id="check digits"),
    pytest.param("112-233-444 95", "i", id="a digit changed"),
    pytest.param("060-019-310 99", "i", id="sum of 100 is not 99"),
    pytest.param("103-921-100 01", "i", id="sum of 101 is not 01"),
    pytest.param("166-616-918 01", "i", id="overflowing remainder"),
    pytest.param("087-654-303 01", "i", id="remainder 0 is not 01"),
    pytest.param("123-456-789 01", "i", id="check digits of a popular number"),
    pytest.param("8765430300", "i", id="ten digits, a nought lost"),
    pytest.param("001-001-998 00", "i", id="no check digits exist"),
    pytest.param("001-001-999 64", "i", id="first number with check digits, wrong"),
    pytest.param("112-233-445 951", "i", id="a digit too many"),
    pytest.param("112-233-445-9Б", "i", id="a letter"),
    pytest.param("000-000-000 00", "p", id="noughts"),
    pytest.param("111-111-111 11", "p", id="one digit repeated"),
    pytest.param("нет", "p", id="no answer"),
    pytest.param("  ", "e", id="blank"),
    pytest.param("", "e", id="empty text"),
    pytest.param(None, "e", id="null"),
]


@pytest.mark.parametrize("number", VALID_SNILS)
def test_a_right_snils_is_filled_and_normalised(ask, number):
    digits = "".join(character for character in number if character.isdigit())

    assert ask("array[dq.snils_status(%s), dq.snils_normal(%s)]", number, number) == ["f", digits]


@pytest.mark.parametrize(("number", "status"), INVALID_SNILS)
def test_a_wrong_snils_has_no_normal_form(ask, number, status):
    assert ask("array[dq.snils_status(%s), dq.snils_normal(%s)]", number, number) == [status, None]


def test_every_sum_of_digits_gets_its_own_check_digits(ask):
    """One number for each sum that exists above the first checkable one, right and each wrong by one."""
    numbers = {sum_of_snils(body): body for body in range(1_001_999, 999_999_999, 99_991)}
    right = [valid_snils(body) for body in numbers.values()]
    wrong = [f"{number[:9]}{(int(number[9:]) + 1) % 100:02d}" for number in right]

    assert len(numbers) > 250
    assert ask("bool_and(dq.snils_status(n) = 'f') from unnest(%s) as n", right)
    assert ask("bool_and(dq.snils_status(n) = 'i') from unnest(%s) as n", wrong)


@pytest.mark.parametrize(
    "number", ["500100732259", "071100000064", "070112345640", "072601234555", "070000000100"]
)
def test_a_right_inn_is_filled(ask, number):
    assert ask(
        "array[dq.inn_person_status(%s), dq.inn_normal(%s)]", number, f" {number[:4]} {number[4:]}"
    ) == [
        "f",
        number,
    ]


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param("500100732258", "i", id="second check digit"),
        pytest.param("500100732269", "i", id="first check digit"),
        pytest.param("500100732295", "i", id="transposed"),
        pytest.param("071100000065", "i", id="second check digit of a KBR number"),
        pytest.param("71100000064", "i", id="a lost leading nought"),
        pytest.param("07110000006", "i", id="eleven digits"),
        pytest.param("0711001234", "i", id="an organisation's"),
        pytest.param("50010073225A", "i", id="a letter"),
        pytest.param("5001007322591", "i", id="thirteen digits"),
        pytest.param("000000000000", "p", id="noughts pass the arithmetic"),
        pytest.param("-", "p", id="a dash"),
        pytest.param("нет", "i", id="«нет» is no filler of an optional field"),
        pytest.param(None, "e", id="null"),
    ],
)
def test_a_wrong_inn_has_no_normal_form(ask, number, status):
    assert ask("array[dq.inn_person_status(%s), dq.inn_normal(%s)]", number, number) == [status, None]


@pytest.mark.parametrize(
    ("number", "is_right"),
    [("7707083893", True), ("0711001234", True), ("0725009995", True), ("7707083894", False), ("0000000000", False),
     ("500100732259", False), ("", False), (None, False)],
)  # fmt: skip
def test_an_organisation_has_an_inn_of_ten_digits(ask, number, is_right):
    assert ask("dq.inn_organisation_ok(%s)", number) is is_right


@pytest.mark.parametrize(
    ("number", "is_right"),
    [("1027700132195", True), ("1020700001233", True), ("1027700132196", False), ("102770013219", False),
     ("102770013219Х", False), (None, False)],
)  # fmt: skip
def test_an_ogrn_ends_with_the_remainder_of_its_first_twelve_digits(ask, number, is_right):
    assert ask("dq.ogrn_ok(%s)", number) is is_right
