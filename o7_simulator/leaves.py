"""What is true of a pupil on a night, from intent: 51 statuses, the official rule, indicators 4.1, 4.2, 4.4.

The only place that turns intent into an answer (docs/leaf-rules.md); nothing here reads a value from a row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from o7_simulator import resources, student_card
from o7_simulator.people import POSITION, Enrolment, Pupil
from o7_simulator.study import exams_are_out

if TYPE_CHECKING:
    from o7_simulator.catalogues import ProfileRule
    from o7_simulator.clock import Clock
    from o7_simulator.schools import Class, School

_P01, _P06, _P10, _P13 = (POSITION[leaf] for leaf in ("P01", "P06", "P10", "P13"))
_P33, _P34, _P35, _P36, _P37, _P38 = range(POSITION["P33"], POSITION["P38"] + 1)
_UNSATISFIED = frozenset("ipe")


@dataclass(frozen=True, slots=True)
class Night:
    """The night a question is asked for."""

    k: int
    day: int
    first_day: int
    exams_are_out: bool
    period_ends: dict[str, tuple[int, int]]
    """By scheme of the school: last day of the first period of parallels 1–9 and of 10–11."""
    verified: frozenset[int]
    """Numbers of the resources that are verified on the night."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A pupil of the contingent on a night."""

    class_: Class
    statuses: str
    is_complete: bool
    """Numerator of 4.1."""
    is_recommended: bool
    """Numerator of 4.2."""
    has_access: bool
    """Numerator of 4.4."""


def night_of(clock: Clock, k: int) -> Night:
    """The night number k of a world."""
    day, first = clock.night(k).toordinal(), clock.first_night.toordinal()
    return Night(
        k,
        day,
        first,
        exams_are_out(day),
        period_ends(clock),
        frozenset(n for n in range(len(resources.RESOURCES)) if resources.is_verified(n, day, first)),
    )


def period_ends(clock: Clock) -> dict[str, tuple[int, int]]:
    """Last days of the first grading periods by scheme: quarter, trimester, half-year."""
    quarter = dt.date(clock.year, 10, 26).toordinal()
    trimester = dt.date(clock.year, 11, 30).toordinal()
    half = dt.date(clock.year, 12, 28).toordinal()
    return {"mixed": (quarter, half), "quarters": (quarter, quarter), "trimesters": (trimester, trimester)}


def winning(p: Pupil, day: int) -> Enrolment | None:
    """The enrolment that places the pupil: of those active the latest order, then the greatest id."""
    best = None
    for stay in p.enrolments:
        if (
            stay.is_placed
            and stay.starts <= day
            and (stay.left is None or stay.left > day)
            and (best is None or (stay.order_date, stay.id) > (best.order_date, best.id))
        ):
            best = stay
    return best


def answer(p: Pupil, night: Night, rule: ProfileRule) -> Answer | None:
    """The pupil's answer on the night; none when he does not belong to the contingent."""
    if not p.is_placed or p.kind("P16") in student_card.OUTSIDE_FORMS:
        return None
    stay = winning(p, night.day)
    if stay is None or stay.class_ is None or not stay.school.in_indicators:
        return None
    statuses = _statuses(p, stay.class_, stay.school, night)
    is_complete = (
        not any(statuses[position] in _UNSATISFIED for position in rule.positions)
        and (not rule.needs_contact_group or p.has_guardian_contact or "f" in statuses[_P10 : _P10 + 3])
        and not _has_conflict(p, night)
    )
    return Answer(
        stay.class_,
        statuses,
        is_complete,
        _is_recommended(p, night.day),
        any(fact.first <= night.day <= fact.last and number in night.verified for fact, number in p.grants),
    )


def _statuses(p: Pupil, class_: Class, school: School, night: Night) -> str:
    s = p.status.copy()
    parallel = class_.known_parallel(night.k)
    s[_P01] = class_.name_at(night.k).status
    if p.kind("P06") in ("too_young", "too_old") and parallel is None:
        s[_P06] = "f"
    s[_P33] = _history(p, night.day)
    if p.kind("P34") == "other_stage" and parallel is None:
        s[_P34] = "f"
    if parallel is not None and parallel <= 9:
        s[_P35] = "x"
    if parallel in (0, 1):
        s[_P36] = "x"
    elif _is_before_first_period_end(parallel, school, night):
        s[_P36] = "d"
    if parallel is not None and parallel <= 8:
        s[_P37] = "x"
    else:
        s[_P37] = "d" if parallel == 9 and not night.exams_are_out else p.oge
    if parallel is None:
        s[_P38] = "d"
    elif parallel == 11:
        s[_P38] = p.ege if night.exams_are_out else "d"
    else:
        s[_P38] = "x"
    return "".join(s)


def _is_before_first_period_end(parallel: int | None, school: School, night: Night) -> bool:
    """Whether marks are not yet due; unknown and twelfth parallels have no grading period."""
    if parallel is None or parallel > 11:
        return False
    return night.day <= night.period_ends[school.period_scheme][parallel >= 10]


def _history(p: Pupil, day: int) -> str:
    stays = sorted(
        (e for e in p.enrolments if e.is_placed and e.starts <= day), key=lambda e: (e.starts, e.id)
    )
    for number, stay in enumerate(stays):
        if stay.left is not None and stay.left < stay.starts:
            return "i"
        if number and stays[number - 1].left != stay.starts:
            return "i"
    return "f" if stays else "e"


def _has_conflict(p: Pupil, night: Night) -> bool:
    """The same СНИЛС, or the same person in two schools, on two cards that both have an active enrolment."""
    twin = p.twins.get("P13")
    if twin is not None and twin.is_placed and winning(twin, night.day) is not None:
        return True
    if p.pair is None or p.pair[0].kind == "namesake":
        return False
    mended = p.pair[0].mended
    return mended is None or night.k < mended


def _is_recommended(p: Pupil, day: int) -> bool:
    offered = [fact.at for fact in p.recommendations if fact.first <= day <= fact.last]
    if not offered or not any(fact.first <= day <= fact.last for fact in p.plans):
        return False
    latest = max(offered)
    return any(fact.first <= day <= fact.last and fact.at <= latest for fact in p.items)
