"""Rows that cannot be placed and go to quarantine: what each does to a pupil's rows and to the truth."""

from __future__ import annotations

from o7_simulator import study
from o7_simulator.people import POSITION, Pupil, Row, Scene, iso


def spoil(p: Pupil, s: Scene) -> None:
    """Carry out the pupil's plant; his card had no fault before."""
    _PLANTS[p.plant](p, s)


def _without_id(row: Row) -> Row:
    return row[0], f";{row[1].split(';', 1)[1]}"


def _student_twice(p: Pupil, s: Scene) -> None:
    p.rows["student"] *= 2
    p.is_placed = False


def _person_no_id(p: Pupil, s: Scene) -> None:
    p.rows["person"] = [_without_id(row) for row in p.rows["person"]]
    p.is_placed = False


def _document_twice(p: Pupil, s: Scene) -> None:
    p.rows["P17"] *= 2
    p.status[POSITION["P17"]] = "e"


def _contact_no_id(p: Pupil, s: Scene) -> None:
    p.rows["P12"] = [_without_id(row) for row in p.rows["P12"]]
    p.status[POSITION["P12"]] = "e"


def _achievement_no_id(p: Pupil, s: Scene) -> None:
    p.rows["P40"] = [_without_id(row) for row in p.rows["P40"]]
    p.status[POSITION["P40"]] = "e"


def _enrolment_unknown_class(p: Pupil, s: Scene) -> None:
    for stay in p.enrolments:
        stay.class_id, stay.is_placed = f"{s.plan.request.prefix}0-000", False
    del p.enrolments[:-1]
    study.render(p)


def _address_unknown_org(p: Pupil, s: Scene) -> None:
    entity, line = p.rows["P18"][0]
    row_id, stamp, _, rest = line.split(";", 3)
    p.rows["P18"] = [(entity, f"{row_id};{stamp};{s.plan.request.prefix}0;{rest}")]
    p.status[POSITION["P18"]] = "e"


def _orphan_item(p: Pupil, s: Scene) -> None:
    day = iso(s.night - 20)
    added = f"{day}T15:00:00+03:00"
    p.rows["plant"] = [
        (
            "portfolio_item",
            f"{p.id}-p9;{added};{p.org_id};{s.plan.request.prefix}0;G1.1;school;winner;{day};{added};teacher;1;false;;",
        )
    ]


def _program_no_student(p: Pupil, s: Scene) -> None:
    entity, line = p.rows["P34"][0]
    row_id, stamp, org, _, rest = line.split(";", 4)
    p.rows["P34"] = [(entity, f"{row_id};{stamp};{org};;{rest}")]
    p.status[POSITION["P34"]] = "e"


_PLANTS = {
    "student_twice": _student_twice,
    "person_no_id": _person_no_id,
    "document_twice": _document_twice,
    "contact_no_id": _contact_no_id,
    "achievement_no_id": _achievement_no_id,
    "enrolment_unknown_class": _enrolment_unknown_class,
    "address_unknown_org": _address_unknown_org,
    "orphan_item": _orphan_item,
    "program_no_student": _program_no_student,
}
