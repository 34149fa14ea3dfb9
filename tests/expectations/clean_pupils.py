"""Pupils without a fault: a person with his card, papers and sections, as no rule may flag them."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.expectations.world import NIGHT

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

Rows = dict[str, list[dict[str, Any]]]
TODAY = dt.date.fromisoformat(NIGHT)
YEAR = dt.date(2025, 9, 1)
DAY = dt.timedelta(days=1)
IN_A_SCHOOL = 275
SURNAMES = ("Шогенов", "Кушхов", "Бекмурзов-Кулиев", "Карданов", "Алёшин", "Ульбашев", "Мокаев", "Дышеков")
GIRLS, BOYS = (
    ("Залина", "Алёна", "Жаннет", "Дана", "Мадина"),
    ("Астемир", "Мухаммед-Али", "Ибрагим", "Къайсын", "Ян"),
)
LANGUAGES = (
    "кабардинский",
    "балкарский",
    "русский",
    "Русский, кабардинский",
    "карачаево-балкарский язык",
    "турецкий",
)
LETTERS = "абвгдежзик"
PLACES = ("г. Нальчик", "с. Нартан", "Баку")


def snils(number: int) -> str:
    """A number nobody was given, with its check digits."""
    digits = f"{900_000_000 + number:09}"
    control = sum(int(digit) * (9 - place) for place, digit in enumerate(digits)) % 101 % 100
    forms = ("{0}-{1}-{2} {3:02}", "{0} {1} {2} {3:02}", "{0}{1}{2}{3:02}", "{0}-{1}-{2}{3:02}")
    return forms[number % len(forms)].format(digits[:3], digits[3:6], digits[6:], control)


def inn(number: int) -> str:
    """A person's tax number of region 07."""
    digits = f"07{number:08}"
    for weights in ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)):
        digits += str(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10)
    return digits


def add(rows: Rows, entity: str, key: str, org: str | None = None, **columns: str | None) -> None:
    """Add a row; its school is ``org``."""
    owner = {} if org is None else {"org_id": org}
    rows[entity].append({"source_id": key, **owner, **columns})


def instant(chance: random.Random, days: int) -> str:
    """An instant of the last days before the night."""
    return f"{TODAY - chance.randint(1, days) * DAY}T{chance.randint(8, 18):02}:00:00+03:00"


def days(chance: random.Random, first: dt.date, last: dt.date = TODAY) -> str:
    """A day between two, each included."""
    return str(first + chance.randint(0, (last - first).days) * DAY)


def add_pupil(rows: Rows, number: int, school: str, group: str, parallel: int, chance: random.Random) -> None:
    """Add one pupil of a class with all that is kept of him."""
    pupil, born = f"u{number}", YEAR.replace(year=YEAR.year - parallel - 6) - chance.randint(1, 300) * DAY
    born += DAY if (born.month, born.day) == (2, 29) else 0 * DAY
    is_girl, is_foreign = chance.random() < 0.5, number % 40 == 7
    # Names may repeat: the numbers tell people apart, and who has none bears a name of his own.
    own = "".join(LETTERS[int(digit)] for digit in str(number)) if number % 120 == 7 else ""
    surname = chance.choice(SURNAMES)
    last = "-".join(f"{part}а" if is_girl else part for part in surname.split("-")) + own
    middle = chance.choice(("Идар", "Аслан", "Мурат")) + ("овна" if is_girl else "ович")
    add(rows, "person", pupil, school, last_name=last, first_name=chance.choice(GIRLS if is_girl else BOYS),
         middle_name=None if number % 9 == 0 else middle, middle_name_absent="true" if number % 9 == 0 else "false",
         birth_date=str(born), sex="Ж" if is_girl else "М", birth_place=chance.choice(PLACES),
         native_language=chance.choice(LANGUAGES), citizenship_kind_code="3" if is_foreign else "1",
         citizenship_country_code="031" if is_foreign else chance.choice(("643", None)),
         snils=None if own else snils(number), inn=inn(number) if number % 3 else None)  # fmt: skip
    add(rows, "student", pupil, school, student_no=str(number), login=f"pupil{number}", study_form_code="11",
         personal_file_no=f"Л-{number}", is_under_state_care="false")  # fmt: skip
    add(rows, "enrollment_event", f"{pupil}-e", school, student_id=pupil, class_id=group, order_no="12",
         order_date="2025-08-30", starts_on="2025-09-01")  # fmt: skip
    _add_papers(rows, pupil, school, born, number, chance, is_foreign=is_foreign)
    _add_sections(rows, pupil, school, parallel, chance)


def _add_papers(
    rows: Rows,
    pupil: str,
    school: str,
    born: dt.date,
    number: int,
    chance: random.Random,
    *,
    is_foreign: bool,
) -> None:
    # Nobody here is born on a leap day: it has no fourteenth birthday that everybody counts alike.
    fourteen = born.replace(year=born.year + 14)
    issued = fourteen + chance.randint(0, 80) * DAY
    paper: dict[str, str] = {
        "type_code": "11",
        "series": chance.choice(("II-ЯЖ", "XXI-ОВ")),
        "issued_on": str(born + DAY),
    }
    if is_foreign:
        paper = {"type_code": "21", "series": "", "issued_on": str(born + 400 * DAY)}
    elif issued < TODAY:
        paper = {
            "type_code": "12",
            "series": f"83{chance.choice(('', ' '))}{issued.year % 100:02}",
            "issued_on": str(issued),
        }
    add(rows, "identity_document", f"{pupil}-d", school, student_id=pupil, number=f"{number % 999_983 + 1:06}",
         is_current="true", **paper)  # fmt: skip
    add(rows, "address", f"{pupil}-a1", school, student_id=pupil, kind="permanent", locality="Нальчик",
         street=chance.choice(("Ленина", "Шогенцукова")), house=str(number % IN_A_SCHOOL + 1))  # fmt: skip
    add(rows, "address", f"{pupil}-a2", school, student_id=pupil, kind="actual", same_as_registration="true")
    add(rows, "guardian", f"{pupil}-g", school, student_id=pupil, type_code="1", last_name="Шогенова",
         first_name="Лиана", middle_name="Муратовна",
         birth_date=days(chance, dt.date(1960, 1, 1), dt.date(1990, 1, 1)))  # fmt: skip
    add(rows, "contact", f"{pupil}-k1", school, student_id=pupil, kind="mobile", value=f"+7 928 {number:07}")
    add(rows, "contact", f"{pupil}-k2", school, student_id=pupil, guardian_id=f"{pupil}-g", kind="mobile",
         value=f"8 (938) {number:07}")  # fmt: skip
    add(
        rows,
        "contact",
        f"{pupil}-k3",
        school,
        student_id=pupil,
        kind="email",
        value=f"family{number}@example.ru",
    )
    add(rows, "contact", f"{pupil}-k4", school, student_id=pupil, kind="phone",
         value=chance.choice(("8(8662)42-00-00", "8 (86634) 2-11-00")))  # fmt: skip
    add(
        rows,
        "family_status",
        f"{pupil}-f",
        school,
        student_id=pupil,
        status=chance.choice(("категорий нет", "полная семья")),
    )
    add(rows, "additional_info", f"{pupil}-i", school, student_id=pupil, has_adapted_program="false",
         long_term_treatment_study_status="declared_none", adapted_program_need_status="declared_none",
         school_register="не состоит", meal_provision=chance.choice(("платное", "бесплатное", "не питается")),
         individual_study="нет", externship="не требуется", pdn_register="нет",
         health_limitation_status="declared_none", health_group_status="filled",
         disability_status="declared_none")  # fmt: skip


def _add_sections(rows: Rows, pupil: str, school: str, parallel: int, chance: random.Random) -> None:
    numbers = count()

    def own(entity: str, **columns: str | None) -> None:
        add(rows, entity, f"{pupil}-{next(numbers)}", school, student_id=pupil, **columns)

    own(
        "study_program",
        level_code="12" if parallel < 5 else "13" if parallel < 10 else "14",
        starts_on="2025-09-01",
    )
    if parallel >= 10:
        own("education_document", type_code="12", issued_on="2025-06-20" if parallel == 10 else "2024-06-20")
        own(
            "exam_result",
            exam_kind="ОГЭ",
            exam_date="2025-06-02",
            has_subject="true",
            has_score="true",
            has_mark="true",
        )
    for day in _schooldays(chance):
        own("performance_daily", on_date=day, mark_count=str(chance.randint(0, 4)))
    own("fitness_record", measured_on="2025-09-20")
    own("medical_release", starts_on="2025-11-01", ends_on="2025-11-20")
    for entity, kinds in (
        ("achievement", ("event", "work", "reward", "diploma")),
        ("extracurricular", ("event", "school_event", "hobby", "course", "material")),
    ):
        for kind in kinds:
            own(entity, kind=kind, text_length=str(chance.randint(1, 90)), file_count="1")
    own("characteristic", text_length=str(chance.randint(50, 900)), file_count="0")
    own("additional_education", direction=chance.choice(("бокс", "шахматы", "нет")))
    own("additional_note", text_length="5")
    own("section_declaration", leaf_code=chance.choice(("P40", "P50")), declared_on=days(chance, YEAR))
    add(rows, "legal_basis", f"{pupil}-b", school, student_id=pupil, kind="law", valid_from="2020-09-01")
    for category, level, result in (
        ("G1.1", "school", "participant"),
        ("G1.3", "federal", "prize"),
        ("G1.4", "regional", "winner"),
    ):
        own("portfolio_item", category_code=category, level_code=level, result_code=result, added_by_role="teacher",
            event_date=days(chance, YEAR, dt.date(2025, 11, 1)), added_at=instant(chance, 40), file_count="1",
            has_registry_link="false", legal_basis_id=f"{pupil}-b")  # fmt: skip
    own("recommendation", origin="automatic", offered_at=instant(chance, 90))
    own("individual_plan", formed_by_role="teacher", valid_from="2025-09-01")
    for resource in ("r1", "r2"):
        own(
            "access_grant_student",
            resource_id=resource,
            is_free="true",
            granted_on="2025-09-01",
            linked_on="2025-09-02",
        )


def _schooldays(chance: random.Random) -> Iterator[str]:
    for days in sorted(chance.sample(range(100), 14)):
        yield str(YEAR + days * DAY)
