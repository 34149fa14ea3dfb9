"""What was measured, kept as rows of a file and told as tables; one row a side, also where it has no figures."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.peers.side import Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

BEGIN: Final = "<!-- peers: begin; written by ./o7 bench peers --keep -->"
END: Final = "<!-- peers: end -->"
HEAD: Final = (
    "| who | version | n | processor, s | of it in the server | × ours | start, s | without starts, × ours | MB |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True, slots=True)
class Goal:
    """Ours is to take so many times less than the best of the sides whose names begin so."""

    family: str
    begins: str
    factor: float
    says: str


GOALS: Final = (
    Goal("extract", "ingestr", 2.0, "ingestr"),
    Goal("extract", "dlt", 5.0, "dlt's best backend"),
    Goal("extract", "postgres_fdw", 1.0, "postgres_fdw"),
)


def merged(known: Iterable[Told], newer: Iterable[Told]) -> list[Told]:
    """What is known with newer rows in the place of older ones of the same side, family and size."""
    rows = {(one.family, one.pupils, one.name): one for one in known}
    rows |= {(one.family, one.pupils, one.name): one for one in newer}
    return list(rows.values())


def read(path: Path) -> list[Told]:
    """The rows of a file, none where there is no file."""
    if not path.exists():
        return []
    return [Told(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def write(path: Path, rows: Iterable[Told]) -> None:
    """Keep rows in a file, with figures no finer than they were counted."""
    kept = [{name: _rounded(value) for name, value in asdict(row).items()} for row in rows]
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _rounded(value: object) -> object:
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value


def tables(rows: Sequence[Told]) -> str:
    """A table for each family and size, cheapest first, those without figures last; then the goals."""
    parts = []
    for family, pupils in dict.fromkeys((row.family, row.pupils) for row in rows):
        chosen = [row for row in rows if (row.family, row.pupils) == (family, pupils)]
        lines = "".join(_line(row, _ours(chosen)) for row in in_order(chosen))
        where = _where(row.where for row in chosen if row.where)
        parts.append(f"**{family}, {pupils:,} pupils** ({where})\n\n{HEAD}{lines}")
    return "\n".join([*parts, goals(rows)])


def _where(told: Iterable[str]) -> str:
    """Where and when the rows were measured: each machine and day once, with the loads before."""
    loads: dict[str, list[str]] = {}
    for one in dict.fromkeys(told):
        place, _, load = one.partition("; load before ")
        loads.setdefault(place, []).append(load)
    return "; ".join(f"{place}; load before {', then '.join(found)}" for place, found in loads.items())


def in_order(rows: Iterable[Told]) -> list[Told]:
    """Those with figures by what they take, then the others."""
    return sorted(rows, key=lambda row: (not row.client, row.median if row.client else 0.0, row.name))


def _ours(rows: Iterable[Told]) -> Told | None:
    return next((row for row in rows if row.is_ours and row.client), None)


def _line(row: Told, ours: Told | None) -> str:
    name = f"**{row.name}**" if row.is_ours else row.name
    if row.not_run is not None:
        return f"| {_cell(name)} | {_cell(row.version)} | – | not run: {_cell(row.not_run)} | | | | | |\n"
    times = "1" if row is ours else _spread(row.ratios)
    start = "–" if row.start is None else f"{row.start:.2f}"
    server, memory = statistics.median(row.server), f"{row.memory:.0f}" if row.memory else "–"
    who = _cell(f"{name} ({row.note})" if row.note else name)
    return (
        f"| {who} | {_cell(row.version)} | {len(row.client)} | {_spread(row.cpu)} | {server:.2f} | {times}"
        f" | {start} | {_without_starts(row, ours)} | {memory} |\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _without_starts(row: Told, ours: Told | None) -> str:
    if ours is None or ours.start is None or row.start is None or row is ours:
        return "–"
    return f"{work_ratio(row, ours):.2f}"


def work_ratio(row: Told, ours: Told) -> float:
    """How many times the work of ours it took, what processes take to start left out on both sides."""
    return (row.median - (row.start or 0.0)) / (ours.median - (ours.start or 0.0))


def _spread(values: Sequence[float]) -> str:
    middle = statistics.median(values)
    return f"{middle:.2f}" if len(values) == 1 else f"{middle:.2f} ({min(values):.2f}–{max(values):.2f})"


def goals(rows: Sequence[Told]) -> str:
    """A line for each goal and size. What was not run is never won against, nor is the best of sides not all run."""
    lines = []
    for goal in GOALS:
        for pupils in dict.fromkeys(row.pupils for row in rows if row.family == goal.family):
            chosen = [row for row in rows if (row.family, row.pupils) == (goal.family, pupils)]
            lines.append(
                f"| {goal.says}, {pupils:,} pupils | ≥ {goal.factor:g} × | {_outcome(goal, chosen)} |\n"
            )
    return "| ours takes less than | goal | measured |\n|---|---|---|\n" + "".join(lines)


def _outcome(goal: Goal, rows: Sequence[Told]) -> str:
    peers = [row for row in rows if row.name.startswith(goal.begins)]
    ran, ours = [row for row in peers if row.client], _ours(rows)
    if not ran or ours is None:
        why = next((row.not_run for row in peers if row.not_run), "it was not among the sides")
        return f"not measured: {_cell(why) if ours is not None else 'ours was not run'}"
    best = min(ran, key=lambda row: row.median)
    middle = statistics.median(best.ratios)
    bare = f"; without starts {work_ratio(best, ours):.2f}" if best.start is not None else ""
    told = f"{_spread(best.ratios)}{bare} ({_cell(best.name)}, n = {len(best.client)})"
    if middle < goal.factor:
        return f"**not met**: {told}"
    absent = " and ".join(_cell(row.name) for row in peers if not row.client)
    return f"**not shown**: not run: {absent}; of the others the best {told}" if absent else f"met: {told}"


def placed(page: str, section: str) -> str:
    """A page with the section between its marks exchanged. Raises SystemExit where it has no marks."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise SystemExit(
            f"The page has not one place for the tables. Write these two lines into it: {BEGIN} {END}"
        )
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{section}\n{END}{rest.split(END)[1]}"
