"""The nights of the audit with the result of every rule, as values: what happened, and not how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from o7_warehouse.audit_pages.outcomes import Outcome, outcome_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Night:
    """A night with the run that stands for it: the published one, else the newest that examined its rows.

    ``outcome`` None: the run is at work or was killed. The rows are None where none were accounted for.
    """

    night: dt.date
    run_id: str
    run_no: int
    mode: str
    transport: str | None
    contract_version: str
    code_revision: str
    snapshot_at: dt.datetime
    outcome: str | None
    is_published: bool
    runs: int
    rows_in: int | None
    rows_quarantined: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a night says about a rule; the counts are None where nothing could be counted."""

    outcome: Outcome
    severity: str
    version: str
    rows_checked: int | None
    rows_failed: int | None
    gx_failed: int | None
    error_class: str | None

    @property
    def is_counted(self) -> bool:
        """Whether the rows that break the rule are known."""
        return self.outcome.is_counted and self.rows_failed is not None


@dataclass(frozen=True, slots=True)
class Words:
    """What a rule says, from the first run that said it so."""

    since: dt.date
    place: int
    columns: tuple[str, ...]
    text: str
    remedy: str
    owner: str
    legal_basis: str
    leaf_code: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a rule and the first and last night that were examined by it, of all the audit."""

    version: str
    severity: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Rule:
    """A rule with all that the shown nights say about it; ``results`` has a place per night, None: no result."""

    rule_id: str
    entity: str
    versions: tuple[Version, ...]
    words: tuple[Words, ...]
    results: tuple[Result | None, ...]

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The nights with a result."""
        return tuple(place for place, result in enumerate(self.results) if result is not None)

    @cached_property
    def counted(self) -> tuple[int, ...]:
        """The nights on which its rows were counted."""
        return tuple(place for place in self.places if (one := self.results[place]) and one.is_counted)

    @property
    def says(self) -> Words | None:
        """Its words now; None when no run ever recorded them."""
        return self.words[-1] if self.words else None

    def result(self, place: int) -> Result:
        """The result of one of its ``places``."""
        found = self.results[place]
        if found is None:
            raise LookupError(f"{self.rule_id} has no result at place {place}")
        return found

    @property
    def latest(self) -> Result:
        """The result of the newest night that has one."""
        return self.result(self.places[-1])

    @cached_property
    def open_since(self) -> int | None:
        """The first place of the unbroken row of nights on which it was open, up to its newest; None: it is not."""
        since = None
        for place in reversed(self.places):
            if not self.result(place).outcome.is_open:
                break
            since = place
        return since


@dataclass(frozen=True)
class Journal:
    """The shown nights in their order and the rules in the order in which they are told."""

    nights: tuple[Night, ...]
    rules: tuple[Rule, ...]
    has_earlier: bool

    @cached_property
    def examined(self) -> tuple[int, ...]:
        """Places of the nights whose rows were examined."""
        return tuple(sorted({place for rule in self.rules for place in rule.places}))

    @property
    def latest(self) -> int:
        """Place of the newest night whose rows were examined."""
        return self.examined[-1]

    @property
    def previous(self) -> int | None:
        """Place of the one before it."""
        return self.examined[-2] if len(self.examined) > 1 else None

    @cached_property
    def current(self) -> tuple[Rule, ...]:
        """The rules that the newest night examined."""
        return tuple(rule for rule in self.rules if rule.results[self.latest] is not None)

    def counts(self, place: int) -> Mapping[Outcome, int]:
        """How many rules a night ended with each outcome."""
        found: dict[Outcome, int] = {}
        for rule in self.rules:
            if (result := rule.results[place]) is not None:
                found[result.outcome] = found.get(result.outcome, 0) + 1
        return found

    def day(self, place: int) -> dt.date:
        """The night at a place."""
        return self.nights[place].night


def rules_of(
    results: Mapping[str, tuple[str, Mapping[int, Result]]],
    versions: Mapping[str, Sequence[Version]],
    words: Mapping[str, Sequence[Words]],
    nights: int,
) -> tuple[Rule, ...]:
    """Rules put together from what was read, in the order of their words; those without any come last."""
    found = [
        Rule(
            rule_id=rule_id,
            entity=entity,
            versions=tuple(versions[rule_id]),
            words=tuple(words.get(rule_id, ())),
            results=tuple(by_place.get(place) for place in range(nights)),
        )
        for rule_id, (entity, by_place) in results.items()
    ]
    return tuple(
        sorted(found, key=lambda rule: (rule.says is None, rule.says.place if rule.says else 0, rule.rule_id))
    )


def result_of(row: Sequence[object]) -> Result:
    """A row of ``audit.rule_result`` as a value. Raises AuditError for an outcome without a word."""
    outcome, severity, version, checked, failed, gx_failed, error_class = row
    return Result(
        outcome_of(str(outcome)), str(severity), str(version), checked, failed, gx_failed, error_class  # type: ignore[arg-type]
    )  # fmt: skip
