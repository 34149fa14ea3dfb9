"""The word of an auditor for a night, bound to the chain it was given for."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import RealDictCursor

from o7_warehouse.audit.verify import ROLE, examine, refuse_damaged
from o7_warehouse.errors import CommandError, NightError
from o7_warehouse.warehouse import connect, transaction, translated

if TYPE_CHECKING:
    from datetime import date

    from o7_warehouse.settings import Settings

_RUN: Final = """
    select night.run_id::text, exists (select from audit.seal where seal.run_id = night.run_id)
    from published.night where night.night = %s
"""
_SIGN: Final = """
    insert into audit.sign_off (night, run_id, chain, signed_by, remark) values (%s, %s, %s, %s, %s)
"""
_SIGNED: Final = """
    select
        signed.night, signed.run_id::text, signed.signed_by, signed.remark, signed.chain, signed.recorded_at,
        coalesce(night.run_id = signed.run_id, false) as is_published
    from audit.sign_off as signed
    left join published.night on signed.night = night.night
    order by signed.night, signed.recorded_at
"""


def sign(settings: Settings, *, night: date, signed_by: str, remark: str | None) -> str:
    """Sign a published night off; returns the head of the chain it was signed under.

    Raises CommandError without a name, NightError for a night that is not published or whose run has not ended,
    AuditError when the audit is damaged.
    """
    if not signed_by.strip():
        raise CommandError(
            "--by is empty, so nobody would have signed. Give the name that stands under the night."
        )
    with translated("signing a night off"), closing(connect(settings, ROLE)) as connection, connection:
        connection.set_session(isolation_level="REPEATABLE READ")
        with connection.cursor() as cursor:
            verdict = examine(cursor)
            refuse_damaged(verdict)
            cursor.execute(_RUN, (night,))
            found = cursor.fetchone()
            if found is None or not found[1] or verdict.head is None:
                reason = "is not published" if found is None else "was published by a run that has not ended"
                raise NightError(
                    f"The night {night} {reason}, so there is nothing final to sign. Only a published night whose "
                    "run is sealed can be signed off. Name another one, or wait for the end of its run."
                )
            cursor.execute(_SIGN, (night, found[0], verdict.head.chain, signed_by.strip(), remark))
    return verdict.head.chain


def signed(settings: Settings) -> list[dict[str, Any]]:
    """Every sign-off; ``is_published`` tells whether the figures of the night are still those that were signed."""
    with (
        transaction(settings, ROLE) as connection,
        connection.cursor(cursor_factory=RealDictCursor) as cursor,
    ):
        cursor.execute(_SIGNED)
        return [dict(row) for row in cursor.fetchall()]
