"""The results of all sizes as text: times and exponents, memory, disk, and the night of the country."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.scale import country
from benchmarks.scale.fit import FLAT, GOAL, TWO, growth, is_flat, per_million
from benchmarks.scale.results import FIRST, ORDINARY, newest, step_names
from benchmarks.scale.room import gigabytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.scale.fit import Point
    from benchmarks.scale.results import Night, Size, Step

NIGHTS = (FIRST, ORDINARY)
UNKNOWN = frozenset({"not enough points", "one size only"})
# An ordinary night takes so much of a full one at most, at this size.
SHARE, SHARE_AT = 0.15, 1_000_000


def told(results: Sequence[Size]) -> str:
    """Everything that can be said of these results: of each night the newest of every size."""
    lines = list(_circumstances(newest(results)))
    for night in NIGHTS:
        lines += ["", *_times(newest(results, night), night), "", *_memory(newest(results, night), night)]
    lines += ["", *_share(newest(results, ORDINARY)), "", *_disk(newest(results))]
    for night in NIGHTS:
        lines += ["", *_country(newest(results, night), night)]
    return "\n".join(lines)


def _circumstances(sizes: Sequence[Size]) -> Iterator[str]:
    for one in sizes:
        beside = "; beside other work" if one.is_disturbed else ""
        yield f"{one.machine}; revision {one.revision[:12]}, {one.rows} rows, {one.organisations} schools{beside}"
        yield from (f"  {name}: {night.built}" for name, night in one.nights.items())
    if len({one.revision for one in sizes}) > 1:
        yield "ATTENTION: the sizes were measured with different code, which exponents cannot tell from growth."


def _times(sizes: Sequence[Size], night: str) -> Iterator[str]:
    heads = "".join(f"{one.pupils:>12}" for one in sizes)
    yield f"{f'{night} night, processor s':32}{heads}{'exponent':>10} {'± error':<8}{'last two':>9}  goal <= {GOAL}"
    verdicts = {}
    for name in step_names(sizes, night):
        found = _steps(sizes, night, name)
        grown = growth([(one.pupils, step.cpu) for one, step in found])
        verdicts[name] = grown.verdict
        cells = _cells(sizes, {one.pupils: step.cpu for one, step in found})
        yield f"{name:32}{cells}{_power(grown.exponent)} {_error(grown.error)}{_power(grown.last)}  {grown.verdict}"
    for title, value in (("all steps", _cpu), ("seconds of the clock", _wall)):
        yield f"{title:32}" + "".join(f"{value(one.nights[night]):12.1f}" for one in sizes)
    yield f"every step by n^{GOAL} at most: {_outcome(verdicts, met='ok')}"


def _outcome(verdicts: Mapping[str, str], *, met: str) -> str:
    """Whether all steps meet a goal; those that do not are named with what is said of them."""
    if {*verdicts.values()} <= {met}:
        return "met"
    known = {name: verdict for name, verdict in verdicts.items() if verdict not in {met, *UNKNOWN}}
    missed = ", ".join(f"{name} ({verdict})" for name, verdict in known.items())
    return f"not met: {missed}" if known else f"not shown: {', '.join(UNKNOWN & {*verdicts.values()})}"


def _memory(sizes: Sequence[Size], night: str) -> Iterator[str]:
    yield f"{f'{night} night, largest Python, MB':32}" + "".join(f"{one.pupils:>12}" for one in sizes)
    verdicts = {}
    for name in step_names(sizes, night):
        points = [(one.pupils, step.python_mb) for one, step in _steps(sizes, night, name)]
        verdicts[name] = _flatness(points)
        yield f"{name:32}{_cells(sizes, dict(points))}{_more(points)}  {verdicts[name]}"
    looked = [
        (one.pupils, max(seen))
        for one in sizes
        if (seen := [step.server_mb for step in one.nights[night].steps if step.server_mb is not None])
    ]
    yield f"{'PostgreSQL, all processes (PSS)':32}{_cells(sizes, dict(looked))}{_more(looked)}"
    yield f"every Python process flat (± {FLAT:.0%}) from size to size: {_outcome(verdicts, met='flat')}"


def _more(points: Sequence[Point]) -> str:
    more = per_million(points)
    return "" if more is None else f"{more:+12.0f} per million"


def _flatness(points: Sequence[Point]) -> str:
    if len(points) < TWO:
        return "one size only"
    return "flat" if is_flat([size for _, size in points]) else "GROWS"


def _share(sizes: Sequence[Size]) -> Iterator[str]:
    """What an ordinary night takes of a full one; a size below the goal's proves nothing but that it is missed."""
    if not sizes:
        return
    shares = {one.pupils: _cpu(one.nights[ORDINARY]) / _cpu(one.nights[FIRST]) for one in sizes}
    cells = "".join(f"{share:12.2f}" for share in shares.values())
    largest = max(shares)
    missed, is_there = shares[largest] > SHARE, largest >= SHARE_AT
    yield f"{'all steps, ordinary / first':32}{cells}  goal <= {SHARE} at {SHARE_AT} pupils: " + (
        (f"not met at {largest}" if missed else "met" if is_there else "not shown")
        + ("" if is_there else f"; {SHARE_AT} not measured")
    )


def _disk(sizes: Sequence[Size]) -> Iterator[str]:
    yield (
        f"{'disk after the first night, GB':32}"
        + "".join(f"{one.pupils:>12}" for one in sizes)
        + f"{'a million':>12}"
    )
    schemas = sorted({name for one in sizes for name in one.nights[FIRST].schema_bytes})
    for name in schemas:
        yield _gigabytes(name, [(one, one.nights[FIRST].schema_bytes.get(name, 0)) for one in sizes])
    yield _gigabytes("the source", [(one, one.source_bytes) for one in sizes])
    yield _gigabytes("the whole cluster", [(one, one.nights[FIRST].cluster_bytes) for one in sizes])
    yield _gigabytes("the most seen on the first night", [(one, one.peak_until(FIRST)) for one in sizes])
    if whole := [one for one in sizes if ORDINARY in one.nights]:
        took = ", ".join(f"{one.pupils}: {one.peak_until(ORDINARY) / 2**30:.3f}" for one in whole)
        yield f"the most seen on all its nights, GB, of {took}"


def _gigabytes(title: str, values: Sequence[tuple[Size, int]]) -> str:
    more = per_million([(one.pupils, float(size)) for one, size in values])
    cells = "".join(f"{size / 2**30:12.3f}" for _, size in values)
    return f"{title:32}{cells}" + ("" if more is None else f"{more / 2**30:+12.2f}")


def _country(sizes: Sequence[Size], night: str) -> Iterator[str]:
    title = f"{night} night of {country.PUPILS} pupils, ON PAPER, hours of one core"
    if len(sizes) < TWO:
        yield f"{title}: not derived, for one size tells nothing of growth"
        return
    whole = country.projected(sizes, night)
    yield f"{title} by nodes" + "".join(f"{nodes:>8}" for nodes in country.NODES)
    for part in whole.parts:
        cells = "".join(f"{part.on(nodes) / 3600:8.2f}" for nodes in country.NODES)
        yield f"  {part.step:30}{cells}   of it serial {part.serial / 3600:.2f}"
    yield f"  {'all steps':30}" + "".join(f"{whole.seconds(nodes) / 3600:8.2f}" for nodes in country.NODES)
    yield f"  serial share {whole.serial_share:.0%}: more nodes save {1 - whole.serial_share:.0%} of the night at most"
    serial, longest = whole.serial / 3600, whole.longest
    yield (
        f"  {longest.step} is the largest part of it, {longest.serial / 3600:.2f} of {serial:.2f} hours; to be"
        f" distributed next: {longest.held_by}; without it {serial - longest.serial / 3600:.2f} hours stay serial"
    )
    alone, *more = country.NODES
    yield (
        f"  disk {gigabytes(whole.disk_bytes)} GB on {alone};"
        f" {gigabytes(whole.disk_bytes - whole.spread_bytes)} GB on the coordinator and "
        + ", ".join(f"{gigabytes(whole.spread_bytes / nodes)} GB on each of {nodes}" for nodes in more)
    )
    yield f"  from the sizes {', '.join(str(one.pupils) for one in sizes[-2:])}; every other figure is an assumption:"
    yield from (f"  {line}" for line in country.ASSUMED)


def _steps(sizes: Sequence[Size], night: str, name: str) -> list[tuple[Size, Step]]:
    return [(one, step) for one in sizes if (step := one.nights[night].step(name))]


def _cells(sizes: Sequence[Size], values: dict[int, float]) -> str:
    return "".join(f"{values[one.pupils]:12.1f}" if one.pupils in values else f"{'–':>12}" for one in sizes)


def _power(exponent: float | None) -> str:
    return f"{'–':>10}" if exponent is None else f"{exponent:10.2f}"


def _error(error: float | None) -> str:
    return f"{'' if error is None else f'± {error:.2f}':<7}"


def _cpu(night: Night) -> float:
    return sum(step.cpu for step in night.steps)


def _wall(night: Night) -> float:
    return sum(step.wall_seconds for step in night.steps)
