"""The school card: login, personal file, study form, state care (P02, P15, P16)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from o7_simulator import names

if TYPE_CHECKING:
    from o7_simulator.people import Pupil, Scene

LEAVES = ("P02", "P15", "P16")
OUTSIDE_FORMS = ("family", "self_taught")
_FORMS = {
    "usual": "11",
    "extramural": "12",
    "evening": "13",
    "family": "21",
    "self_taught": "22",
    "unknown": "19",
    "placeholder": "-",
}

_latin = lru_cache(maxsize=5_000)(names.transliterated)


def make(p: Pupil, s: Scene) -> None:
    """Fill the card with a value of the intended kind on every leaf, and render the row."""
    p.student[0] = f"К-{p.local + 1:04d}"
    p.student[4] = "true" if p.in_care else "false"
    for leaf in LEAVES:
        change(p, s, leaf, p.kind(leaf))
    render(p, p.stamp)


def change(p: Pupil, s: Scene, leaf: str, kind: str) -> None:
    """Give one leaf a value of another kind; the row is rendered by `render`."""
    if leaf == "P02":
        p.student[1] = _login(p, s, kind)
    elif leaf == "P15":
        p.student[2] = _file_number(p, s, kind)
    else:
        p.student[3] = s.empty() if kind == "empty" else _FORMS[kind]
    p.settle(leaf, kind)


def _login(p: Pupil, s: Scene, kind: str) -> str:
    if kind == "empty":
        return s.empty()
    if kind == "placeholder":
        return s.chance.pick(("test", "-", "н/д"))
    if kind == "duplicate":
        return p.twins["P02"].student[1].upper()
    login = f"{_latin(p.last)}.{p.ordinal}"
    return login.upper() if kind == "upper" else login


def _file_number(p: Pupil, s: Scene, kind: str) -> str:
    if kind == "empty":
        return s.empty()
    if kind == "placeholder":
        return s.chance.pick(("-", "н/д", "нет данных"))
    if kind == "duplicate":
        return f" {p.twins['P15'].student[2].lower()}"
    return f"{p.last[0]}-{p.ordinal}"


def render(p: Pupil, stamp: str) -> None:
    """Put the card's row into its slot."""
    p.rows["student"] = [("student", f"{p.id};{stamp};{p.org_id};{';'.join(p.student)}")]
