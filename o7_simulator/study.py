"""How a pupil studies: enrolments, programme, education documents, marks, exams, fitness (P33–P39)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from o7_simulator.people import Enrolment, Pupil, Row, Scene, iso

if TYPE_CHECKING:
    from o7_simulator.schools import Class

OGE_MONTH_DAY = (7, 1)
"""From this day of the school year the exams of parallels 9 and 11 are owed (parameter oge_results_from)."""


def exams_are_out(day: int) -> bool:
    """Whether the school year of the day has its exam results."""
    date = dt.date.fromordinal(day)
    return OGE_MONTH_DAY <= (date.month, date.day) < (9, 1)


def enrol(p: Pupil, s: Scene) -> None:
    """The pupil's enrolments up to the first night, with the intended history."""
    kind, c, class_ = p.kind("P33"), s.chance, p.class_
    start = s.year_start
    is_newcomer = kind == "usual" and c.u() < 0.02
    if is_newcomer:
        start = max(s.year_start, s.past(3, 60))
    has_past = kind in ("gap", "overlap", "reversed") or (
        not is_newcomer and c.u() < 0.7 and class_.parallel >= 2
    )
    if has_past:
        begun = s.year_start - 365
        left = {"gap": s.year_start - 90, "overlap": s.year_start + 9, "reversed": begun - 12}.get(
            kind, s.year_start
        )
        past = _enrolment(p, s, class_, begun, left)
        past.class_id, past.class_ = class_.previous_id or class_.id, None
    current = _enrolment(p, s, class_, start, None)
    if kind in ("double", "double_elsewhere"):
        other = _other_class(s, class_) if kind == "double" else _class_elsewhere(s, class_)
        second = _enrolment(p, s, other, max(s.year_start, s.past(5, 60)), None)
        if kind == "double_elsewhere" and c.u() < 0.3:
            second.order_date = current.order_date - 30
    elif kind == "ahead":
        current.left = s.first_day + 2
        _enrolment(p, s, _other_class(s, class_), current.left, None)
    p.settle("P33", kind)
    render(p)


def _enrolment(p: Pupil, s: Scene, class_: Class, starts: int, left: int | None) -> Enrolment:
    """A new enrolment; its order precedes it by some days and follows every earlier order."""
    order = starts - s.chance.between(1, 6)
    if p.enrolments:
        order = max(order, p.enrolments[-1].order_date + 1)
    new = Enrolment(
        f"{p.id}-e{len(p.enrolments) + 1}", class_.id, class_.school, class_, starts, left, order, s.stamp()
    )
    p.enrolments.append(new)
    return new


def _other_class(s: Scene, class_: Class) -> Class:
    """Another class of the same school and parallel, or the same class where it is alone."""
    others = [
        c
        for c in class_.school.classes
        if c is not class_
        and c.parallel == class_.parallel
        and c.is_adapted == class_.is_adapted
        and c.opened <= s.k
    ]
    return s.chance.pick(others) if others else class_


def _class_elsewhere(s: Scene, class_: Class) -> Class:
    """A class of the same parallel in another school that stays open; the same class where there is none."""
    others = [
        c
        for school in s.plan.schools
        if school is not class_.school and not school.is_private and school.merged_night is None
        for c in school.classes
        if c.parallel == class_.parallel and c.is_adapted == class_.is_adapted and c.opened <= s.k
    ]
    return s.chance.pick(others) if others else class_


def move(p: Pupil, s: Scene, class_: Class) -> None:
    """Close every stay that lasts and enrol the pupil in the class from today on."""
    for stay in p.enrolments:
        if stay.left is None or stay.left > s.night:
            stay.left, stay.stamp = max(s.night, stay.starts), s.stamp()
    _enrolment(p, s, class_, s.night, None)
    p.class_ = class_
    render(p)


def restart(p: Pupil, s: Scene) -> None:
    """Forget the history: the pupil is enrolled from today on."""
    p.enrolments.clear()
    _enrolment(p, s, p.class_, s.night, None)
    render(p)


def new_class(p: Pupil, s: Scene, *, elsewhere: bool) -> Class:
    """Where a pupil may move to; his own class where there is no other."""
    return _class_elsewhere(s, p.class_) if elsewhere else _other_class(s, p.class_)


def leave(p: Pupil, s: Scene, day: int) -> None:
    """Close every stay of the pupil on the day."""
    for stay in p.enrolments:
        if stay.left is None or stay.left > day:
            stay.left, stay.stamp = max(day, stay.starts), s.stamp()
    render(p)


def render(p: Pupil) -> None:
    """Put the enrolments into their slot."""
    p.rows["enrolments"] = [
        (
            "enrollment_event",
            (
                f"{e.id};{e.stamp};{e.school.id};{p.id};{e.class_id};{e.starts % 97 + 1}-к;"
                f"{iso(e.order_date)};{iso(e.starts)};{'' if e.left is None else iso(e.left)}"
            ),
        )
        for e in p.enrolments
    ]


def _row(p: Pupil, entity: str, number: str, fields: str) -> Row:
    return entity, f"{p.id}-{number};{p.stamp};{p.org_id};{p.id};{fields}"


def make_program(p: Pupil, s: Scene) -> None:
    """Rows of leaf P34."""
    kind, parallel = p.kind("P34"), p.class_.parallel
    if kind == "other_stage" and p.is_adapted:
        kind = "unknown_level"
    level = "12" if parallel <= 4 else "13" if parallel <= 9 else "14"
    ends = "" if s.chance.u() < 0.7 else iso(s.year_end)
    if p.is_adapted:
        level = "15" if s.chance.u() < 0.7 else "51"
    if kind == "other_stage":
        level = "14" if parallel <= 4 else "12"
    elif kind == "unknown_level":
        level = "16"
    elif kind == "expired":
        ends = iso(s.year_start + 1 if s.night > s.year_start + 1 else s.year_start - 1)
    starts = iso(s.year_start - 92 if kind == "expired" else s.year_start)
    p.rows["P34"] = [] if kind == "none" else [_row(p, "study_program", "r1", f"{level};{starts};{ends}")]
    p.settle("P34", kind)


def make_education_document(p: Pupil, s: Scene) -> None:
    """Rows of leaf P35; only parallels 10 and above have documents."""
    kind = p.kind("P35")
    p.rows["P35"] = []
    p.settle("P35", kind if p.class_.parallel >= 10 else "none")
    if kind != "none" and p.class_.parallel >= 10:
        issued = "" if kind == "undated" else iso(s.year_start - s.chance.between(65, 80))
        code = "99" if kind == "unknown_type" else "41" if p.is_adapted else "12"
        p.rows["P35"] = [_row(p, "education_document", "o1", f"{code};{issued}")]


def make_performance(p: Pupil, s: Scene) -> None:
    """Rows of leaf P36; parallels 0 and 1 learn without marks."""
    kind, c = p.kind("P36"), s.chance
    p.rows["P36"] = []
    if p.class_.parallel < 2:
        kind = "none"
    elif kind == "zero":
        p.rows["P36"] = [_row(p, "performance_daily", "m1", f"{iso(s.this_year())};0")]
    elif kind == "last_year":
        p.rows["P36"] = [_row(p, "performance_daily", "m1", f"{iso(s.year_start - 100)};2")]
    elif kind != "none":
        days = sorted({s.this_year(), s.this_year()})
        p.rows["P36"] = [
            _row(p, "performance_daily", f"m{number}", f"{iso(day)};{c.between(1, 4)}")
            for number, day in enumerate(days, start=1)
        ]
    p.settle("P36", kind)


def make_exams(p: Pupil, s: Scene) -> None:
    """Rows of leaves P37 and P38 for those who have sat the exams."""
    rows: list[Row] = []
    p.oge = p.ege = "e"
    parallel, are_out = p.class_.parallel, exams_are_out(s.night)
    if parallel >= 10 or (parallel == 9 and are_out):
        sat = s.year_start - 85 if parallel >= 10 else s.year_end - 80
        p.oge = _exam(p, rows, "P37", "ОГЭ", sat)
    if parallel == 11 and are_out:
        p.ege = _exam(p, rows, "P38", "ЕГЭ", s.year_end - 75)
    p.rows["exams"] = rows


def _exam(p: Pupil, rows: list[Row], leaf: str, exam: str, sat: int) -> str:
    kind = p.kind(leaf)
    if kind == "none":
        return "e"
    parts = "true;false;false" if kind == "partial" else "true;true;true"
    rows.append(_row(p, "exam_result", f"x{leaf[1:]}", f"{exam};{iso(sat)};{parts}"))
    return "i" if kind == "partial" else "f"


def make_fitness(p: Pupil, s: Scene) -> None:
    """Rows of leaf P39: a measurement, or a release from physical training."""
    kind = p.kind("P39")
    p.rows["P39"] = []
    if kind == "released":
        ends = "" if s.chance.u() < 0.5 else iso(s.night + 300)
        p.rows["P39"] = [_row(p, "medical_release", "h1", f"{iso(s.past(20, 60))};{ends}")]
    elif kind == "release_ended":
        p.rows["P39"] = [_row(p, "medical_release", "h1", f"{iso(s.past(40, 60))};{iso(s.past(1, 20))}")]
    elif kind == "last_year":
        p.rows["P39"] = [_row(p, "fitness_record", "h1", iso(s.year_start - 120))]
    elif kind != "none":
        p.rows["P39"] = [_row(p, "fitness_record", "h1", iso(s.this_year()))]
    p.settle("P39", kind)
