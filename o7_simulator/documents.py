"""Identity documents and addresses (P17, P18, P19; domain §3.3, §3.4)."""

from __future__ import annotations

import uuid

from o7_simulator import geography
from o7_simulator.identifiers import document_number
from o7_simulator.people import Pupil, Scene, iso

_NUMERALS = ("I", "II", "III", "IV", "V")
_LETTERS = ("ЯЖ", "ЕЯ", "АИ", "ОВ", "АВ", "МН")
_TYPED_SERIES = ("1-ЕЯ", "І-ЕЯ", "III ЕЯ", "V-AB", "ХI-ЕЯ", "II–АИ", "l-ОВ")
FOURTEEN_YEARS = 5114
"""Days of fourteen years, leap days counted."""


def make_documents(p: Pupil, s: Scene) -> None:
    """Rows of leaf P17."""
    kind = p.kind("P17")
    if kind == "none":
        p.rows["P17"] = []
    elif kind in (
        "bad_number",
        "bad_series",
        "early_passport",
        "not_current",
        "unknown_type",
        "zeros",
        "placeholder",
        "blank",
    ):
        p.rows["P17"] = [_document(p, 1, _bad_document(p, s, kind))]
    elif kind == "two_documents":
        old = (*_certificate(p, s, typed=False)[:-1], "false")
        p.rows["P17"] = [_document(p, 2, old), _document(p, 1, _good_document(p, s, typed=False))]
    else:
        p.rows["P17"] = [_document(p, 1, _good_document(p, s, typed=kind == "typed_series"))]
    p.settle("P17", kind)


def _document(p: Pupil, number: int, fields: tuple[str, ...]) -> tuple[str, str]:
    return "identity_document", f"{p.id}-d{number};{p.stamp};{p.org_id};{p.id};{';'.join(fields)}"


def _good_document(p: Pupil, s: Scene, *, typed: bool) -> tuple[str, ...]:
    # A wrong birth date must not make the passport wrong too: such pupils show a certificate.
    is_old_enough = s.night - p.birth > FOURTEEN_YEARS + 120 and p.kind("P06") == "usual"
    if p.kind("P09") == "foreign":
        return "21", "", f"A{s.chance.between(100_000, 999_999)}", iso(s.past(100, 900)), "", "true"
    if not is_old_enough or typed:
        return _certificate(p, s, typed=typed)
    issued = min(s.night - 5, p.birth + FOURTEEN_YEARS + s.chance.between(5, 90))
    series = f"83{int(iso(issued)[2:4]):02d}"
    if s.chance.u() < 0.3:
        series = f"{series[:2]} {series[2:]}"
    return (
        "12",
        series,
        _number(s),
        iso(issued),
        f"07{s.chance.between(1, 9)}-00{s.chance.between(1, 9)}",
        "true",
    )


def _certificate(p: Pupil, s: Scene, *, typed: bool) -> tuple[str, ...]:
    c = s.chance
    series = c.pick(_TYPED_SERIES) if typed else f"{c.pick(_NUMERALS)}-{c.pick(_LETTERS)}"
    return "11", series, _number(s), iso(p.birth + c.between(5, 60)), "", "true"


def _number(s: Scene) -> str:
    return document_number(s.chance.between(100_001, 999_998))


def _bad_document(p: Pupil, s: Scene, kind: str) -> tuple[str, ...]:
    good = list(_certificate(p, s, typed=False))
    if kind == "bad_number":
        good[2] = good[2][:5]
    elif kind == "bad_series":
        good[1] = s.chance.pick(("IIII-ЕЯ", "I-Е", "АБ-12"))
    elif kind == "early_passport":
        return "12", "8321", _number(s), iso(p.birth + 4000), "070-001", "true"
    elif kind == "not_current":
        good[5] = "false"
    elif kind == "unknown_type":
        good[0] = "98"
    elif kind == "zeros":
        return "12", "0000", "000000", iso(s.past(100, 300)), "", "true"
    elif kind == "placeholder":
        return "11", "", s.chance.pick(("нет", "-", "н/д")), "", "", "true"
    else:
        return "11", s.empty(), "", "", "", "true"
    return tuple(good)


def make_registration(p: Pupil, s: Scene) -> None:
    """Rows of leaf P18."""
    kind = p.kind("P18")
    address = {
        "none": [],
        "temporary": [_address(p, s, 1, "temporary", "usual", iso(s.night + 400))],
        "open_ended": [_address(p, s, 1, "temporary", "usual", "")],
        "two_rows": [
            _address(p, s, 2, "permanent", "no_house", ""),
            _address(p, s, 1, "temporary", "usual", iso(s.night + 400)),
        ],
    }
    p.rows["P18"] = address[kind] if kind in address else [_address(p, s, 1, "permanent", kind, "")]
    p.settle("P18", kind)


def make_actual_address(p: Pupil, s: Scene) -> None:
    """Rows of leaf P19; the usual answer is «совпадает с регистрацией»."""
    kind = p.kind("P19")
    if kind == "none":
        p.rows["P19"] = []
    elif kind == "usual":
        p.rows["P19"] = [("address", f"{p.id}-a9;{p.stamp};{p.org_id};{p.id};actual;;;;;true;")]
    else:
        p.rows["P19"] = [_address(p, s, 9, "actual", kind, "")]
    p.settle("P19", kind)


def _house(s: Scene) -> str:
    """A house number; never one digit repeated, which reads as a placeholder (domain §1.2)."""
    number = str(s.chance.between(1, 180))
    return number if len(set(number)) > 1 or len(number) == 1 else f"{number}а"


def _address(p: Pupil, s: Scene, number: int, place: str, kind: str, valid_until: str) -> tuple[str, str]:
    c = s.chance
    locality, street, house, fias = s.school.locality, c.pick(geography.STREETS), _house(s), ""
    if kind == "fias":
        fias = str(uuid.UUID(int=(p.ordinal << 64) + number + (c.between(1, 1 << 30) << 96), version=4))
        if c.u() < 0.5:
            locality = street = house = ""
    elif kind == "no_house":
        house = s.empty()
    elif kind == "placeholder":
        house = c.pick(("-", "н/д", "0"))
    elif kind == "blank":
        locality = street = house = ""
    fields = f"{locality};{street};{house};{fias};false;{valid_until}"
    return "address", f"{p.id}-a{number};{p.stamp};{p.org_id};{p.id};{place};{fields}"
