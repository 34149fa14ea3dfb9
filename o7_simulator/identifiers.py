"""Official numbers with correct check digits, one for each ordinal (domain §3.1, §3.2).

Two ordinals below `ORDINALS` never give the same number: they are spread by a permutation modulo a prime.
"""

from __future__ import annotations

from operator import mul

ORDINALS = 99_999_989
"""The largest prime below 10⁸: how many different persons the number space holds."""

_SNILS_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, 1)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_ORGANISATION = (2, 4, 10, 3, 5, 9, 4, 6, 8)


def snils(ordinal: int) -> str:
    """Eleven digits of a СНИЛС from the range that was never issued (900-000-000 and above)."""
    return with_snils_check(f"{900_000_000 + (ordinal * 48_271_733 + 12_345_678) % ORDINALS}")


def with_snils_check(nine: str) -> str:
    """Nine digits followed by their two check digits (domain §3.1)."""
    total = sum(map(mul, map(int, nine), _SNILS_WEIGHTS))
    check = total if total < 100 else total % 101 % 100
    return f"{nine}{check:02d}"


def person_inn(ordinal: int) -> str:
    """Twelve digits of a person's ИНН of region 07 (domain §3.2)."""
    ten = f"07{(ordinal * 69_621_337 + 87_654_321) % ORDINALS:08d}"
    digits = [int(digit) for digit in ten]
    digits.append(_check(digits, _INN_11))
    return f"{ten}{digits[-1]}{_check(digits, _INN_12)}"


def document_number(drawn: int) -> str:
    """Six digits as drawn, but never five alike in front: one digit repeated reads as a placeholder (domain §1.2)."""
    number = str(drawn)
    return number if len(set(number[:5])) > 1 else f"{number[0]}{(int(number[1]) + 1) % 10}{number[2:]}"


def organisation_inn(number: int) -> str:
    """Ten digits of an organisation's ИНН of region 07."""
    nine = f"0711{number:05d}"
    return f"{nine}{_check([int(digit) for digit in nine], _INN_ORGANISATION)}"


def ogrn(number: int) -> str:
    """Thirteen digits of an ОГРН of region 07."""
    twelve = f"10207{number:07d}"
    return f"{twelve}{int(twelve) % 11 % 10}"


def _check(digits: list[int], weights: tuple[int, ...]) -> int:
    total: int = sum(map(mul, digits, weights))
    return total % 11 % 10
