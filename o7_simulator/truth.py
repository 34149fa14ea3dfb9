"""`truth.json`: what `./o7 indicators` and `./o7 leaves` must answer for every night (their JSON objects)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from o7_simulator.catalogues import municipality_names, status_names
from o7_simulator.geography import REGION, STATE, UNITS
from o7_simulator.people import LEAVES
from o7_simulator.tally import CELLS, LETTERS, ClassTally, NightTally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from o7_simulator.plan import Plan

REGION_NAME = "Кабардино-Балкарская Республика"
STATE_NAME = "Государственные организации, подведомственные Министерству"
LEVELS = ("region", "municipality", "school", "class")
_PUPIL_COUNTS = (("4.1", 1), ("4.2", 2), ("4.4", 3))


class Unit(NamedTuple):
    """An organisational unit with its sums: pupils and the three numerators, staff, leaf cells."""

    code: str
    name: str
    pupils: list[int]
    staff: list[int]
    cells: list[int]
    always: bool
    """Shown even when nobody is counted."""


def write_truth(path: Path, plan: Plan, tallies: list[NightTally]) -> None:
    """Write the truth of all nights; the file appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as out:
        out.write("{")
        for k, tally in enumerate(tallies):
            night = plan.request.clock.night(k).isoformat()
            levels = _levels(plan, tally, k)
            out.write(f'{"," if k else ""}\n"{night}": {{"indicators": [\n')
            _write_lines(out.write, _indicators(levels, night))
            out.write('], "leaves": [\n')
            _write_lines(out.write, _leaves(levels, night))
            out.write("]}")
        out.write("\n}\n")
    part.replace(path)


def _write_lines(write: object, lines: Iterator[str]) -> None:
    assert callable(write)  # noqa: S101
    separator = ""
    for line in lines:
        write(separator + line)
        separator = ",\n"


def _levels(plan: Plan, tally: NightTally, k: int) -> dict[str, list[Unit]]:
    """Units of every level in the order of their codes; children sum to parents."""
    names = municipality_names() | {STATE: STATE_NAME}
    region = Unit(REGION, REGION_NAME, [0] * 4, [0, 0], [0] * CELLS, always=True)
    units = {u.code: Unit(u.code, names[u.code], [0] * 4, [0, 0], [0] * CELLS, always=True) for u in UNITS}
    schools = {
        school.index: Unit(
            school.id,
            school.name_at(k).strip(),
            [0] * 4,
            [0, 0],
            [0] * CELLS,
            always=school.status_at(k) == "1",
        )
        for school in plan.schools
        if school.in_indicators
    }
    classes = []
    for class_id, counts in tally.classes.items():
        pupils = [counts.pupils, counts.complete, counts.recommended, counts.with_access]
        parents = (schools[counts.school], units[plan.schools[counts.school].unit], region)
        for parent in parents:
            _add(parent, pupils, counts)
        classes.append(Unit(class_id, counts.label, pupils, [0, 0], list(counts.leaves), always=False))
    for index, (with_access, staff) in tally.staff.items():
        for parent in (schools[index], units[plan.schools[index].unit], region):
            parent.staff[0] += with_access
            parent.staff[1] += staff
    levels = {
        "region": [region],
        "municipality": list(units.values()),
        "school": list(schools.values()),
        "class": classes,
    }
    return {level: sorted(members, key=lambda unit: unit.code) for level, members in levels.items()}


def _add(parent: Unit, pupils: list[int], counts: ClassTally) -> None:
    for place, number in enumerate(pupils):
        parent.pupils[place] += number
    cells = parent.cells
    for cell, number in enumerate(counts.leaves):
        if number:
            cells[cell] += number


def _indicators(levels: dict[str, list[Unit]], night: str) -> Iterator[str]:
    for indicator in ("4.1", "4.2", "4.3", "4.4"):
        for level in LEVELS:
            if indicator == "4.3" and level == "class":
                continue
            for unit in levels[level]:
                if indicator == "4.3":
                    numerator, denominator = unit.staff
                else:
                    numerator, denominator = unit.pupils[dict(_PUPIL_COUNTS)[indicator]], unit.pupils[0]
                if denominator or unit.always:
                    yield _indicator(indicator, night, level, unit, numerator, denominator)


def _indicator(indicator: str, night: str, level: str, unit: Unit, numerator: int, denominator: int) -> str:
    value = json.dumps(percent(numerator, denominator))
    return (
        f'{{"indicator": "{indicator}", "night": "{night}", "level": "{level}", '
        f'"org_unit_code": "{unit.code}", '
        f'"org_unit_name": {json.dumps(unit.name, ensure_ascii=False)}, "numerator": {numerator}, '
        f'"denominator": {denominator}, "value": {value}}}'
    )


def percent(numerator: int, denominator: int) -> float | None:
    """100 · numerator / denominator, half up to six decimals by whole numbers; none without denominator."""
    if denominator == 0:
        return None
    millionths = (2 * numerator * 10**8 + denominator) // (2 * denominator)
    return millionths / 10**6


def _leaves(levels: dict[str, list[Unit]], night: str) -> Iterator[str]:
    names = status_names()
    for leaf_number, leaf in enumerate(LEAVES):
        for place, letter in enumerate(LETTERS):
            cell = leaf_number * len(LETTERS) + place
            head = f'{{"leaf": "{leaf}", "status": "{names[letter]}", "night": "{night}", "level": "'
            for level in LEVELS:
                start = f'{head}{level}", "org_unit_code": "'
                for unit in levels[level]:
                    if unit.cells[cell]:
                        yield f'{start}{unit.code}", "pupils": {unit.cells[cell]}}}'
