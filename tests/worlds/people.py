"""Pupils: the person, the school card, enrolments, and pairs of them who cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.worlds import pools
from tests.worlds.chance import ONE_DAY
from tests.worlds.numbers import inn, snils
from tests.worlds.schools import Class, birthday

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.worlds.world import Row, World


@dataclass
class Pupil:
    """A pupil while he is being thrown: careful about every field but the odd ones."""

    name: str
    number: int
    home: Class
    odd: set[str] = field(default_factory=set)

    def is_odd(self, what: str) -> bool:
        """Whether this field of his is one of the odd ones."""
        return what in self.odd


def add_pupil(world: World, number: int, classes: Sequence[Class]) -> Pupil:
    """A pupil with his card and enrolments; what else belongs to him comes after."""
    chance = world.chance
    pupil = Pupil(f"{world.name}-pupil-{number:03}", number, chance.one(classes))
    # Of three pupils one keeps everything well, one has a single odd field, and one many.
    odd = chance.one((0, 0, 1, 1, 2, 4, 12))
    pupil.odd = set(chance.some(FIELDS, odd, odd))
    world.add("person", pupil.home.school, source_id=pupil.name, **_person(world, pupil))
    world.add("student", pupil.home.school, source_id=pupil.name, **_card(world, pupil))
    add_enrolments(world, pupil, classes)
    return pupil


FIELDS = (
    "last_name", "first_name", "middle_name", "birth_date", "sex", "birth_place", "native_language", "citizenship",
    "snils", "inn", "login", "personal_file_no", "study_form", "care", "enrolment", "documents", "registration",
    "actual_address", "contacts", "guardians", "family", "P21", "P22", "P23", "P24", "P25", "P26", "P27", "P28",
    "P29", "P30", "program", "education_document", "marks", "exams", "fitness", "P40", "P41", "P42", "P43", "P44",
    "P45", "P46", "P47", "P48", "P49", "P50", "P51", "declarations",
)  # fmt: skip


def _person(world: World, pupil: Pupil) -> Row:
    chance = world.chance
    kind, country = chance.one(pools.ODD_CITIZENSHIPS if pupil.is_odd("citizenship") else pools.CITIZENSHIPS)
    middle: tuple[str | None, str | None] = (
        chance.one(pools.MIDDLE_NAMES),
        chance.one(("false", "true", None)),
    )
    if pupil.is_odd("middle_name"):
        middle = (chance.one(pools.ODD_NAMES), chance.one(("true", "true", "false", None, "да")))
    return {
        "last_name": _value(world, pupil, "last_name", pools.LAST_NAMES, pools.ODD_NAMES),
        "first_name": _value(world, pupil, "first_name", pools.FIRST_NAMES, pools.ODD_NAMES),
        "middle_name": middle[0],
        "middle_name_absent": middle[1],
        "birth_date": _birth_date(world, pupil),
        "sex": _value(world, pupil, "sex", pools.SEXES, pools.ODD_SEXES),
        "birth_place": _value(world, pupil, "birth_place", pools.BIRTH_PLACES, pools.ODD_BIRTH_PLACES),
        "native_language": _value(world, pupil, "native_language", pools.LANGUAGES, pools.ODD_LANGUAGES),
        "citizenship_kind_code": kind,
        "citizenship_country_code": country,
        "snils": chance.one(pools.ODD_SNILS) if pupil.is_odd("snils") else snils(world, pupil.number),
        "inn": chance.one(pools.ODD_INN) if pupil.is_odd("inn") else inn(world, pupil.number),
    }


def _value(
    world: World, pupil: Pupil, what: str, good: Sequence[str | None], odd: Sequence[str | None]
) -> str | None:
    return world.chance.one(odd if pupil.is_odd(what) else good)


def _birth_date(world: World, pupil: Pupil) -> str | None:
    """A day about the edges of the ages that the class allows; or no such day."""
    chance = world.chance
    if not pupil.is_odd("birth_date"):
        return str(birthday(pupil.home.parallel, chance.year_starts, chance.number(6, 8)) + ONE_DAY)
    if chance.often(0.5):
        return chance.one((*pools.ODD_BIRTH_DATES, chance.day()))
    age = chance.one((4, 5, 11, 12, 13, 25 - pupil.home.parallel, 26 - pupil.home.parallel))
    return str(birthday(pupil.home.parallel, chance.year_starts, age) + ONE_DAY * chance.one((-1, 0, 1)))


def _card(world: World, pupil: Pupil) -> Row:
    chance = world.chance
    odd_texts = (None, "", "-", "нет", "111", "тест", "0")
    return {
        "student_no": f"{world.name}/{pupil.number}",
        "login": chance.one(odd_texts) if pupil.is_odd("login") else f"{world.name}.Pupil{pupil.number}",
        "personal_file_no": (
            chance.one(odd_texts) if pupil.is_odd("personal_file_no") else f"Л-{world.name}/{pupil.number}"
        ),
        "study_form_code": _value(world, pupil, "study_form", pools.STUDY_FORMS, pools.ODD_STUDY_FORMS),
        "is_under_state_care": chance.one(("true", "true", None, "да")) if pupil.is_odd("care") else "false",
    }


def add_enrolments(world: World, pupil: Pupil, classes: Sequence[Class]) -> None:
    """One sound enrolment, a sound chain of them, or any of the histories that decide something."""
    chance = world.chance
    start = chance.year_starts if chance.often(0.7) else world.night - ONE_DAY * chance.number(0, 300)
    if not pupil.is_odd("enrolment"):
        if chance.often(0.3):
            change = start - ONE_DAY * chance.number(0, 400)
            enrol(world, pupil, chance.one(classes), str(change), str(start))
        left = chance.one((None, None, None, str(world.night + ONE_DAY), str(world.night + 40 * ONE_DAY)))
        enrol(world, pupil, pupil.home, str(start), left)
        return
    if chance.often(0.15):
        return
    for _ in range(chance.number(1, 3)):
        where = chance.one((pupil.home, pupil.home, chance.one(classes)))
        began = chance.one((chance.day(), str(start), str(start)))
        enrol(world, pupil, where, began, chance.one((None, None, chance.day(), str(start))))


def enrol(world: World, pupil: Pupil, where: Class, starts: str | None, left: str | None) -> None:
    """One enrolment; the order is dated at the start, at any day, or not at all."""
    chance = world.chance
    ordered = chance.one((starts, starts, chance.day(), None, str(world.night)))
    world.add(
        "enrollment_event", where.school, student_id=pupil.name, class_id=where.class_id, order_no="1",
        order_date=ordered, starts_on=starts, left_on=left,
    )  # fmt: skip


def add_twins(world: World) -> None:
    """Let a few pupils repeat what should be theirs alone: a number, a login, a file, or all they are."""
    chance = world.chance
    persons, cards = world.rows["person"], world.rows["student"]
    for _ in range(chance.number(1, 4)):
        one, other = (persons.index(row) for row in chance.some(persons, 2, 2))
        _repeat(world, persons[one], persons[other], cards[one], cards[other])


def _repeat(world: World, person: Row, twin: Row, card: Row, twin_card: Row) -> None:
    chance = world.chance
    digits = "".join(filter(str.isdigit, person["snils"] or ""))
    repeats: dict[str, Any] = {
        "snils": chance.one((person["snils"], digits, f" {digits[:9]} {digits[9:]}")),
        "inn": person["inn"],
    }
    name = ("last_name", "first_name", "middle_name", "birth_date", "sex")
    match chance.one(("snils", "inn", "login", "file", "person", "person", "namesake")):
        case "snils":
            twin["snils"] = repeats["snils"]
        case "inn":
            twin["inn"] = repeats["inn"]
        case "login":
            twin_card["login"] = _respelt(card["login"], chance.often(0.5))
        case "file":
            twin_card["personal_file_no"] = _respelt(card["personal_file_no"], chance.often(0.5))
        case "person":
            twin |= {part: person[part] for part in name}
            twin["snils"] = chance.one((None, twin["snils"], repeats["snils"], "нет"))
            twin["last_name"] = _respelt_name(person["last_name"], chance.number(0, 3))
        case _:
            twin |= {part: person[part] for part in name[:-1]}


def _respelt(text: str | None, is_lower: bool) -> str | None:  # noqa: FBT001 - a throw of the dice
    return f" {text.lower() if is_lower else text.upper()}" if text else text


def _respelt_name(text: str | None, way: int) -> str | None:
    """The same name in another spelling; the last one is another name."""
    if not text or len(text) < 2:
        return text
    return (text, text.upper(), text.replace("ё", "е").replace("-", " "), f"{text}а")[way]
