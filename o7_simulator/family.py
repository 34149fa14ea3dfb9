"""Contacts of the pupil, guardians and the social status of the family (P10–P12, P31, P32; domain §3.5)."""

from __future__ import annotations

from o7_simulator import names
from o7_simulator.people import Pupil, Row, Scene, iso

_CODES = ("928", "903", "909", "963", "967", "988", "938")
_LANDLINES = ("8662", "86630", "86632", "86634", "86635", "86637", "86638", "86631", "86633", "86636")
_CATEGORIES = ("многодетная", "малообеспеченная", "неполная", "опекаемая", "семья участника СВО")
_KINDS = {"P10": "mobile", "P11": "phone", "P12": "email"}


def make_contact(p: Pupil, s: Scene, leaf: str) -> None:
    """Rows of one of the leaves P10–P12."""
    kind = p.kind(leaf)
    p.settle(leaf, kind)
    if kind == "empty":
        p.rows[leaf] = []
        return
    value = _mailbox(p, s, kind) if leaf == "P12" else _phone(s, kind, is_mobile=leaf == "P10")
    p.rows[leaf] = [_contact(p, leaf, "", _KINDS[leaf], value)]


def _contact(p: Pupil, number: str, guardian_id: str, kind: str, value: str) -> Row:
    return "contact", f"{p.id}-c{number};{p.stamp};{p.org_id};{p.id};{guardian_id};{kind};{value}"


def _phone(s: Scene, kind: str, *, is_mobile: bool) -> str:
    c = s.chance
    number = f"{c.between(1_234_567, 9_876_543)}"
    if kind == "placeholder":
        return c.pick(("8-999-999-99-99", "0000000000", "-", "нет данных", "000-000"))
    if kind == "incomplete":
        return f"{number[0]}2-{number[1]}3-{number[2]}5"
    if is_mobile or kind not in ("usual", "typed"):
        return _mobile(s, kind, number)
    area = c.pick(_LANDLINES)
    rest = number[: 10 - len(area)]
    if kind == "usual":
        return f"8 ({area}) {rest[:-4]}-{rest[-4:-2]}-{rest[-2:]}"
    return c.pick((f"8({area}){rest}", f"+7 {area} {rest}", f"{area}{rest}"))


def _mobile(s: Scene, kind: str, number: str) -> str:
    code = s.chance.pick(_CODES)
    pairs = f"{number[:3]} {number[3:5]} {number[5:]}"
    typed = (
        f"8 ({code}) {number[:3]}-{number[3:5]}-{number[5:]}",
        f"+7 {code} {pairs}",
        f"{code}{number}",
        f"7{code}{number}",
    )
    return {
        "usual": f"+7{code}{number}",
        "typed": s.chance.pick(typed),
        "missing_digit": f"8 {code} {pairs[:-1]}",
        "bad_prefix": f"+7 0{code[1:]} {pairs}",
        "abroad": f"+90 532 {pairs}",
    }[kind]


def _mailbox(p: Pupil, s: Scene, kind: str) -> str:
    name = f"{names.transliterated(p.first)}{p.ordinal}"
    usual = f"{name}@{s.chance.pick(('mail.ru', 'yandex.ru', 'gmail.com', 'edu07.ru'))}"
    return {
        "usual": usual,
        "upper": usual.upper(),
        "no_at": usual.replace("@", "."),
        "inner_space": f"{name} 1@mail.ru",
        "no_dot": f"{name}@mailru",
        "placeholder": s.chance.pick(("mail@mail.ru", "no@no.no", "-")),
    }[kind]


def make_guardians(p: Pupil, s: Scene) -> None:
    """Rows of leaf P32 and the guardians' contacts."""
    kind = p.kind("P32")
    rows: list[Row] = []
    p.has_guardian_contact = False
    if kind != "none":
        rows.append(_guardian(p, s, 1, kind))
        if kind == "two":
            rows.append(_guardian(p, s, 2, kind))
        if s.chance.u() < 0.85 or not s.plan.request.profile.has_faults:
            phone = "usual" if s.chance.u() < 0.95 or not s.plan.request.profile.has_faults else "incomplete"
            p.has_guardian_contact = phone == "usual"
            rows.append(_contact(p, "g1", f"{p.id}-g1", "mobile", _phone(s, phone, is_mobile=True)))
    p.rows["P32"] = rows
    p.settle("P32", kind)


def _guardian(p: Pupil, s: Scene, number: int, kind: str) -> Row:
    c = s.chance
    is_male = number == 2 or c.u() < 0.2
    code = (
        "6"
        if kind == "in_care"
        else "9"
        if kind == "unknown_type"
        else "1"
        if c.u() < 0.96
        else c.pick("2357")
    )
    if kind == "care_without_head":
        code = "1"
    last = names.last_name(p.origin, c.between(0, 99), is_male=is_male)
    first = names.first_name(p.origin, c.between(0, 99), is_male=is_male)
    middle = names.patronymic(c.between(0, names.PATRONYMICS - 1), is_male=is_male)
    if kind == "name_digit":
        last += "3"
    elif kind == "placeholder":
        last = c.pick(("нет", "-", "неизвестно"))
    elif kind == "blank":
        last, first, middle = s.empty(), "", ""
    born = iso(p.birth - c.between(7_000, 14_000))
    return "guardian", f"{p.id}-g{number};{p.stamp};{p.org_id};{p.id};{code};{last};{first};{middle};{born}"


def make_family_status(p: Pupil, s: Scene) -> None:
    """Rows of leaf P31."""
    kind, c = p.kind("P31"), s.chance
    p.settle("P31", kind)
    p.rows["P31"] = []
    if kind == "declared":
        p.rows["P31"] = [declaration(p, s, "P31")]
    elif kind != "none":
        value = {
            "usual": "категорий нет" if c.u() < 0.8 else "нет",
            "category": c.pick(_CATEGORIES),
            "short": "аб",
            "placeholder": c.pick(("-", "не указано")),
        }[kind]
        p.rows["P31"] = [("family_status", f"{p.id}-f1;{p.stamp};{p.org_id};{p.id};{value}")]


def declaration(p: Pupil, s: Scene, leaf: str) -> Row:
    """«Записей нет» for a leaf."""
    day = iso(s.this_year())
    return "section_declaration", f"{p.id}-n{leaf[1:]};{p.stamp};{p.org_id};{p.id};{leaf};{day}"
