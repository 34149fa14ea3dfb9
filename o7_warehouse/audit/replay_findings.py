"""What a replay of a night can find: what is recorded of a rule, and what its rows give."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit.erased import Erasures
from o7_warehouse.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that a rule of the night was recorded with and that its rows do not give.

    ``what``: version, outcome, rows_checked, rows_failed, gx_failed, error_class or keys; rule: none of that night.
    ``because``: functions and catalogues the rule stands on that have changed since the night.
    """

    rule_id: str
    what: str
    stored: str
    found: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The answer of a replay; ``changed``: what rules of the night stand on and is not what it was, with the rules.

    ``erased``: what is gone of the night since, and was taken off what the audit says before it was compared.
    """

    night: date
    run_id: str
    run_no: int
    is_published: bool
    rules: int
    differences: list[Difference]
    changed: dict[str, list[str]] = field(default_factory=dict)
    erased: Erasures = field(default_factory=Erasures)

    @property
    def is_equal(self) -> bool:
        """Whether the rows give what the audit says."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is compared of a rule, as words."""

    version: str
    outcome: str
    rows_checked: int | None
    rows_failed: int | None
    gx_failed: int | None
    error_class: str | None
    keys: str = "0"


# What is recorded of a rule that has no result.
NOTHING: Final = Outcome("–", "–", None, None, None, None)


def differences(
    stored: Mapping[str, Outcome], found: Mapping[str, Outcome], reasons: Mapping[str, list[str]]
) -> Iterator[Difference]:
    """What the audit says of each rule and its rows do not give; ``reasons``: what has changed under a rule."""
    for rule_id, said in stored.items():
        because = tuple(reasons.get(rule_id, ()))
        now = found.get(rule_id)
        if now is None:
            yield Difference(rule_id=rule_id, what="rule", stored=said.outcome, found="–", because=because)
            continue
        for what in (one.name for one in fields(Outcome)):
            ours, theirs = getattr(said, what), getattr(now, what)
            if ours != theirs:
                yield Difference(
                    rule_id=rule_id, what=what, stored=_word(ours), found=_word(theirs), because=because
                )
    for rule_id in sorted(found.keys() - stored.keys()):
        yield Difference(rule_id=rule_id, what="outcome", stored="–", found=found[rule_id].outcome)


def _word(value: object) -> str:
    return "–" if value is None else str(value)


def refuse_different(replayed: Replayed) -> None:
    """Raise AuditError where the rows of the night do not give what the audit says."""
    if replayed.is_equal:
        return
    first = replayed.differences[0]
    more = len(replayed.differences) - 1
    raise AuditError(
        f"The night {replayed.night} judged again does not give what the audit says: {first.what} of {first.rule_id} "
        f"is {first.stored} there and {first.found} in the rows{f', and {more} more' if more else ''}. The audit, the "
        "rows in raw, or what the rules stand on was changed since. See the places above; ./o7 audit verify tells "
        "whether it was the audit."
    )
