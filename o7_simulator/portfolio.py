"""Portfolio items, recommendations, plans and accounts at content (indicators 4.2 and 4.4)."""

from __future__ import annotations

from o7_simulator import resources
from o7_simulator.clock import stamp
from o7_simulator.people import FOREVER, Fact, Pupil, Row, Scene, iso

_CATEGORIES = (
    "G1.1",
    "G1.1",
    "G1.2",
    "G1.3",
    "G1.4",
    "G1.5",
    "G2",
    "G2",
    "G3",
    "G3",
    "G4.1",
    "G4.2",
    "G4.3",
    "G5",
)
_LEVELS = ("school", "school", "municipal", "regional", "federal", "international")
_RESULTS = ("participant", "participant", "prize", "winner")
_ROLES = ("teacher", "teacher", "pupil", "parent", "administrator")

ITEMS = (
    ("counts", 0.76),
    ("none", 0.12),
    ("late", 0.04),
    ("deleted", 0.02),
    ("unmapped", 0.015),
    ("no_attachment", 0.02),
    ("bad_dates", 0.01),
    ("no_basis", 0.01),
    ("basis_ended", 0.005),
)
RECOMMENDATIONS = (("offered", 0.80), ("none", 0.15), ("withdrawn", 0.02), ("last_year", 0.03))
PLANS = (("holds", 0.82), ("none", 0.12), ("by_system", 0.03), ("ended", 0.02), ("ahead", 0.01))
ACCESS = (
    ("granted", 0.86),
    ("none", 0.07),
    ("paid", 0.01),
    ("not_linked", 0.02),
    ("blocked", 0.01),
    ("revoked", 0.01),
    ("unverified", 0.015),
    ("ahead", 0.005),
)


def _draw(p: Pupil, s: Scene, table: tuple[tuple[str, float], ...]) -> str:
    """A kind; the worse the card is kept, the rarer the first one."""
    if s.chance.u() < min(0.7, 0.06 * p.factor):
        return table[1][0]
    return s.chance.weighted(table)


def make(p: Pupil, s: Scene) -> None:
    """Everything that indicators 4.2 and 4.4 look at."""
    offered = make_recommendation(p, s, _draw(p, s, RECOMMENDATIONS))
    make_items(p, s, _draw(p, s, ITEMS), offered)
    make_plan(p, s, _draw(p, s, PLANS))
    make_access(p, s, _draw(p, s, ACCESS))


def make_recommendation(p: Pupil, s: Scene, kind: str) -> int:
    """Rows and facts of the recommendation; the day it was offered (the night where there is none)."""
    p.rows["recommendation"], p.recommendations = [], []
    if kind == "none":
        return s.night
    day = s.year_start - 40 if kind == "last_year" else s.this_year()
    offered = stamp(s.chance, day)
    last, withdrawn = FOREVER, ""
    if kind == "withdrawn":
        gone = min(s.night, day + 3)
        last, withdrawn = gone - 1, f"{iso(gone)}T22:30:00+03:00"
    origin = "automatic" if s.chance.u() < 0.5 else "teacher"
    seen = f"{iso(day)}T22:10:00+03:00" if s.chance.u() < 0.3 else ""
    p.rows["recommendation"] = [
        ("recommendation", f"{p.id}-k1;{offered};{p.org_id};{p.id};{origin};{offered};{seen};{withdrawn}")
    ]
    if kind != "last_year":
        p.recommendations = [Fact(day, last, offered)]
    return day


def make_items(p: Pupil, s: Scene, kind: str, offered: int) -> None:
    """Rows and facts of the portfolio: the item of the intended kind, sometimes others beside it."""
    p.rows["portfolio"], p.items = [], []
    if kind == "none":
        return
    _add_item(p, s, 1, kind, offered)
    if kind == "counts" and s.chance.u() < 0.35:
        _add_item(p, s, 2, s.chance.weighted(ITEMS[3:8]), offered)
    basis = "law;" if s.chance.u() < 0.7 else "consent;"
    ends = iso(s.first_day - 3) if kind == "basis_ended" else ""
    p.rows["portfolio"].append(
        ("legal_basis", f"{p.id}-b;{p.stamp};{p.org_id};{p.id};{basis}{iso(s.year_start - 400)};{ends}")
    )


def _add_item(p: Pupil, s: Scene, number: int, kind: str, offered: int) -> None:
    c = s.chance
    day = offered - c.between(1, 120)
    if kind == "late":
        day = min(s.night, offered + 1)
    held = day + 5 if kind == "bad_dates" else day - c.between(0, 40)
    # The hour tells the order of two instants of one day: items come after recommendations only when late.
    added = f"{iso(day)}T23:{c.between(10, 59)}:00+03:00"
    removed = f"{iso(s.first_day)}T06:10:00+03:00" if kind == "deleted" else ""
    code = c.pick(("G9", "спорт", "прочее")) if kind == "unmapped" else c.pick(_CATEGORIES)
    files, link = (
        ("0", "false") if kind == "no_attachment" else ("1", "false") if c.u() < 0.9 else ("0", "true")
    )
    basis = "" if kind == "no_basis" else f"{p.id}-b"
    p.rows["portfolio"].append(
        (
            "portfolio_item",
            (
                f"{p.id}-p{number};{added};{p.org_id};{p.id};{code};{c.pick(_LEVELS)};{c.pick(_RESULTS)};"
                f"{iso(held)};{added};{c.pick(_ROLES)};{files};{link};{basis};{removed}"
            ),
        )
    )
    if kind in ("counts", "late"):
        p.items.append(Fact(day, FOREVER, added))


def make_plan(p: Pupil, s: Scene, kind: str) -> None:
    """Rows and facts of the individual plan."""
    p.rows["plan"], p.plans = [], []
    if kind == "none":
        return
    role = "system" if kind == "by_system" else "teacher"
    first, last = s.year_start, FOREVER
    if kind == "ended":
        first, last = s.year_start - 200, s.night - 1
    elif kind == "ahead":
        first = s.first_day + 2
    elif s.chance.u() < 0.6:
        last = s.year_end
    ends = "" if last == FOREVER else iso(last)
    p.rows["plan"] = [
        ("individual_plan", f"{p.id}-l1;{p.stamp};{p.org_id};{p.id};{role};{iso(first)};{ends}")
    ]
    if role == "teacher":
        p.plans = [Fact(first, last)]


def make_access(p: Pupil, s: Scene, kind: str) -> None:
    """Rows and facts of the pupil's accounts at content."""
    rows, p.grants = account_rows(
        s,
        kind,
        entity="access_grant_student",
        row_id=f"{p.id}-g",
        row_stamp=p.stamp,
        org_id=p.org_id,
        owner=p.id,
        pool=resources.FOR_PUPILS,
    )
    p.rows["access"] = rows


def account_rows(
    s: Scene,
    kind: str,
    *,
    entity: str,
    row_id: str,
    row_stamp: str,
    org_id: str,
    owner: str,
    pool: tuple[int, ...],
) -> tuple[list[Row], list[tuple[Fact, int]]]:
    """Account rows of a pupil or member of staff, and when which resource is open to him."""
    if kind == "none":
        return [], []
    c = s.chance
    resource = resources.UNVERIFIED if kind == "unverified" else c.pick(pool)
    granted = s.year_start - c.between(0, 300)
    linked: int | None = granted + c.between(0, 5)
    blocked, revoked, used = "", "", ""
    last = FOREVER
    if kind == "ahead":
        granted = linked = s.first_day + 1
    elif kind == "not_linked":
        linked = None
    elif kind == "blocked":
        last, blocked = s.night - 1, iso(s.night)
    elif kind == "revoked":
        last, revoked = s.night - 6, iso(s.night - 5)
    if linked is not None and linked <= s.night and c.u() < 0.6:
        used = iso(s.past(0, 60))
    fields = (
        f"{s.plan.request.prefix}{resources.RESOURCES[resource].id};{'false' if kind == 'paid' else 'true'};"
        f"{iso(granted)};{'' if linked is None else iso(linked)};{blocked};{revoked};{used}"
    )
    row = (entity, f"{row_id}1;{row_stamp};{org_id};{owner};{fields}")
    if kind == "paid" or linked is None:
        return [row], []
    return [row], [(Fact(max(granted, linked), last), resource)]
