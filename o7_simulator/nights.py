"""The next nights: pupils mend, break, move, arrive, leave and vanish; plants come right; schools merge."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from o7_simulator import (
    documents,
    family,
    identifiers,
    information,
    person_card,
    portfolio,
    rate_table,
    rates,
    sections,
    staff,
    student_card,
    study,
)
from o7_simulator.leaves import winning
from o7_simulator.people import POSITION, Pupil, Scene
from o7_simulator.pupils import MatchKey, make_pupil
from o7_simulator.randomness import Chance

if TYPE_CHECKING:
    from o7_simulator.plan import Plan
    from o7_simulator.schools import School

_REMAKERS = {
    "P17": documents.make_documents,
    "P18": documents.make_registration,
    "P19": documents.make_actual_address,
    "P31": family.make_family_status,
    "P32": family.make_guardians,
    "P34": study.make_program,
    "P35": study.make_education_document,
    "P36": study.make_performance,
    "P37": study.make_exams,
    "P38": study.make_exams,
    "P39": study.make_fitness,
}
_DROPPABLE = ("P40", "P41", "P42", "P43", "P45", "P46", "P47", "P48")
# A birth date cannot break: a passport already shown would become too early. History is not rewritten.
_UNBREAKABLE = {"P02", "P06", "P15", "P33"}
_UNREPEATABLE = {"duplicate", "in_care", "care_without_head"}
_VALID_SNILS = ("usual", "formatted", "plain", "dashed")
_STAFF_CHANGES = 0.0008


@dataclass(slots=True)
class SchoolState:
    """A school with all its people as they are on the night under way."""

    school: School
    pupils: list[Pupil]
    staff: list[staff.Employee]
    taken: set[MatchKey] = field(default_factory=set)


def advance(plan: Plan, state: SchoolState, k: int) -> None:
    """Turn the state of night k − 1 into that of night k."""
    s = Scene(plan, state.school, k, Chance(plan.request.seed, "night", state.school.index, k))
    for closing in (school for school in plan.schools if school.merged_night == k):
        _merge(state, s, closing)
    for p in state.pupils:
        if p.pair and p.pair[0].mended == k:
            _mend_pair(p, s)
    scale = plan.request.profile.change_scale
    names = tuple(rate_table.CHANGES)
    limits = tuple(accumulate(rate * scale for rate in rate_table.CHANGES.values()))
    for p in list(state.pupils):
        draw = s.chance.u()
        if draw < limits[-1]:
            name = next(name for name, limit in zip(names, limits, strict=True) if draw < limit)
            _change(state, s, p, name)
    for employee in state.staff:
        if s.chance.u() < _STAFF_CHANGES * scale:
            _change_staff(employee, s)


def _merge(state: SchoolState, s: Scene, closing: School) -> None:
    heir = next(iter(closing.successors.values())).school
    for p in state.pupils:
        active = [
            stay
            for stay in p.enrolments
            if stay.is_placed
            and stay.school is closing
            and stay.starts <= s.night
            and (stay.left is None or stay.left > s.night)
        ]
        if active and active[-1].class_:
            study.move(p, s, closing.successors[active[-1].class_.id])
            _hand_over(p, s, heir)
    for employee in state.staff:
        staff.move_posts(employee, s, closing, heir)


def _hand_over(p: Pupil, s: Scene, school: School) -> None:
    """The new school keeps person and card from now on; older rows stay with the school that made them."""
    p.org_id, p.stamp = school.id, s.stamp()
    if not p.plant:
        person_card.render(p, p.stamp)
        student_card.render(p, p.stamp)


def _mend_pair(p: Pupil, s: Scene) -> None:
    assert p.pair is not None  # noqa: S101
    pair, side = p.pair
    if pair.kind == "same_person":
        if side:
            study.leave(p, s, s.night)
        return
    if side:
        p.snils, p.stamp = identifiers.snils(p.ordinal), s.stamp()
        person_card.change(p, s, "P13", "usual")
        person_card.render(p, p.stamp)
    p.kinds.pop("P13", None)
    p.status[POSITION["P13"]] = "f"


def _change(state: SchoolState, s: Scene, p: Pupil, name: str) -> None:
    """Carry out one change; nothing where the pupil is planted or the change does not fit him."""
    if not p.is_placed or p.pair or p.plant:
        return
    if name == "unduplicate":
        _unduplicate(p, s)
    elif p.twins:
        return
    elif name == "arrive":
        _arrive(state, s, p)
    elif name in _SIMPLE:
        _SIMPLE[name](p, s)
    elif name in _MOVES:
        _move(p, s, name)
    elif s.plan.request.profile.has_faults:
        _spoil(p, s, name)


def _arrive(state: SchoolState, s: Scene, p: Pupil) -> None:
    """Somebody new joins the class of the pupil."""
    if p.class_.school is state.school and p.class_.opened == 0 and winning(p, s.night):
        state.pupils.append(make_pupil(s, len(state.pupils), p.class_, state.taken, arrives=True))


def _vanish(p: Pupil, s: Scene) -> None:
    p.rows.clear()
    p.is_placed = False


def _unduplicate(p: Pupil, s: Scene) -> None:
    """The later of two equal values is put right; the other becomes good without a change of its row."""
    for leaf, other in list(p.twins.items()):
        if p.kind(leaf) == "duplicate":
            p.snils, p.inn = identifiers.snils(p.ordinal), identifiers.person_inn(p.ordinal)
            remake(p, s, leaf, "usual")
            other.status[POSITION[leaf]] = "f"
            del p.twins[leaf], other.twins[leaf]


def _mend(p: Pupil, s: Scene) -> None:
    faulty = [
        leaf
        for leaf, kind in p.kinds.items()
        if rates.status_of(leaf, kind) in "ipe" and leaf != "P33" and kind != "care_without_head"
    ]
    if faulty:
        remake(p, s, s.chance.pick(faulty), "usual")


def _spoil(p: Pupil, s: Scene, name: str) -> None:
    if name == "drop_row":
        leaf = s.chance.pick(_DROPPABLE)
        if p.status[POSITION[leaf]] == "f":
            remake(p, s, leaf, "empty")
        return
    table = s.chance.pick(s.plan.request.profile.leaf_rates)
    kinds = [kind.name for _, kind in table.faults if kind.name not in _UNREPEATABLE]
    if not kinds or table.leaf in _UNBREAKABLE or (table.leaf == "P32" and p.in_care):
        return
    is_irregular = any(leaf in p.kinds for leaf in ("P03", "P04", "P05", "P06", "P08"))
    if table.leaf == "P13" and is_irregular:
        return
    if table.leaf in ("P03", "P04", "P05", "P08") and p.kind("P13") not in _VALID_SNILS:
        return
    if table.leaf == "P16" and p.kind("P16") != "usual":
        return
    kind = s.chance.pick(kinds)
    remake(p, s, table.leaf, "bad_number" if kind == "early_passport" and "P06" in p.kinds else kind)


def _become_active(p: Pupil, s: Scene) -> None:
    p.stamp = s.stamp()
    what = s.chance.pick(("recommendation", "items", "plan", "access"))
    if what == "recommendation":
        portfolio.make_recommendation(p, s, "offered")
    elif what == "items":
        portfolio.make_items(p, s, "counts", p.recommendations[0].first if p.recommendations else s.night)
    elif what == "plan":
        portfolio.make_plan(p, s, "holds")
    else:
        portfolio.make_access(p, s, "granted")


def _move(p: Pupil, s: Scene, name: str) -> None:
    stay = winning(p, s.night)
    if stay is None or stay.school.is_private or "P06" in p.kinds:
        return
    if name == "leave":
        study.leave(p, s, s.night)
        return
    target = study.new_class(p, s, elsewhere=name == "change_school")
    if target is not p.class_:
        study.move(p, s, target)
        if target.school.id != p.org_id:
            _hand_over(p, s, target.school)


def _change_staff(employee: staff.Employee, s: Scene) -> None:
    employee.stamp = s.stamp()
    if s.chance.u() < 0.3:
        employee.until = min(employee.until, s.night - 1)
    else:
        staff.make_access(employee, s, "granted")


_SIMPLE = {"mend": _mend, "activity": _become_active, "vanish": _vanish}
_MOVES = ("change_class", "change_school", "leave")


def remake(p: Pupil, s: Scene, leaf: str, kind: str) -> None:
    """Give a leaf a value of another kind today; only the rows of its slot change."""
    p.stamp = s.stamp()
    for card in (person_card, student_card, information):
        if leaf in card.LEAVES:
            card.change(p, s, leaf, kind)
            card.render(p, p.stamp)
            return
    p.kinds[leaf] = kind
    if leaf in ("P10", "P11", "P12"):
        family.make_contact(p, s, leaf)
    elif leaf in sections.LEAVES:
        sections.make(p, s, leaf)
    else:
        _REMAKERS[leaf](p, s)
