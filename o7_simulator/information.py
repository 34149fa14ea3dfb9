"""The block of additional information (P21–P30): one row, and declarations that stand for empty cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_simulator.family import declaration
from o7_simulator.people import Pupil, Scene, iso

if TYPE_CHECKING:
    from collections.abc import Callable

LEAVES = tuple(f"P{number}" for number in range(21, 31))
HAS_ADAPTED = 2

_FIELD = {
    "P21": 0,
    "P22": 1,
    "P23": 3,
    "P24": 5,
    "P25": 6,
    "P26": 7,
    "P27": 8,
    "P28": 10,
    "P29": 11,
    "P30": 12,
}


def _flag(p: Pupil, s: Scene, kind: str, leaf: str) -> str:
    """A leaf delivered as a status, never as a value (P21, P22, P28–P30)."""
    if kind == "empty":
        return s.chance.pick(("empty", "", '""'))
    usual = "filled" if leaf == "P29" else "declared_none"
    return {
        "usual": usual,
        "filled": "filled",
        "negative": "declared_none",
        "unknown": "да",
        "declared": "empty",
    }[kind]


def _register(p: Pupil, s: Scene, kind: str, leaf: str) -> str:
    """On a register or not (P23, P27); «да» needs its date."""
    p.info[_FIELD[leaf] + 1] = iso(s.past(10, 300)) if kind == "yes" else ""
    if kind in ("empty", "declared"):
        return s.empty()
    return {
        "usual": "не состоит" if s.chance.u() < 0.7 else "нет",
        "yes": "да",
        "undated": "да",
        "other": "снят",
        "placeholder": s.chance.pick(("-", "н/д")),
    }[kind]


def _meals(p: Pupil, s: Scene, kind: str, leaf: str) -> str:
    if kind in ("empty", "declared"):
        return s.empty()
    return {
        "usual": s.chance.pick(("платное", "бесплатное", "бесплатное", "льготное")),
        "none": s.chance.pick(("не питается", "нет")),
        "other": "буфет",
        "placeholder": "не указано",
    }[kind]


def _yes_no(p: Pupil, s: Scene, kind: str, leaf: str) -> str:
    if kind in ("empty", "declared"):
        return s.empty()
    return {
        "usual": "нет" if s.chance.u() < 0.8 else "не требуется",
        "yes": "да",
        "other": "иногда",
        "placeholder": "?",
    }[kind]


_MAKERS: dict[str, Callable[[Pupil, Scene, str, str], str]] = {
    "P21": _flag,
    "P22": _flag,
    "P23": _register,
    "P24": _meals,
    "P25": _yes_no,
    "P26": _yes_no,
    "P27": _register,
    "P28": _flag,
    "P29": _flag,
    "P30": _flag,
}


def make(p: Pupil, s: Scene) -> None:
    """Fill the block with a value of the intended kind on every leaf, and render the row."""
    p.info[HAS_ADAPTED] = "true" if p.is_adapted else "false"
    for leaf in LEAVES:
        change(p, s, leaf, p.kind(leaf))
    render(p, p.stamp)


def change(p: Pupil, s: Scene, leaf: str, kind: str) -> None:
    """Give one leaf a value of another kind; the row is rendered by `render`."""
    p.info[_FIELD[leaf]] = _MAKERS[leaf](p, s, kind, leaf)
    p.settle(leaf, kind)
    p.rows.pop(f"declared {leaf}", None)
    if kind == "declared":
        p.rows[f"declared {leaf}"] = [declaration(p, s, leaf)]


def render(p: Pupil, stamp: str) -> None:
    """Put the block's row into its slot."""
    p.rows["info"] = [("additional_info", f"{p.id}-i;{stamp};{p.org_id};{p.id};{';'.join(p.info)}")]
