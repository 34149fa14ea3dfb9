"""Rows that belong to no pupil: municipalities, schools, classes, periods, resources (by night)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from o7_simulator import identifiers, resources
from o7_simulator.catalogues import municipality_names
from o7_simulator.clock import stamp
from o7_simulator.leaves import period_ends
from o7_simulator.people import Row, iso, quoted
from o7_simulator.randomness import Chance

if TYPE_CHECKING:
    from o7_simulator.plan import Plan
    from o7_simulator.schools import Class, School


def rows(plan: Plan, k: int) -> list[Row]:
    """Every such row of night k."""
    clock = plan.request.clock
    first = clock.first_night.toordinal()
    old = f"{iso(clock.year_start.toordinal() - 30)}T09:00:00+03:00"
    result: list[Row] = [
        ("municipality_ref", f"{code};{old};{quoted(name)}") for code, name in municipality_names().items()
    ]
    result += [
        ("academic_year", f"{year};{old};{year}-09-01;{year + 1}-08-31")
        for year in (clock.year - 1, clock.year)
    ]
    for school in plan.schools:
        result.append(_organization(plan, school, k))
        result += _periods(plan, school, old)
        for class_ in school.classes:
            if class_.opened <= k:
                result += _class_rows(plan, class_, k, old)
    return result + _events(plan, k) + resources.rows(plan.request.prefix, first)


def _organization(plan: Plan, school: School, k: int) -> Row:
    clock = plan.request.clock
    is_merged = school.merged_night is not None and k >= school.merged_night
    changed = clock.night(school.merged_night).toordinal() if is_merged and school.merged_night else None
    if school.renamed is not None and k >= school.renamed[0]:
        changed = clock.night(school.renamed[0]).toordinal()
    when = stamp(
        Chance(plan.request.seed, "organization", school.index), changed or clock.first_night.toordinal() - 99
    )
    number = plan.request.world * 3000 + school.index + 1
    opened = f"{1930 + school.index % 80}-09-01"
    closed = iso(changed) if changed and is_merged else ""
    return (
        "organization",
        (
            f"{school.id};{when};{quoted(school.name_at(k))};{school.municipality or ''};{school.org_type};"
            f"{school.status_at(k)};{school.founder_code};{'true' if school.is_private else 'false'};"
            f"{'urban' if school.is_urban else 'rural'};{identifiers.organisation_inn(number)};"
            f"{identifiers.ogrn(number)};{opened};{closed}"
        ),
    )


def _periods(plan: Plan, school: School, old: str) -> list[Row]:
    clock = plan.request.clock
    year, ends = clock.year, period_ends(clock)
    start, last = clock.year_start, dt.date(year + 1, 5, 26)
    ranges = [(1, 11, ends[school.period_scheme][0])]
    if school.period_scheme == "mixed":
        ranges = [(1, 9, ends["mixed"][0]), (10, 11, ends["mixed"][1])]
    result: list[Row] = []
    for number, (low, high, first_end) in enumerate(ranges):
        head = f"{school.id}-q{number}"
        spans = ((start.toordinal(), first_end), (first_end + 8, last.toordinal()))
        for part, (begins, finishes) in enumerate(spans):
            result.append(
                (
                    "grading_period",
                    f"{head}{part};{old};{school.id};{year};{low};{high};{iso(begins)};{iso(finishes)}",
                )
            )
    return result


def _class_rows(plan: Plan, class_: Class, k: int, old: str) -> list[Row]:
    name, year = class_.name_at(k), plan.request.clock.year
    since = name.since or class_.opened
    when = stamp(Chance(plan.request.seed, "class", class_.id), plan.request.clock.night(since).toordinal())
    adapted = "true" if class_.is_adapted else "false"
    result: list[Row] = [
        (
            "class",
            f"{class_.id};{when if since else old};{class_.school.id};{year};{quoted(name.raw)};{adapted}",
        )
    ]
    if class_.previous_id and not class_.opened:
        label = f"{class_.parallel - 1}{class_.letter}"
        result.append(
            ("class", f"{class_.previous_id};{old};{class_.school.id};{year - 1};{quoted(label)};{adapted}")
        )
    chance = Chance(plan.request.seed, "class recommendation", class_.id)
    if chance.u() < 0.4 and not class_.opened:
        offered = stamp(chance, plan.request.clock.first_night.toordinal() - chance.between(1, 60))
        origin = chance.pick(("automatic", "teacher"))
        result.append(
            (
                "class_recommendation",
                f"{class_.id}-k;{offered};{class_.school.id};{class_.id};{origin};{offered}",
            )
        )
    return result


def _events(plan: Plan, k: int) -> list[Row]:
    result: list[Row] = []
    for school in plan.schools:
        if school.merged_night is not None and k >= school.merged_night:
            heir = next(iter(school.successors.values())).school
            day = plan.request.clock.night(school.merged_night).toordinal()
            when = stamp(Chance(plan.request.seed, "merge", school.index), day)
            result.append(
                ("organization_event", f"{school.id}-m;{when};merge;{school.id};{heir.id};{iso(day)};1")
            )
        if school.renamed is not None and k >= school.renamed[0]:
            day = plan.request.clock.night(school.renamed[0]).toordinal()
            when = stamp(Chance(plan.request.seed, "rename", school.index), day)
            result.append(
                ("organization_event", f"{school.id}-r;{when};rename;{school.id};{school.id};{iso(day)};")
            )
    return result
