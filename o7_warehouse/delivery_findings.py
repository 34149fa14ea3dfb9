"""What the contract checks can find: one value each, how they are kept, and the error that names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from o7_warehouse.errors import ContractError, DeliveryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

# Checks of the form; the others look at the rows.
FORM_CHECKS = frozenset({"entity_missing", "column_missing", "column_retyped"})
MOST_NAMED = 30
# What a night may have and still be published; the reports of the night have a word for each.
BEARABLE = frozenset({
    "column_absent", "column_order", "column_unknown", "cursor_backwards", "cursor_broken", "entity_absent",
    "entity_unknown", "erased_delivered", "key_missing", "key_twice",
    "names_damaged", "parent_unknown", "transport_manual", "volume_trend", "zeros_lost",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding; ``critical`` stops the night, ``warning`` reaches a person, ``notice`` is kept.

    ``message`` holds names, counts and codes, never a value.
    """

    entity: str
    column: str = ""
    check: str
    severity: Literal["critical", "warning", "notice"]
    message: str
    # Rows that are bad, and of how many, where a check counts them for the next night.
    bad: int = 0
    seen: int = 0

    def __post_init__(self) -> None:
        if self.severity != "critical" and self.check not in BEARABLE:
            raise ValueError(
                f"The check {self.check!r} let a night pass and is not among BEARABLE, so no report would have a word "
                "for it. Add it there and in reports/data_quality/report.yml."
            )


def keep_findings(cursor: Cursor, run_id: str, findings: Sequence[Finding]) -> None:
    """Add the findings to the audit; those a repeated task finds again are not added twice."""
    for one in findings:
        given = {
            "run_id": run_id,
            "entity": one.entity,
            "column": one.column,
            "check": one.check,
            "severity": one.severity,
            "message": one.message,
        }
        cursor.execute(
            """
            insert into audit.contract_finding (run_id, entity, column_name, check_id, severity, message)
            select %(run_id)s, %(entity)s, %(column)s, %(check)s, %(severity)s, %(message)s
            where not exists (
                select from audit.contract_finding
                where run_id = %(run_id)s and entity = %(entity)s and column_name = %(column)s
                    and check_id = %(check)s and message = %(message)s
            )
            """,
            given,
        )


def refuse_critical(findings: Sequence[Finding]) -> None:
    """Raise ContractError or DeliveryError, naming every critical finding, when there is one."""
    critical = [one for one in findings if one.severity == "critical"]
    if not critical:
        return
    named = "\n".join(f"- {one.message}" for one in critical[:MOST_NAMED])
    left_out = len(critical) - MOST_NAMED
    more = f"\n- and {left_out} more, see audit.contract_finding" if left_out > 0 else ""
    kind = ContractError if any(one.check in FORM_CHECKS for one in critical) else DeliveryError
    raise kind(
        f"The delivery was refused for {len(critical)} reasons:\n{named}{more}\n"
        "Nothing was loaded; what is published stays as it is. Ask О7's operator to mend and deliver again."
    )
