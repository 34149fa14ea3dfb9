"""Making the pupils of a school: who they are, and a value of the intended kind on every leaf.

Uniqueness holds by construction. A birth date and a patronymic form one number (`day · PATRONYMICS +
patronymic`) that leaves the school's own remainder modulo the number of schools, so two schools never share a
match key; inside a school the numbers are kept apart by a set. Whoever has an irregular part in his match key
has a valid СНИЛС, so such cards can only be namesakes, never a conflict.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from o7_simulator import (
    documents,
    family,
    identifiers,
    information,
    names,
    person_card,
    plants,
    portfolio,
    rates,
    sections,
    student_card,
    study,
)
from o7_simulator.people import LEAVES, POSITION, Pupil, Scene
from o7_simulator.randomness import Chance
from o7_simulator.rates import USUAL

if TYPE_CHECKING:
    from o7_simulator.plan import Pair, Plan
    from o7_simulator.schools import Class, School

MatchKey = tuple[str, str, bool, int]
"""Names, sex, and the number of birth date and patronymic: different for all people of a school."""

_STATUS = [USUAL.get(leaf, "f") for leaf in LEAVES]
_IRREGULAR = ("P03", "P04", "P05", "P06", "P08")
_IDENTITY = (*_IRREGULAR, "P09", "P13", "P16", "P33")
_DUPLICABLE = {
    "P02": ("usual", "upper"),
    "P13": ("usual", "formatted", "plain"),
    "P14": ("usual",),
    "P15": ("usual",),
}
_LEAVER_SHARE = 0.01


def make_pupils(plan: Plan, school: School, taken: set[MatchKey]) -> list[Pupil]:
    """Everybody with a card of the school on the first night: pupils of its classes, then leavers."""
    scene = Scene(plan, school, 0, Chance(plan.request.seed, "pupils", school.index))
    result: list[Pupil] = []
    for class_ in school.classes:
        for local in range(class_.first_local, class_.first_local + class_.size):
            result.append(make_pupil(scene, local, class_, taken))
            scene.previous = result[-1]
    leavers = sum(scene.chance.u() < _LEAVER_SHARE for _ in range(school.pupils))
    for number in range(leavers):
        class_ = scene.chance.pick([c for c in school.classes if c.size])
        pupil = make_pupil(scene, school.pupils + number, class_, taken)
        study.leave(pupil, scene, max(scene.year_start, scene.past(3, 60)))
        scene.previous = pupil
        result.append(pupil)
    return result


def make_pupil(s: Scene, local: int, class_: Class, taken: set[MatchKey], *, arrives: bool = False) -> Pupil:
    """A pupil of the class with all rows he has on the night; one who arrives is enrolled from today."""
    where = (s.school.index, local)
    planted = s.plan.pairs.get(where)
    plant = s.plan.plants.get(where, "")
    # Most cards are kept well; the faults gather on the rest.
    factor = s.school.factor * (0.45 if s.chance.u() < 0.83 else 3.6)
    kinds = {} if plant else draw_kinds(s, factor)
    if planted or arrives:
        kinds = {leaf: kind for leaf, kind in kinds.items() if leaf not in _IDENTITY}
    p = _person(s, local, class_, kinds, factor, planted, taken)
    p.plant = plant
    _settle_contradictions(p)
    _bind_duplicates(p, s)
    if planted:
        _bind_pair(p, s, *planted)
    _fill(p, s)
    if plant:
        plants.spoil(p, s)
    if arrives:
        study.restart(p, s)
    return p


def draw_kinds(s: Scene, factor: float) -> dict[str, str]:
    """Kinds of the leaves that are not answered in the usual way; one draw for each leaf."""
    kinds = {}
    u = s.chance.u
    limits = s.limits.get(factor)
    if limits is None:
        limits = s.limits[factor] = rates.limits(s.plan.request.profile, factor)
    for fault_limit, other_limit, leaf in limits:
        draw = u()
        if draw < fault_limit:
            scaled = draw / fault_limit * leaf.fault_total
            kinds[leaf.leaf] = next(kind.name for total, kind in leaf.faults if scaled < total)
        elif draw > other_limit:
            rest = 1 - draw
            kinds[leaf.leaf] = next(kind.name for total, kind in leaf.others if rest < total)
    return kinds


def _person(
    s: Scene,
    local: int,
    class_: Class,
    kinds: dict[str, str],
    factor: float,
    planted: tuple[Pair, int, tuple[int, int]] | None,
    taken: set[MatchKey],
) -> Pupil:
    if planted and planted[0].kind != "same_snils":
        owner = s.school.index if planted[1] == 0 else planted[2][0]
        identity = _identity(
            s, Chance(s.plan.request.seed, "pair", planted[0].number), owner, class_.parallel, set()
        )
        taken.add((identity[2], identity[3], identity[0], identity[5]))
    else:
        identity = _identity(s, s.chance, s.school.index, class_.parallel, taken)
    is_male, origin, last, first, patronymic, code = identity
    return Pupil(
        local=local,
        ordinal=s.plan.ordinal(s.school.index, local),
        id=s.plan.student_id(s.school.index, local),
        home=s.school,
        class_=class_,
        is_male=is_male,
        origin=origin,
        last=last,
        first=first,
        patronymic=patronymic,
        birth=code // names.PATRONYMICS,
        factor=factor,
        kinds=kinds,
        status=_STATUS.copy(),
        org_id=s.school.id,
        stamp=s.stamp(),
        is_adapted=class_.is_adapted,
    )


def _identity(
    s: Scene, c: Chance, owner: int, parallel: int, taken: set[MatchKey]
) -> tuple[bool, str, str, str, str, int]:
    """Sex, origin, names, and the number of birth date and patronymic that only the owner school uses."""
    is_male = c.u() < 0.512
    origin = c.weighted(s.school.languages if c is s.chance else s.plan.schools[owner].languages)
    last = names.last_name(origin, c.between(0, 999), is_male=is_male)
    earliest, latest = _birth_window(s, parallel)
    low = earliest * names.PATRONYMICS
    schools = len(s.plan.schools)
    low += (owner - low) % schools
    steps = (latest * names.PATRONYMICS - low) // schools
    while True:
        first = names.first_name(origin, c.between(0, 999), is_male=is_male)
        code = low + c.between(0, steps) * schools
        if (last, first, is_male, code) not in taken:
            taken.add((last, first, is_male, code))
            break
    return is_male, origin, last, first, names.patronymic(code % names.PATRONYMICS, is_male=is_male), code


def _birth_window(s: Scene, parallel: int) -> tuple[int, int]:
    """Days between which pupils of a parallel are born: 7 years 10 months to 6 years 5 months at entry."""
    year = s.plan.request.clock.year - max(parallel, 1) - 6
    return dt.date(year - 1, 11, 1).toordinal(), dt.date(year, 12, 31).toordinal() - 270


def _settle_contradictions(p: Pupil) -> None:
    """Drop kinds that would change the meaning of another one."""
    kinds = p.kinds
    if kinds.get("P06") == "too_old" and (p.is_adapted or kinds.get("P16") in ("extramural", "evening")):
        del kinds["P06"]
    if kinds.get("P06") == "enrolment_day" and kinds.get("P33") in ("ahead", "double", "double_elsewhere"):
        del kinds["P06"]
    if "P06" in kinds and kinds.get("P17") == "early_passport":
        kinds["P17"] = "bad_number"
    if p.is_adapted and kinds.get("P33") == "double_elsewhere":
        del kinds["P33"]
    p.in_care = kinds.get("P32") in ("in_care", "care_without_head")
    if any(
        kinds.get(leaf, "") not in ("", "caps", "lower", "spaces", "homoglyph", "word") for leaf in _IRREGULAR
    ):
        kinds.pop("P13", None)


def _bind_duplicates(p: Pupil, s: Scene) -> None:
    """Give `duplicate` leaves the value of the pupil made before, or no fault where he is not free."""
    other = s.previous
    for leaf, kinds in _DUPLICABLE.items():
        if p.kinds.get(leaf) != "duplicate":
            continue
        is_free = other is not None and not other.is_fixed and not p.twins and other.kind(leaf) in kinds
        if other is None or not is_free or s.school.merged_night is not None:
            del p.kinds[leaf]
            continue
        if leaf == "P13":
            p.snils = other.snils
        elif leaf == "P14":
            p.inn = other.inn
        p.twins[leaf], other.twins[leaf] = other, p
        other.status[POSITION[leaf]] = "i"


def _bind_pair(p: Pupil, s: Scene, pair: Pair, side: int, partner: tuple[int, int]) -> None:
    p.pair = (pair, side)
    if pair.kind == "same_snils":
        p.kinds["P13"] = "duplicate"
        p.snils = identifiers.snils(s.plan.ordinal(*partner)) if side else ""
    elif pair.kind == "same_person" and side:
        p.kinds["P13"] = "empty"


def _fill(p: Pupil, s: Scene) -> None:
    """Values and rows of all leaves; enrolments first, because others look at them."""
    p.snils = p.snils or identifiers.snils(p.ordinal)
    p.inn = p.inn or identifiers.person_inn(p.ordinal)
    study.enrol(p, s)
    person_card.make(p, s)
    student_card.make(p, s)
    for leaf in ("P10", "P11", "P12"):
        family.make_contact(p, s, leaf)
    documents.make_documents(p, s)
    documents.make_registration(p, s)
    documents.make_actual_address(p, s)
    information.make(p, s)
    family.make_family_status(p, s)
    family.make_guardians(p, s)
    study.make_program(p, s)
    study.make_education_document(p, s)
    study.make_performance(p, s)
    study.make_exams(p, s)
    study.make_fitness(p, s)
    for leaf in sections.LEAVES:
        sections.make(p, s, leaf)
    portfolio.make(p, s)
