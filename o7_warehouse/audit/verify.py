"""The check of the whole audit: the chain, and every row under its seals.

What it cannot know by itself: whoever may rewrite everything may also write a new chain over it, or cut its end off
together with the outcomes of the runs cut off. Against that helps a head kept outside: ``kept``, or a sign-off.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from o7_warehouse.audit.chain import check_chain, head_of, read_runs, read_seals
from o7_warehouse.audit.findings import Verdict
from o7_warehouse.audit.rows import check_rows
from o7_warehouse.errors import AuditError, CommandError
from o7_warehouse.warehouse import connect, translated

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

ROLE = "o7_auditor"


def verify(settings: Settings, *, kept: str | None = None) -> Verdict:
    """Check everything as the auditor, in one snapshot, changing nothing.

    ``kept`` is the chain of an earlier head that must still be there. Raises CommandError where the warehouse has no
    chain, StatementError, WarehouseUnavailableError.
    """
    with translated("verifying the audit"), closing(connect(settings, ROLE)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            return examine(cursor, kept=kept)


def examine(cursor: Cursor, *, kept: str | None = None) -> Verdict:
    """The same within a transaction, which must see one snapshot."""
    cursor.execute("select to_regclass('audit.seal') is not null")
    [(has_chain,)] = cursor.fetchall()
    if not has_chain:
        raise CommandError(
            "This warehouse was made before its audit had a chain, so nothing is sealed and nothing can be checked. "
            "Run ./o7 night: it makes the chain, and the first seals are written when it opens and ends."
        )
    seals, runs = read_seals(cursor), read_runs(cursor)
    findings = [
        *check_chain(cursor, seals, runs, kept),
        *check_rows(cursor, (one.run_id for one in seals if one.is_whole), runs),
    ]
    return Verdict(head=head_of(seals), seals=len(seals), findings=findings)


def refuse_damaged(verdict: Verdict) -> None:
    """Raise AuditError when something was changed, removed or inserted."""
    if verdict.is_sound:
        return
    places = [
        f"{one.kind.value} in audit.{one.table}" + (f", run {one.run_id}" if one.run_id else "")
        for one in verdict.damages
    ]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    raise AuditError(
        f"The audit is not what was sealed: {places[0]}{more}. What it says of these runs proves nothing any more. "
        "See each place with ./o7 audit verify, find out who had the rights of an administrator, and restore the "
        "tables from a backup whose head of the chain is known."
    )
