"""The sections a school fills over the years (P40–P51): lengths and counts, never texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from o7_simulator.family import declaration

if TYPE_CHECKING:
    from o7_simulator.people import Pupil, Scene

_DIRECTIONS = (
    "техническая",
    "художественная",
    "физкультурно-спортивная",
    "естественно-научная",
    "туристско-краеведческая",
    "социально-гуманитарная",
)
_SECTIONS = {
    "P40": ("achievement", "event;"),
    "P41": ("achievement", "work;"),
    "P42": ("achievement", "reward;"),
    "P43": ("achievement", "diploma;"),
    "P44": ("characteristic", ""),
    "P45": ("extracurricular", "event;"),
    "P46": ("extracurricular", "school_event;"),
    "P47": ("extracurricular", "hobby;"),
    "P48": ("extracurricular", "course;"),
    "P49": ("extracurricular", "material;"),
}
LEAVES = (*_SECTIONS, "P50", "P51")


def make(p: Pupil, s: Scene, leaf: str) -> None:
    """Rows of one of the leaves P40–P51."""
    kind = p.kind(leaf)
    p.settle(leaf, kind)
    if kind == "declared" or (kind == "usual" and leaf in ("P49", "P51")):
        p.rows[leaf] = [declaration(p, s, leaf)]
        return
    if kind == "empty":
        p.rows[leaf] = []
        return
    if leaf in _SECTIONS:
        entity, prefix = _SECTIONS[leaf]
        fields = f"{prefix}{_lengths(s, leaf, kind)}"
    elif leaf == "P50":
        entity = "additional_education"
        fields = {"usual": s.chance.pick(_DIRECTIONS), "no": "нет", "short": "ИЗ"}[kind]
    else:
        entity = "additional_note"
        fields = "0" if kind == "blank" else str(s.chance.between(1, 500))
    p.rows[leaf] = [(entity, f"{p.id}-s{leaf[1:]};{p.stamp};{p.org_id};{p.id};{fields}")]


def _lengths(s: Scene, leaf: str, kind: str) -> str:
    """Text length and file count of an entry."""
    c = s.chance
    if kind == "blank":
        return "0;0" if c.u() < 0.5 else ";"
    if kind == "short":
        return f"{c.between(1, 49)};0"
    if kind == "text_only":
        return f"{c.between(10, 90)};0"
    if kind in ("file", "files"):
        return f"0;{c.between(1, 3)}"
    least = 50 if leaf == "P44" else 1
    return f"{c.between(least, 900)};{c.between(0, 1)}"
