"""How classes are named, typed and mistyped (domain §3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from o7_simulator import rates
from o7_simulator.names import HOMOGLYPHS

if TYPE_CHECKING:
    from o7_simulator.randomness import Chance
    from o7_simulator.rates import Profile

_LETTERS = "АБВГДЕЖЗИКЛМНОПРСТУФ"


class ClassName(NamedTuple):
    """A class's name from a night on: as typed, the status of leaf P01 and the label reports show.

    No label: what was typed could be a name, so that reports show the class's identity.
    """

    since: int
    raw: str
    status: str
    label: str | None


def letter(number: int, count: int, *, is_urban: bool) -> str:
    """Letter of the class number `number` of `count` in its parallel; a lone village class has none."""
    if count == 1 and not is_urban:
        return ""
    if number <= len(_LETTERS):
        return _LETTERS[number - 1]
    return f"{_LETTERS[(number - 1) % len(_LETTERS)]}{(number - 1) // len(_LETTERS)}"


def adapted_parallel(
    chance: Chance, school_pupils: int, parallel: int, number: int, profile: Profile
) -> int | None:
    """Intended parallel when the class follows an adapted programme, else none.

    The last class of parallel 1 may be «1 доп.» (parallel 0), one of parallel 9 a twelfth year.
    """
    if number != 2 or chance.u() > 0.06 or (profile.has_faults and school_pupils < 60):
        return None
    return {1: 0, 9: 12}.get(parallel, parallel)


def plain(parallel: int, letter_: str) -> str:
    """The canonical name: `7А`, `10`, `1 доп.` for parallel 0."""
    return "1 доп." if parallel == 0 else f"{parallel}{letter_}"


def first_name(chance: Chance, parallel: int, letter_: str, *, adapted: bool, profile: Profile) -> ClassName:
    """The name a class has on the first night, with the noise and faults of the profile."""
    label = plain(parallel, letter_)
    table = rates.class_name_rates(is_clean=not profile.has_faults)
    draw = chance.u()
    if adapted or draw >= table.other_total + table.fault_total:
        return ClassName(0, label, "f", label)
    if draw < table.other_total:
        kind = next(kind for limit, kind in table.others if draw < limit)
        return ClassName(0, _typed(kind.name, parallel, letter_), "f", label)
    draw -= table.other_total
    kind = next(kind for limit, kind in table.faults if draw < limit)
    raw = _mistyped(chance, kind.name, parallel, letter_)
    return ClassName(0, raw, kind.status, raw if any(map(str.isdigit, raw)) else None)


def mended(parallel: int, letter_: str, since: int) -> ClassName:
    """The canonical name from night `since` on."""
    label = plain(parallel, letter_)
    return ClassName(since, label, "f", label)


def _typed(kind: str, parallel: int, letter_: str) -> str:
    return {
        "spaced": f"{parallel} {letter_}".strip(),
        "hyphen": f"{parallel}-{letter_}" if letter_ else f"{parallel}",
        "quotes": f"{parallel} «{letter_}»" if letter_ else f"{parallel}",
        "straight_quotes": f'{parallel} "{letter_}"' if letter_ else f"{parallel}",
        "latin": f"{parallel}{letter_.translate(HOMOGLYPHS)}",
        "lower": f"{parallel}{letter_.lower()}",
        "word": f"{parallel}-{letter_} класс" if letter_ else f"{parallel} класс",
        "slash": f"{parallel}/{letter_}" if letter_ else f"{parallel}",
    }[kind]


def _mistyped(chance: Chance, kind: str, parallel: int, letter_: str) -> str:
    known = letter_ or "А"
    return {
        "leading_zero": f"0{min(parallel, 9)}{known}",
        "beyond": f"13{known}",
        "reversed": f"{known}{parallel}",
        "two_letters": f"{parallel}{known}Б",
        "zero": f"0{known}",
        "words": "лицейский класс",
        "twelve": f"12{known}",
        "placeholder": chance.pick(("-", "н/д", "тест", "не указано")),
    }[kind]
