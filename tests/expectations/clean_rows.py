"""A republic without a fault, as large as one asks: varied rows of every entity that no rule may flag.

The values take the forms the data dictionary allows (domain §3): numbers with and without separators, classes named in
several ways, documents by age, citizens and foreigners. The same number of pupils gives the same rows.
"""

from __future__ import annotations

import random
from collections import defaultdict

from tests.expectations.clean_pupils import DAY, IN_A_SCHOOL, YEAR, Rows, add, add_pupil, days, instant

IN_A_CLASS = 25
TOWNS = ("83701000", "83703000", "83710000", "83610000", "83615000", "83618000", "83620000", "83625000", "83635000",
         "83640000", "83645000", "83630000", "83648000")  # fmt: skip
CLASS_NAMES = ("{}{}", "{} {}", "{}-{}", "{}«{}»", "{}-{} класс", "{}/{}")


def clean_rows(pupils: int) -> Rows:
    """Rows of so many pupils, their schools and all that belongs to them."""
    rows: Rows = defaultdict(list)
    chance = random.Random(pupils)  # noqa: S311 - nothing is kept secret by it
    _add_shared(rows)
    for number in range(pupils):
        school = f"s{number // IN_A_SCHOOL}"
        if number % IN_A_SCHOOL == 0:
            _add_school(rows, number // IN_A_SCHOOL, chance)
        parallel = number % IN_A_SCHOOL // IN_A_CLASS % 11 + 1
        group = f"{school}-c{parallel}"
        if number % IN_A_CLASS == 0:
            add(rows, "class", group, school, academic_year_id="2025", is_adapted="false",
                 name=chance.choice(CLASS_NAMES).format(parallel, chance.choice("АБВГД")))  # fmt: skip
            add(rows, "class_recommendation", f"{group}-r", school, class_id=group, origin="teacher",
                 offered_at=instant(chance, 30))  # fmt: skip
        add_pupil(rows, number, school, group, parallel, chance)
    return rows


def _add_shared(rows: Rows) -> None:
    for oktmo in TOWNS:
        add(rows, "municipality_ref", oktmo, name=f"муниципальное образование {oktmo}")
    for year in (2024, 2025):
        add(rows, "academic_year", str(year), starts_on=f"{year}-09-01", ends_on=f"{year + 1}-08-31")
    for resource, platform in (("r1", "SkySmart"), ("r2", "ЯКласс")):
        add(rows, "content_resource", resource, name=f"Тренажёр {resource}", platform=platform)
        add(rows, "content_verification", f"{resource}-v", resource_id=resource, order_no="543", evidence_no="№ 7",
             valid_from="2023-09-01")  # fmt: skip


def _numbers(number: int) -> dict[str, str]:
    """ИНН and ОГРН of a school of region 07, with their check digits."""
    inn, ogrn = f"0711{number:05}", f"10207{number:07}"
    weighed = sum(
        weight * int(digit) for weight, digit in zip((2, 4, 10, 3, 5, 9, 4, 6, 8), inn, strict=True)
    )
    return {"inn": f"{inn}{weighed % 11 % 10}", "ogrn": f"{ogrn}{int(ogrn) % 11 % 10}"}


def _add_school(rows: Rows, number: int, chance: random.Random) -> None:
    key, town = f"s{number}", TOWNS[number % len(TOWNS)]
    add(rows, "organization", key, name=f"МКОУ «СОШ № {number + 1}»", municipality_oktmo=town, org_type_code="12",
         org_status_code="1", founder_code="3", is_private="false",
         settlement_kind=chance.choice(("urban", "rural")), opened_on=f"{1950 + number % 70}-09-01",
         **_numbers(number))  # fmt: skip
    add(rows, "organization_event", f"{key}-e", kind="rename", from_org_id=key, happened_on="2015-01-01")
    for first, last, parallels in (
        ("2025-09-01", "2025-10-26", ("1", "9")),
        ("2025-11-04", "2025-12-28", ("2", "11")),
    ):
        add(rows, "grading_period", f"{key}-g{first}", key, academic_year_id="2025", parallel_from=parallels[0],
             parallel_to=parallels[1], starts_on=first, ends_on=last)  # fmt: skip
    for place in range(12):
        person, begun = f"{key}-w{place}", f"{2000 + place}-09-01"
        add(rows, "staff_person", person, key, employed_from=begun)
        add(rows, "staff_position", f"{person}-p", key, staff_id=person, starts_on=begun,
             position_code=chance.choice(("127", "201", "114")))  # fmt: skip
        add(
            rows,
            "staff_workload",
            f"{person}-l",
            key,
            staff_id=person,
            position_id=f"{person}-p",
            kind="main",
        )
        add(rows, "access_grant_staff", f"{person}-a", key, staff_id=person, resource_id="r1", is_free="true",
             granted_on="2025-09-01", linked_on="2025-09-02", last_used_on=days(chance, YEAR + DAY))  # fmt: skip
