"""СНИЛС by the text of domain §3.1, three cases and all: the tests' own arithmetic, independent of the SQL."""

from __future__ import annotations

LIMIT = 101


def sum_of_snils(body: int) -> int:
    """Sum of the nine digits, each times ten less its place."""
    return sum(int(digit) * (10 - place) for place, digit in enumerate(f"{body:09d}", start=1))


def valid_snils(body: int) -> str:
    """Eleven digits: the nine of `body` and their check digits."""
    total = sum_of_snils(body)
    if total < LIMIT - 1:
        check = total
    elif total in (LIMIT - 1, LIMIT):
        check = 0
    else:
        check = total % LIMIT
        check = 0 if check == LIMIT - 1 else check
    return f"{body:09d}{check:02d}"
