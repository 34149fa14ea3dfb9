"""Reads the audit for the pages: as ``o7_auditor``, from ``audit`` and ``published``, in one snapshot.

Sets come out of the database; nothing is asked night by night or rule by rule.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from o7_warehouse.audit.verify import ROLE
from o7_warehouse.audit_pages.journal import Journal, Night, Result, Version, Words, result_of, rules_of
from o7_warehouse.errors import NightError
from o7_warehouse.warehouse import connect, translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.settings import Settings

# The run that stands for a night: the published one, else the newest that examined its rows, else the newest.
_NIGHTS: Final = """
    with chosen as (
        select distinct on (run.night)
            run.*, coalesce(own.run_id = run.run_id, false) as is_published,
            count(*) over (partition by run.night) as runs
        from audit.run
        left join published.night as own on run.night = own.night
        order by
            run.night, coalesce(own.run_id = run.run_id, false) desc,
            exists (select from audit.rule_result as result where result.run_id = run.run_id) desc, run.run_no desc
    )
    select
        chosen.night, chosen.run_id::text, chosen.run_no, chosen.mode, chosen.transport, chosen.contract_version,
        chosen.code_revision, chosen.snapshot_at, ended.outcome, chosen.is_published, chosen.runs,
        accounts.rows_in, accounts.rows_quarantined
    from chosen
    left join audit.run_outcome as ended on chosen.run_id = ended.run_id
    left join (
        select run_id, sum(rows_in)::bigint as rows_in, sum(rows_quarantined)::bigint as rows_quarantined
        from audit.row_account group by run_id
    ) as accounts on chosen.run_id = accounts.run_id
    order by chosen.night desc
    limit %(limit)s
"""
_RESULTS: Final = """
    select
        result.rule_id, result.entity, shown.place, result.outcome, result.severity, result.rule_version,
        result.rows_checked, result.rows_failed, result.gx_failed, result.error_class
    from audit.rule_result as result
    inner join unnest(%(runs)s::uuid[]) with ordinality as shown (run_id, place) on result.run_id = shown.run_id
    order by result.rule_id collate "C", shown.place
"""
_VERSIONS: Final = """
    select rule_id, rule_version, severity, min(night), max(night)
    from audit.rule_result
    group by rule_id, rule_version, severity
    order by rule_id collate "C", min(night), rule_version collate "C", severity
"""
_WORDS: Final = """
    select
        said.rule_id, teller.night, said.place, said.columns, said.text, said.remedy, said.owner, said.legal_basis,
        said.leaf_code
    from audit.rule_text as said
    inner join audit.run as teller on said.run_id = teller.run_id
    order by said.rule_id collate "C", teller.run_no
"""


@contextmanager
def auditor(settings: Settings) -> Iterator[Cursor]:
    """A cursor that sees one snapshot and can change nothing. Raises what connect and translated raise."""
    with translated("reading the audit"), closing(connect(settings, ROLE)) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            yield cursor


def read_journal(cursor: Cursor, *, nights: int | None) -> Journal:
    """The newest nights of the audit, all of them if no number is given, and their rules.

    Raises NightError when no night was ever examined, AuditError for an outcome without a word.
    """
    cursor.execute(_NIGHTS, {"limit": None if nights is None else nights + 1})
    read = [Night(*row) for row in cursor.fetchall()]
    shown = tuple(reversed(read if nights is None else read[:nights]))
    results = _results(cursor, [night.run_id for night in shown])
    if not results:
        raise NightError(
            f"The audit holds no results of rules for {'any night' if nights is None else f'its newest {nights}'}, so "
            "there is nothing to show. A night leaves them when its rows are examined: run ./o7 night, or ask for "
            "more nights."
        )
    return Journal(
        nights=shown,
        rules=rules_of(results, _versions(cursor), _words(cursor), len(shown)),
        has_earlier=len(read) > len(shown),
    )


def _results(cursor: Cursor, runs: list[str]) -> dict[str, tuple[str, dict[int, Result]]]:
    cursor.execute(_RESULTS, {"runs": runs})
    found: dict[str, tuple[str, dict[int, Result]]] = {}
    for rule_id, entity, place, *row in cursor:
        found.setdefault(rule_id, (entity, {}))[1][place - 1] = result_of(row)
    return found


def _versions(cursor: Cursor) -> dict[str, list[Version]]:
    cursor.execute(_VERSIONS)
    found: dict[str, list[Version]] = {}
    for rule_id, *row in cursor:
        found.setdefault(rule_id, []).append(Version(*row))
    return found


def _words(cursor: Cursor) -> dict[str, list[Words]]:
    cursor.execute(_WORDS)
    found: dict[str, list[Words]] = {}
    for rule_id, since, place, columns, *row in cursor:
        found.setdefault(rule_id, []).append(Words(since, place, tuple(columns), *row))
    return found
