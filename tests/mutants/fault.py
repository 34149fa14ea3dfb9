"""The faults as data: what each puts wrong, where, and which tests are to see it first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from o7_warehouse.settings import ROOT

if TYPE_CHECKING:
    import datetime as dt

PROJECT = ROOT / "dbt_project"
MODELS = "path:models"
SAMPLE = 6


@dataclass(frozen=True)
class Mutant:
    """A single fault: ``old`` occurs once in ``file`` of the dbt project and becomes ``new``."""

    name: str
    file: str
    old: str
    new: str
    breaks: str

    def mutated(self) -> str:
        """The file with the fault. Raises ValueError unless the old text is there exactly once."""
        text = (PROJECT / self.file).read_text(encoding="utf-8")
        times = text.count(self.old)
        if times != 1 or self.old == self.new:
            raise ValueError(
                f"mutants.yml: {self.name} looks for a text that {self.file} holds {times} times, so the fault"
                " cannot be put there. Bring it up to what the file says now."
            )
        return text.replace(self.old, self.new)

    @property
    def unit_tests(self) -> str | None:
        """What dbt selects as the cheapest tests that should see it; None where there are none."""
        kind, name = self._target
        if kind == "models" and not _has_unit_tests(self.file):
            return None
        return {"models": f"{name},test_type:unit", "macros": "test_type:unit"}.get(kind)

    @property
    def builds(self) -> tuple[str, ...]:
        """What dbt must build again, in this order, for the fault to reach the indicators."""
        kind, name = self._target
        if kind == "functions":
            return (f"path:{self.file}", MODELS)
        return (MODELS,) if kind == "macros" else (f"{name}+",)

    @property
    def _target(self) -> tuple[str, str]:
        path = Path(self.file)
        return path.parts[0], path.stem


def _has_unit_tests(model: str) -> bool:
    text = (PROJECT / model).with_suffix(".yml").read_text(encoding="utf-8")
    return "unit_tests" in yaml.safe_load(text)


def mutants() -> list[Mutant]:
    """Every fault, in the order of the file."""
    content = yaml.safe_load(Path(__file__).with_name("mutants.yml").read_text(encoding="utf-8"))
    return [Mutant(**one) for one in content]


def sample(of: list[Mutant], day: dt.date) -> set[str]:
    """The names of a few, others every day: all of them have their turn, and one day's are the same for everybody."""

    def turn(mutant: Mutant) -> str:
        return hashlib.sha256(f"{day} {mutant.name}".encode()).hexdigest()

    return {mutant.name for mutant in sorted(of, key=turn)[:SAMPLE]}
