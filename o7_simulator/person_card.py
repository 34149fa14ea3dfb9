"""The person: names, birth, language, sex, citizenship, СНИЛС, ИНН (P03–P09, P13, P14, P20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_simulator import identifiers, names
from o7_simulator.geography import CITIZENSHIPS
from o7_simulator.people import POSITION, Pupil, Scene, iso

if TYPE_CHECKING:
    from collections.abc import Callable

PLACEHOLDERS = ("-", "нет", "не указано", "н/д", "неизвестно", "хххх")


def _last(p: Pupil, s: Scene, kind: str) -> str:
    c = s.chance
    if kind == "double":
        return f"{p.last}-{names.last_name(p.origin, c.between(0, 99), is_male=p.is_male)}"
    if kind == "dash":
        return f"{p.last}–{names.last_name(p.origin, c.between(0, 99), is_male=p.is_male)}"
    if kind == "palochka":
        typed = c.pick(("I", "1", "І", "ӏ", "l"))
        return c.pick(names.PALOCHKA_LAST).format(typed, typed)
    return _name(p.last, s, kind)


def _name(word: str, s: Scene, kind: str) -> str:
    c = s.chance
    if kind == "usual":
        return word
    if kind == "spaces":
        return c.pick((f"\u00a0{word}", f"{word} ", f"  {word}\u00a0"))
    if kind == "homoglyph":
        return _with_one_latin_letter(word)
    if kind == "placeholder":
        return c.pick(PLACEHOLDERS)
    if kind == "empty":
        return s.empty()
    return {
        "caps": word.upper(),
        "lower": word.lower(),
        "digit": f"{word}3",
        "initial": f"{word[0]}.",
        "latin": names.transliterated(word),
    }[kind]


def _with_one_latin_letter(word: str) -> str:
    for position, letter in enumerate(word):
        latin = letter.translate(names.HOMOGLYPHS)
        if latin != letter:
            return word[:position] + latin + word[position + 1 :]
    return word


def _middle(p: Pupil, s: Scene, kind: str) -> str:
    p.person[3] = "true" if kind == "absent" else "false"
    if kind == "absent":
        return ""
    if kind == "oglu":
        father = names.first_name("other", s.chance.between(0, 99), is_male=True)
        return f"{father} {'оглы' if p.is_male else 'кызы'}"
    return _name(p.patronymic, s, kind)


def _birth_date(p: Pupil, s: Scene, kind: str) -> str:
    c = s.chance
    if kind == "usual":
        return iso(p.birth)
    if kind == "epoch":
        return c.pick(("1900-01-01", "1970-01-01"))
    if kind == "enrolment_day":
        return iso(p.enrolments[-1].starts)
    if kind == "empty":
        return ""
    year = s.plan.request.clock.year
    return {
        "too_young": f"{year - c.between(1, 4)}-0{c.between(1, 8)}-1{c.between(0, 9)}",
        "too_old": f"{c.between(1990, year - 26)}-0{c.between(1, 9)}-1{c.between(0, 9)}",
        "before_1990": f"198{c.between(5, 9)}-0{c.between(1, 9)}-1{c.between(0, 9)}",
        "future": f"{year + 3}-0{c.between(1, 9)}-1{c.between(0, 9)}",
    }[kind]


def _sex(p: Pupil, s: Scene, kind: str) -> str:
    usual = "М" if p.is_male else "Ж"
    if kind == "usual":
        return usual
    if kind == "word":
        return s.chance.pick(("муж.", "мужской") if p.is_male else ("жен.", "женский"))
    if kind == "empty":
        return s.empty()
    return {"lower": usual.lower(), "wrong": "пол", "placeholder": "-"}[kind]


def _birth_place(p: Pupil, s: Scene, kind: str) -> str:
    c = s.chance
    place = f"г. {s.school.locality}" if s.school.is_urban else f"с. {s.school.locality}"
    if kind == "usual":
        return place if c.u() < 0.8 else "г. Нальчик"
    if kind == "empty":
        return s.empty()
    return {
        "spaces": f" \u00a0{place} ",
        "short": "г.",
        "digits": "36 10",
        "placeholder": c.pick(PLACEHOLDERS),
    }[kind]


def _language(p: Pupil, s: Scene, kind: str) -> str:
    c = s.chance
    if kind == "usual":
        return c.pick(names.LANGUAGES[p.origin])
    if kind == "two_languages":
        return c.pick(
            ("русский, кабардинский", "кабардинский/русский", "балкарский и русский", '"русский; балкарский"')
        )
    if kind == "empty":
        return s.empty()
    return c.pick(PLACEHOLDERS) if kind == "placeholder" else c.pick(("национальный", "горский", "домашний"))


def _citizenship(p: Pupil, s: Scene, kind: str) -> str:
    """The kind of citizenship; sets the country beside it."""
    code, country = {
        "usual": ("1", "643" if s.chance.u() < 0.8 else ""),
        "dual": ("2", s.chance.pick(CITIZENSHIPS)),
        "foreign": ("3", s.chance.pick(CITIZENSHIPS)),
        "stateless": ("4", ""),
        "no_country": (s.chance.pick(("2", "3")), ""),
        "unknown_country": ("3", "987"),
        "bad_kind": ("15", ""),
        "empty": ("", ""),
    }[kind]
    p.person[9] = country
    return code


def _snils(p: Pupil, s: Scene, kind: str) -> str:
    digits = p.snils
    if kind in ("usual", "duplicate"):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
    c = s.chance
    if kind == "lost_zero":
        return identifiers.with_snils_check(f"0{c.between(21_000_000, 98_765_432)}")[1:]
    if kind == "empty":
        return s.empty()
    wrong = f"{(int(digits[9:]) + 1 + c.between(0, 7)) % 100:02d}"
    return {
        "formatted": f"{digits[:3]} {digits[3:6]} {digits[6:9]} {digits[9:]}",
        "plain": digits,
        "dashed": f"{digits[:3]}–{digits[3:6]}–{digits[6:9]}\u00a0{digits[9:]}",
        "check_digits": f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {wrong}",
        "not_checkable": f"000-5{c.between(10, 98)}-{c.between(120, 987)} {wrong}",
        "too_long": f"{digits}{c.between(1, 9)}",
        "placeholder": c.pick(("000-000-000 00", "нет", "-", "111-111-111 11", "не указано")),
    }[kind]


def _inn(p: Pupil, s: Scene, kind: str) -> str:
    if kind == "empty":
        return s.empty()
    inn = p.inn
    return {
        "usual": inn,
        "duplicate": inn,
        "spaces": f" {inn[:4]} {inn[4:]}",
        "lost_zero": inn[1:],
        "check_digits": f"{inn[:-1]}{(int(inn[-1]) + 1) % 10}",
        "organisation": identifiers.organisation_inn(p.ordinal % 90_000),
        "placeholder": s.chance.pick(("000000000000", "-", "н/д")),
    }[kind]


_FIELDS: dict[str, tuple[int, Callable[[Pupil, Scene, str], str]]] = {
    "P03": (0, _last),
    "P04": (1, lambda p, s, kind: _name(p.first, s, kind)),
    "P05": (2, _middle),
    "P06": (4, _birth_date),
    "P08": (5, _sex),
    "P20": (6, _birth_place),
    "P07": (7, _language),
    "P09": (8, _citizenship),
    "P13": (10, _snils),
    "P14": (11, _inn),
}
LEAVES = tuple(_FIELDS)


def make(p: Pupil, s: Scene) -> None:
    """Fill the person with a value of the intended kind on every leaf, and render the row."""
    if not p.snils:
        p.snils, p.inn = identifiers.snils(p.ordinal), identifiers.person_inn(p.ordinal)
    for leaf in LEAVES:
        change(p, s, leaf, p.kind(leaf))
    render(p, p.stamp)


def change(p: Pupil, s: Scene, leaf: str, kind: str) -> None:
    """Give one leaf a value of another kind; the row is rendered by `render`."""
    position, maker = _FIELDS[leaf]
    p.person[position] = maker(p, s, kind)
    p.settle(leaf, kind)
    if leaf in ("P09", "P13"):
        _owe_snils(p)


def _owe_snils(p: Pupil) -> None:
    """A foreigner or stateless person without a СНИЛС owes none (leaf P13)."""
    if p.kind("P13") == "empty":
        p.status[POSITION["P13"]] = "x" if p.person[8] in ("3", "4") else "e"


def render(p: Pupil, stamp: str) -> None:
    """Put the person's row into its slot."""
    p.rows["person"] = [("person", f"{p.id};{stamp};{p.org_id};{';'.join(p.person)}")]
