"""How identifiers, documents, phones, e-mails and addresses are judged (domain §3.1-3.5)."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from tests.oracle.words import BLANKS, DASHES, bare, is_filler

if TYPE_CHECKING:
    import datetime as dt

LAST_UNCHECKABLE = 1_001_998
INN_TENTH = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_LAST = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
ROMAN = re.compile(r"(?=[IVXLC])C{0,3}(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
TO_ROMAN = str.maketrans("ІіӀӏ1l|ХхСсУу", "IIIIIIIXXCCVV")
TO_CYRILLIC = str.maketrans("ABEKMHOPCTXY", "АВЕКМНОРСТХУ")
SIX_DIGITS = re.compile(r"[0-9]{6}")


def snils_of(text: str | None) -> str | None:
    """The eleven digits of a СНИЛС with right check digits, else None (domain §3.1)."""
    digits = re.sub(rf"[\s\u00a0{DASHES}]", "", bare(text) or "")
    if not re.fullmatch(r"[0-9]{11}", digits) or int(digits[:9]) <= LAST_UNCHECKABLE:
        return None
    rest = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9])) % 101
    return digits if (0 if rest == 100 else rest) == int(digits[9:]) else None


def inn_of(text: str | None) -> str | None:
    """The twelve digits of a person's ИНН with right check digits, else None (domain §3.2)."""
    digits = re.sub(rf"[\s\u00a0{DASHES}]", "", bare(text) or "")
    if not re.fullmatch(r"[0-9]{12}", digits) or set(digits) == {"0"}:
        return None
    sums = [
        sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 % 10
        for weights in (INN_TENTH, INN_LAST)
    ]
    return digits if sums == [int(digits[10]), int(digits[11])] else None


def judge_phone(text: str | None) -> str:
    """F when the phone has one E.164 form (domain §3.5)."""
    value = bare(text)
    if value is None:
        return "e"
    if is_filler(value):
        return "p"
    digits = re.sub(r"[^0-9]", "", value)
    is_long = bool(re.fullmatch(r"[78][0-9]{10}", digits))
    national = digits[1:] if is_long else digits
    if len(national) > 1 and len(set(national)) == 1:
        return "p"
    if value.startswith("+") and not digits.startswith("7"):
        return "f" if 8 <= len(digits) <= 15 else "i"
    if is_long:
        return "f" if national[0] in "3489" else "i"
    return (
        "f" if re.fullmatch(r"(?:9|866)[0-9]*", national) and len(national) == 10 and value[0] != "+" else "i"
    )


def judge_email(text: str | None) -> str:
    """F for one @, a local part, and a domain of at least two labels, without spaces."""
    value = bare(text)
    if value is None:
        return "e"
    if is_filler(value):
        return "p"
    return "f" if re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value) else "i"


def judge_document(
    *, kind: str | None, series: str | None, number: str | None, issued_on: dt.date | None, is_current: bool,
    birth_date: dt.date | None, night: dt.date, kinds: frozenset[str],
) -> str:  # fmt: skip
    """Status of one identity document (leaf P17; domain §3.3, §3.4)."""
    kind, series, number = bare(kind), bare(series), bare(number)
    if series is None and number is None:
        return "e"
    is_nought = kind == "12" and set(number or "") == {"0"}
    if number is not None and (is_nought or is_filler(number, in_identity=True)):
        return "p"
    if not is_current or kind not in kinds or number is None:
        return "i"
    if kind == "11":
        return "f" if is_birth_series(series) and SIX_DIGITS.fullmatch(number) else "i"
    if kind != "12":
        return "f" if len(number) >= 3 else "i"
    fits = re.fullmatch(r"[0-9]{4}", re.sub(r"[\s\u00a0-]", "", series or "")) and SIX_DIGITS.fullmatch(
        number
    )
    is_old_enough = issued_on is not None and (birth_date is None or issued_on >= years_after(birth_date, 14))
    return "f" if fits and issued_on is not None and issued_on <= night and is_old_enough else "i"


def years_after(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 29 February becomes 28 where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def is_birth_series(series: str | None) -> bool:
    """Whether the series of a birth certificate is a Roman number and two Cyrillic capitals (domain §3.4)."""
    parts = [part for part in re.split(rf"[{DASHES}{BLANKS}]+", series or "") if part]
    if len(parts) != 2:
        return False
    roman = parts[0].translate(TO_ROMAN).upper()
    return bool(
        ROMAN.fullmatch(roman) and re.fullmatch(r"[А-ЯЁ]{2}", parts[1].upper().translate(TO_CYRILLIC))
    )


def judge_address(
    *, kind: str, locality: str | None, house: str | None, fias_id: str | None, is_same: bool, has_end: bool
) -> str:
    """Status of one address (leaves P18, P19)."""
    locality, house, fias_id = bare(locality), bare(house), bare(fias_id)
    if kind == "actual" and is_same:
        return "f"
    if locality is None and house is None and fias_id is None:
        return "e"
    # A house number may repeat its digit; only noughts are none.
    has_number = house is not None and bool(re.fullmatch(r"[0-9]*[1-9][0-9]*", house))
    has_filler = (locality is not None and is_filler(locality)) or (
        house is not None and not has_number and is_filler(house)
    )
    if not is_uuid(fias_id):
        if has_filler:
            return "p"
        if locality is None or house is None:
            return "i"
    return "i" if kind == "temporary" and not has_end else "f"


def is_uuid(text: str | None) -> bool:
    """Whether a ФИАС identifier has the form of one."""
    if text is None or len(text) != 36:
        return False
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
