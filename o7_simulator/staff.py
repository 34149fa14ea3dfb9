"""Staff of the schools: posts, part-time work, accounts at content (indicator 4.3; domain A8, A9, A11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from o7_simulator import portfolio, resources
from o7_simulator.geography import REPUBLIC_PUPILS
from o7_simulator.people import FOREVER, Fact, Row, Scene, iso
from o7_simulator.randomness import Chance, shares

if TYPE_CHECKING:
    from o7_simulator.catalogues import StaffPositions
    from o7_simulator.leaves import Night
    from o7_simulator.plan import Plan
    from o7_simulator.schools import School

REPUBLIC_PEDAGOGICAL = 10_200
"""Pedagogical staff of the whole republic (domain §4.2)."""

_POSTS = (
    ("teacher", 0.86),
    ("teacher_internal", 0.06),
    ("teacher_external", 0.04),
    ("post_renewed", 0.03),
    ("two_mains", 0.01),
)
_ACCESS = (
    ("granted", 0.905),
    ("none", 0.05),
    ("other", 0.01),
    ("paid", 0.005),
    ("not_linked", 0.015),
    ("blocked", 0.005),
    ("revoked", 0.003),
    ("unverified", 0.005),
    ("ahead", 0.002),
)


@dataclass(slots=True)
class Post:
    """A position held, from the day `starts` to the day `ends` inclusive."""

    id: str
    school: School
    code: str
    is_pedagogical: bool
    starts: int
    ends: int
    workload: str
    stamp: str


@dataclass(slots=True, eq=False)
class Employee:
    """A member of staff; `until` is the last day of work."""

    id: str
    home: School
    since: int
    until: int
    stamp: str
    posts: list[Post] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    grants: list[tuple[Fact, int]] = field(default_factory=list)


def pedagogical_counts(plan: Plan) -> list[int]:
    """How many pedagogical staff each school has; private schools have two."""
    public = [school for school in plan.schools if not school.is_private]
    total = max(1, round(plan.request.pupils * REPUBLIC_PEDAGOGICAL / REPUBLIC_PUPILS))
    least = 1 if total >= 2 * len(public) else 0
    counts = shares(total, [school.pupils + 25.0 for school in public], least=least)
    return counts + [2] * (len(plan.schools) - len(public))


def make_staff(plan: Plan, school: School, count: int, codes: StaffPositions) -> list[Employee]:
    """Everybody whose staff card the school keeps: `count` pedagogical ones and the others."""
    s = Scene(plan, school, 0, Chance(plan.request.seed, "staff", school.index))
    kinds = ["director_teaching" if school.index % 3 else "director"]
    kinds += [s.chance.weighted(_POSTS) for _ in range(count - (kinds[0] == "director_teaching"))]
    others = (
        ("deputy", count // 12),
        ("support", count // 4),
        ("gone", count // 25),
        ("post_ended", count // 60),
        ("visitor", count // 40),
    )
    for kind, number in others:
        kinds += [kind] * number
    if not count:
        kinds = ["support"]
    return [_employee(s, number, kind, codes) for number, kind in enumerate(kinds)]


def _employee(s: Scene, number: int, kind: str, codes: StaffPositions) -> Employee:
    c = s.chance
    since = s.past(200, 9000)
    until = s.past(5, 100) if kind == "gone" else FOREVER
    e = Employee(
        f"{s.plan.request.prefix}{s.school.index + 1001}-t{number + 1:03d}", s.school, since, until, s.stamp()
    )
    teacher = codes.teacher if c.u() < 0.85 else c.pick(codes.pedagogical)
    if kind in ("director", "director_teaching", "deputy"):
        _post(e, s, s.school, codes.deputy if kind == "deputy" else codes.director, since, "main")
        if kind == "director_teaching":
            _post(e, s, s.school, codes.teacher, since + 30, "internal", is_pedagogical=True)
    elif kind == "support":
        _post(e, s, s.school, c.pick(codes.other), since, "main")
    elif kind == "visitor":
        _post(e, s, s.school, teacher, since, "external", is_pedagogical=True)
    else:
        _post(e, s, s.school, teacher, since, "main", is_pedagogical=True)
        _second_post(e, s, kind, teacher, codes)
    access = c.weighted(_ACCESS) if c.u() > min(0.5, 0.05 * s.school.factor) else "none"
    make_access(e, s, access)
    return e


def _second_post(e: Employee, s: Scene, kind: str, teacher: str, codes: StaffPositions) -> None:
    if kind == "teacher_internal":
        _post(e, s, s.school, s.chance.pick(codes.pedagogical), e.since + 60, "internal", is_pedagogical=True)
    elif kind == "teacher_external":
        _post(e, s, _elsewhere(s), teacher, e.since + 90, "external", is_pedagogical=True)
    elif kind == "two_mains":
        _post(e, s, _elsewhere(s), teacher, e.since + 120, "main", is_pedagogical=True)
    elif kind == "post_renewed":
        e.posts[0].ends = e.since + 150
        _post(e, s, s.school, teacher, e.since + 151, "main", is_pedagogical=True)
    elif kind == "post_ended":
        e.posts[0].ends = s.past(5, 60)


def _elsewhere(s: Scene) -> School:
    """Some other public school that stays open; the same one where there is none."""
    others = [x for x in s.plan.schools if x is not s.school and not x.is_private and x.merged_night is None]
    return s.chance.pick(others) if others else s.school


def _post(
    e: Employee,
    s: Scene,
    school: School,
    code: str,
    starts: int,
    workload: str,
    *,
    is_pedagogical: bool = False,
) -> None:
    number = len(e.posts) + 1
    e.posts.append(
        Post(f"{e.id}-{number}", school, code, is_pedagogical, starts, FOREVER, workload, s.stamp())
    )


def make_access(e: Employee, s: Scene, kind: str) -> None:
    """Rows and facts of the accounts; `other` is free verified content of another platform."""
    pool = (resources.OTHER_FOR_STAFF,) if kind == "other" else resources.FOR_STAFF
    e.rows, e.grants = portfolio.account_rows(
        s,
        kind,
        entity="access_grant_staff",
        row_id=f"{e.id}-g",
        row_stamp=e.stamp,
        org_id=e.home.id,
        owner=e.id,
        pool=pool,
    )


def move_posts(e: Employee, s: Scene, closing: School, heir: School) -> None:
    """The posts of a school that joins another go on there from today."""
    for post in [p for p in e.posts if p.school is closing and p.ends >= s.night]:
        post.ends, post.stamp = s.night - 1, s.stamp()
        _post(e, s, heir, post.code, s.night, post.workload, is_pedagogical=post.is_pedagogical)


def render(e: Employee) -> list[Row]:
    """All rows of the employee."""
    ended = "" if e.until == FOREVER else iso(e.until)
    rows = [("staff_person", f"{e.id};{e.stamp};{e.home.id};{iso(e.since)};{ended}")]
    for post in e.posts:
        ends = "" if post.ends == FOREVER else iso(post.ends)
        rows.append(
            (
                "staff_position",
                f"{post.id};{post.stamp};{post.school.id};{e.id};{post.code};{iso(post.starts)};{ends}",
            )
        )
        rows.append(
            ("staff_workload", f"{post.id}w;{post.stamp};{post.school.id};{e.id};{post.id};{post.workload}")
        )
    return rows + e.rows


def pedagogical_school(e: Employee, day: int) -> School | None:
    """The school that counts the employee among its pedagogical staff on the day (denominator of 4.3)."""
    held = [post for post in e.posts if post.starts <= day <= post.ends]
    mains = [post for post in held if post.workload == "main"]
    if not mains or not e.since <= day <= e.until:
        return None
    school = max(mains, key=lambda post: (post.starts, post.id)).school
    teaches = any(
        post.is_pedagogical and post.school is school and post.workload in ("main", "internal")
        for post in held
    )
    return school if teaches and school.in_indicators else None


def has_access(e: Employee, night: Night) -> bool:
    """Whether the employee can use verified SkySmart content free of charge (numerator of 4.3)."""
    return any(
        fact.first <= night.day <= fact.last and number in night.verified and number in resources.SKYSMART
        for fact, number in e.grants
    )
