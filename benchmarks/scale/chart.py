"""The steps of a night by size, as a drawing with logarithmic axes: the same results give the same bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmarks.scale.fit import growth
from benchmarks.scale.results import step_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.scale.results import Size

WIDTH, HEIGHT = 900, 560
LEFT, RIGHT, TOP, BOTTOM = 70, 690, 40, 510
LEGEND, LINE_HEIGHT = 710, 24
INK, GRID = "#1b2733", "#c3ccd6"
LETTERS = f'font-family="sans-serif" font-size="12" fill="{INK}"'
COLOURS = ("#23507f", "#b3261e", "#c98a1b", "#2e7d4f", "#6a3d9a", "#1b9e9e", "#8c564b")


def drawing(sizes: Sequence[Size], night: str) -> str:
    """An SVG of processor seconds over pupils, a line a step, the exponent of each beside its name."""
    courses = {name: _course(sizes, night, name) for name in step_names(sizes, night)}
    across = _decades([one.pupils for one in sizes])
    down = _decades([seconds for course in courses.values() for _, seconds in course])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {LETTERS}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15">Night «{night}»: processor seconds of each step by pupils</text>',
        *_grid(across, down),
        *_with_the_pupils(across, down),
    ]
    for place, (name, course) in enumerate(courses.items()):
        lines += _line(place, name, [(_x(size, across), _y(took, down)) for size, took in course])
        exponent = growth(course).exponent
        told = "" if exponent is None else f", n^{exponent:.2f}"
        lines.append(f'<text x="{LEGEND + 30}" y="{TOP + 4 + place * LINE_HEIGHT}">{name}{told}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _course(sizes: Sequence[Size], night: str, name: str) -> list[tuple[int, float]]:
    return [(one.pupils, step.cpu) for one in sizes if (step := one.nights[night].step(name))]


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that hold all values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _grid(across: tuple[int, int], down: tuple[int, int]) -> Iterator[str]:
    for power in range(across[0], across[1] + 1):
        x = _x(10.0**power, across)
        yield f'<path d="M{x} {TOP}V{BOTTOM}" stroke="{GRID}"/>'
        yield f'<text x="{x}" y="{BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
    for power in range(down[0], down[1] + 1):
        y = _y(10.0**power, down)
        yield f'<path d="M{LEFT} {y}H{RIGHT}" stroke="{GRID}"/>'
        yield f'<text x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{10.0**power:,g}</text>'


def _with_the_pupils(across: tuple[int, int], down: tuple[int, int]) -> Iterator[str]:
    """What grows with the pupils is as steep as this line."""
    decades = min(across[1] - across[0], down[1] - down[0])
    x, y = _x(10.0 ** (across[0] + decades), across), _y(10.0 ** (down[0] + decades), down)
    yield f'<path d="M{LEFT} {BOTTOM}L{x} {y}" stroke="{INK}" stroke-dasharray="1 4"/>'
    yield f'<text x="{x}" y="{y}" dx="-8" dy="-6" text-anchor="end">n^1</text>'


def _line(place: int, name: str, points: Sequence[tuple[str, str]]) -> Iterator[str]:
    # More steps than colours: the second round is dashed.
    colour = COLOURS[place % len(COLOURS)]
    dashes = ' stroke-dasharray="5 4"' if place >= len(COLOURS) else ""
    path = "L".join(f"{x} {y}" for x, y in points)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}><title>{name}</title></path>'
    yield from (f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in points)
    y = TOP + place * LINE_HEIGHT
    yield f'<path d="M{LEGEND} {y}h22" stroke="{colour}" stroke-width="2"{dashes}/>'


def _x(pupils: float, decades: tuple[int, int]) -> str:
    return _px(LEFT + _part(pupils, decades) * (RIGHT - LEFT))


def _y(seconds: float, decades: tuple[int, int]) -> str:
    return _px(BOTTOM - _part(seconds, decades) * (BOTTOM - TOP))


def _part(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _px(number: float) -> str:
    return f"{number:.1f}"
