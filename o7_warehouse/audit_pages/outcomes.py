"""What the evaluation of a rule can end with, in words and in an order; the only place that says it in Russian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from o7_warehouse.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome: its code in ``audit.rule_result``, the word for one rule and the heading for many."""

    code: str
    word: str
    heading: str
    # Whether rows were counted, so that keys of this night can be compared with those of another.
    is_counted: bool

    @property
    def is_applicable(self) -> bool:
        """Whether the contract delivers what the rule asks about."""
        return self.code != "not_applicable_by_contract"

    @property
    def is_open(self) -> bool:
        """Whether somebody must act: broken, or not known to be kept."""
        return self.code in {"fail", "error", "not_evaluated"}


OUTCOMES: Final = (
    Outcome("fail", "нарушено", "Нарушено", is_counted=True),
    Outcome("error", "ошибка проверки", "Ошибка проверки", is_counted=False),
    Outcome("not_evaluated", "не проверено", "Не проверено", is_counted=False),
    Outcome(
        "not_applicable_by_contract", "неприменимо по контракту", "Неприменимо по контракту", is_counted=False
    ),
    Outcome("pass", "соблюдено", "Соблюдено", is_counted=True),
)
BY_CODE: Final[Mapping[str, Outcome]] = {one.code: one for one in OUTCOMES}
SEVERITIES: Final[Mapping[str, str]] = {
    "critical": "критическая",
    "warning": "предупреждение",
    "info": "справочная",
}


def outcome_of(code: str) -> Outcome:
    """The outcome of this code. Raises AuditError for one that nobody has a word for."""
    try:
        return BY_CODE[code]
    except KeyError:
        raise AuditError(
            f"audit.rule_result holds the outcome {code!r}, for which the pages have no word. An outcome that is "
            f"not understood must not be shown as another one. Known: {', '.join(BY_CODE)}."
        ) from None


def severity_word(code: str) -> str:
    """The word for a severity. Raises AuditError for one that nobody has a word for."""
    try:
        return SEVERITIES[code]
    except KeyError:
        raise AuditError(
            f"audit.rule_result holds the severity {code!r}, for which the pages have no word. "
            f"Known: {', '.join(SEVERITIES)}."
        ) from None
