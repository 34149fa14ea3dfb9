"""What was measured of each size, kept in one file that grows: sizes may be run on different days and machines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

FIRST, ORDINARY = "first", "ordinary"
FORM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a night: seconds, and MB.

    ``python`` is the greatest resident set of the step's largest Python process, ``server`` that of all processes of
    PostgreSQL together (PSS), None where the step ended before anybody looked.
    """

    name: str
    client_seconds: float
    server_seconds: float
    wall_seconds: float
    python_mb: float
    server_mb: float | None

    @property
    def cpu(self) -> float:
        """Processor seconds of client and server."""
        return self.client_seconds + self.server_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The steps of a night in their order; ``built`` is the build's own sentence of whom it took up.

    ``peak_bytes`` is the most the world's folder was seen to hold meanwhile: source, warehouse, log, documents.
    """

    steps: Sequence[Step]
    built: str
    schema_bytes: Mapping[str, int]
    cluster_bytes: int
    peak_bytes: int

    def step(self, name: str) -> Step | None:
        """The step of this name, if this night had it."""
        return next((one for one in self.steps if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One size: its nights, and the circumstances. ``is_disturbed`` says that other work ran beside it.

    A run that was broken off leaves the nights it had ended.
    """

    pupils: int
    revision: str
    date: str
    machine: str
    is_disturbed: bool
    organisations: int
    rows: int
    source_bytes: int
    nights: Mapping[str, Night]

    def peak_until(self, night: str) -> int:
        """The most the world held from its first night to this one, which is the first or the last."""
        until = [self.nights[FIRST]] if night == FIRST else self.nights.values()
        return max(one.peak_bytes for one in until)

    @property
    def key(self) -> tuple[int, str, str]:
        """What makes a result another one: size, code, day."""
        return self.pupils, self.revision, self.date


def read(path: Path) -> list[Size]:
    """The results of a file, by size and day; none where there is no file yet."""
    if not path.exists():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("form") != FORM:
        raise SystemExit(
            f"{path} holds no results of this benchmark (form {FORM}), so nothing can be added to it. "
            "Name another file with --into."
        )
    return sorted((_size(one) for one in content["sizes"]), key=lambda one: (one.pupils, one.date))


def joined(known: Iterable[Size], new: Iterable[Size]) -> list[Size]:
    """Both together; the same size measured again by the same code on the same day takes the place of the first."""
    by_key = {one.key: one for one in (*known, *new)}
    return sorted(by_key.values(), key=lambda one: (one.pupils, one.date, one.revision))


def write(path: Path, sizes: Iterable[Size]) -> None:
    """Write the file anew, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"form": FORM, "sizes": [asdict(one) for one in sizes]}, ensure_ascii=False, indent=1)
    beside = path.with_name(path.name + ".new")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


def newest(sizes: Iterable[Size], night: str = FIRST) -> list[Size]:
    """One result of each size that has this night, the one measured last, in order of size."""
    having = [one for one in sizes if night in one.nights]
    ordered = sorted(having, key=lambda one: (one.pupils, one.date))
    return list({one.pupils: one for one in ordered}.values())


def is_measured(known: Iterable[Size], pupils: int, *, revision: str, last: str) -> bool:
    """Whether this code has walked a world of this size to the night ``last``: what was stopped goes on behind it."""
    return any((one.pupils, one.revision) == (pupils, revision) and last in one.nights for one in known)


def step_names(sizes: Sequence[Size], night: str) -> list[str]:
    """Every step that some size had on this night, in the order of the night."""
    return list(dict.fromkeys(step.name for one in reversed(sizes) for step in one.nights[night].steps))


def _size(found: dict[str, Any]) -> Size:
    nights = {
        name: Night(**{**night, "steps": [Step(**step) for step in night["steps"]]})
        for name, night in found["nights"].items()
    }
    return Size(**{**found, "nights": nights})
