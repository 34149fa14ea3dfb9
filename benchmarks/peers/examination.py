"""What every side of the validation examines: rules that all of them can say, over the rows of one night."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.peers.process import Command, NotRunError
from o7_warehouse.rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from benchmarks.world import World
    from o7_warehouse.rules import Rule

SCHEMA: Final = "bench_gate"
GIVEN: Final = re.compile(r"coalesce\(btrim\((\w+)\), ''\) <> ''")
LISTED: Final = re.compile(r"(\w+) in \(('[^']*'(?:, '[^']*')*)\)")
UNLIKE: Final = re.compile(r"coalesce\((\w+) !~ '([^']+)', true\)")


@dataclass(frozen=True, slots=True)
class Plain:
    """A rule that all sides can say: ``kind`` is given, single, listed or unlike, with the values it needs."""

    rule_id: str
    entity: str
    column: str
    kind: str
    values: tuple[str, ...]
    predicate: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What is examined: the rules, the rows as views, and what the scan by hand found."""

    world: World
    night: date
    rules: tuple[Plain, ...]
    work: Path
    target: str
    found: dict[str, int]

    @property
    def out(self) -> Path:
        """Where a side writes what it found."""
        return self.work / "found.json"

    @property
    def rules_file(self) -> Path:
        """What the programs of the peers are told."""
        return self.work / "rules.json"

    def begun(self, words: Sequence[str], environment: dict[str, str] | None = None) -> Command:
        """The command of a side, with nothing left of the side before."""
        self.out.unlink(missing_ok=True)
        self.world.settle()
        return Command(words, environment or {})

    def agrees(self, *, by_rows: bool) -> str | None:
        """Compare what the last side found with the scan, by rows or by broken rules. Raises NotRunError."""
        if not self.out.exists():
            raise NotRunError("it wrote down nothing")
        found: dict[str, int] = json.loads(self.out.read_text(encoding="utf-8"))
        wanted = self.found if by_rows else {rule: int(count > 0) for rule, count in self.found.items()}
        got = found if by_rows else {rule: int(count > 0) for rule, count in found.items()}
        if got != wanted:
            other = sorted(rule for rule in wanted.keys() | got.keys() if wanted.get(rule) != got.get(rule))
            raise NotRunError(
                f"it finds otherwise by {len(other)} of {len(wanted)} rules ({', '.join(other[:3])})"
            )
        return None if by_rows else "tells a repeated or strange value once, not its rows"


def plain(rule: Rule) -> Plain | None:
    """A rule as every side can say it, None for one that only we can say."""
    predicate = " ".join(rule.predicate.split())
    said: tuple[str, str, tuple[str, ...]] | None = None
    if rule.native == "unique":
        said = ("single", rule.columns[0], ())
    elif found := GIVEN.fullmatch(predicate):
        said = ("given", found[1], ())
    elif found := LISTED.fullmatch(predicate):
        said = ("listed", found[1], tuple(re.findall(r"'([^']*)'", found[2])))
    elif found := UNLIKE.fullmatch(predicate):
        said = ("unlike", found[1], (found[2],))
    if said is None:
        return None
    return Plain(rule.rule_id, rule.entity, said[1], said[0], said[2], predicate)


def plain_rules() -> tuple[Plain, ...]:
    """Every rule of the registry that all sides can say."""
    return tuple(
        found for group in read_rules() for rule in group.rules if (found := plain(rule)) is not None
    )
