"""The second gate: exact accounts of the rows, identities and bounds of the figures, before publication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from psycopg2.extras import execute_values

from o7_warehouse import runs
from o7_warehouse.errors import GateError, StatementError
from o7_warehouse.gate_out_change import BOUNDS
from o7_warehouse.gate_out_checks import BUILD, Check
from o7_warehouse.gate_out_figures import FIGURES
from o7_warehouse.gate_out_profiles import PROFILES
from o7_warehouse.gate_out_rows import RowAccount, account_rows
from o7_warehouse.warehouse import transaction, translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# The finding that sums up one passage of the gate; publication asks for it.
VERDICT: Final = "verdict"
PLACES_NAMED: Final = 5
ACCOUNTED: Final = Check(
    check_id="rows_accounted",
    says="Все строки ночи учтены: принято = в хранилище + уничтожено, в хранилище = допущено + карантин",
    broken="",  # one statement per entity: gate_out_rows
)

CHECKS: Final = (*FIGURES, *PROFILES, *BOUNDS)

# error: the check itself could not be computed, which is neither a pass nor a failure of the figures.
Outcome = Literal["pass", "warning", "fail", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found out about a build; the message holds organisation codes and counts only."""

    check_id: str
    outcome: Outcome
    message: str

    @property
    def stops(self) -> bool:
        """Whether the build must not be published."""
        return self.outcome in {"fail", "error"}


def gate_out(settings: Settings, run_id: str) -> None:
    """Examine the build of this run and write what was found to ``audit``; nothing published is touched.

    Raises GateError that names every broken check; NightError when the run was superseded; StatementError,
    WarehouseUnavailableError. Repeating it examines the build again; the last verdict counts.
    """
    run = runs.current(settings, run_id)
    build = {"night": run.night, "build_id": run_id}
    with transaction(settings, "o7_gate") as connection, connection.cursor() as cursor:
        accounts, accounted = _accounted(cursor, build)
        findings = [accounted, *(_examined(cursor, check, build) for check in CHECKS)]
        stopping = [finding for finding in findings if finding.stops]
        summary = f"Проверок: {len(findings)}, не пройдено: {len(stopping)}"
        verdict = Finding(check_id=VERDICT, outcome="fail" if stopping else "pass", message=summary)
        # The audit of a run that has ended is sealed: who was overtaken meanwhile adds nothing to it.
        runs.fence(cursor, run_id)
        _record(cursor, build, accounts=accounts, findings=[*findings, verdict])
    if stopping:
        broken = "\n".join(f"- {finding.check_id}: {finding.message}" for finding in stopping)
        raise GateError(
            f"Gate out, night {run.night}: {len(stopping)} of {len(findings)} checks did not hold:\n"
            f"{broken}\n"
            "Figures that contradict themselves or their rows are not published; the last published ones "
            "stay. Mend the model or the delivery behind the units named, and run the night again."
        )


def _accounted(cursor: Cursor, build: Mapping[str, Any]) -> tuple[Sequence[RowAccount], Finding]:
    cursor.execute("savepoint examined")
    try:
        with translated(ACCOUNTED.check_id):
            accounts = account_rows(cursor, build["night"])
    except StatementError:
        return (), _not_computed(cursor, ACCOUNTED)
    places = [account.discrepancy for account in accounts if account.discrepancy is not None]
    if not accounts:
        places = ["в хранилище нет ни одной сущности"]
    total = sum(account.rows_raw for account in accounts)
    measured = f"Сущностей: {len(accounts)}, строк: {total}"
    return accounts, _finding(ACCOUNTED, measured=measured, places=places, count=len(places))


def _examined(cursor: Cursor, check: Check, build: Mapping[str, Any]) -> Finding:
    cursor.execute("savepoint examined")
    try:
        with translated(check.check_id):
            measured = _measured(cursor, check, build)
            statement = f"select place from ({check.broken}) as broken order by place"  # noqa: S608 - a constant
            cursor.execute(BUILD + statement, build)
            places = [place for (place,) in cursor.fetchmany(PLACES_NAMED)]
            count = cursor.rowcount
    except StatementError:
        return _not_computed(cursor, check)
    return _finding(check, measured=measured, places=places, count=count)


def _measured(cursor: Cursor, check: Check, build: Mapping[str, Any]) -> str | None:
    if check.measured is None:
        return None
    cursor.execute(BUILD + check.measured, build)
    [(measured,)] = cursor.fetchall()
    return None if measured is None else str(measured)


def _finding(check: Check, *, measured: str | None, places: Sequence[str], count: int) -> Finding:
    message = f"{check.says}. {measured}" if measured else check.says
    if count == 0:
        return Finding(check_id=check.check_id, outcome="pass", message=message)
    named = "; ".join(places[:PLACES_NAMED]) + ("; …" if count > PLACES_NAMED else "")
    return Finding(
        check_id=check.check_id,
        outcome="fail" if check.stops else "warning",
        message=f"{message}. Нарушено: {count} ({named})",
    )


def _not_computed(cursor: Cursor, check: Check) -> Finding:
    cursor.execute("rollback to savepoint examined")
    message = f"{check.says}. Проверка не вычислена: хранилище отклонило запрос"
    return Finding(check_id=check.check_id, outcome="error", message=message)


def _record(
    cursor: Cursor,
    build: Mapping[str, Any],
    *,
    accounts: Iterable[RowAccount],
    findings: Iterable[Finding],
) -> None:
    """Add to the audit; an account that does not balance is no account, its numbers are in the finding."""
    night, run_id = build["night"], build["build_id"]
    execute_values(
        cursor,
        """
        insert into audit.row_account (
            run_id, night, entity, rows_in, rows_raw, rows_erased, rows_admitted, rows_quarantined
        ) values %s
        on conflict do nothing
        """,
        [
            (
                run_id,
                night,
                one.entity,
                one.rows_in,
                one.rows_raw,
                one.rows_erased,
                one.rows_admitted,
                one.rows_quarantined,
            )
            for one in accounts
            if one.discrepancy is None
        ],
    )
    execute_values(
        cursor,
        "insert into audit.gate_finding (run_id, gate, check_id, outcome, message) values %s",
        [(run_id, "out", finding.check_id, finding.outcome, finding.message) for finding in findings],
    )
