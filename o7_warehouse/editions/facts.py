"""What the release checklist looks at, read in one go: the frozen night, its run, its delivery, the edition before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from o7_warehouse.editions.calendar import due_days
from o7_warehouse.editions.ledger import all_events, events_of
from o7_warehouse.gate_out import VERDICT
from o7_warehouse.parameters import parameter

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.calendar import DueDays
    from o7_warehouse.editions.ledger import EditionId, Event
    from o7_warehouse.editions.states import LastNight
    from o7_warehouse.settings import Settings

DRIFT: Final = "denominator_drift_tolerance"
_RUN: Final = """
    select
        exists (select from published.night where night = %(night)s and run_id = %(run_id)s) as stands,
        exists (select from audit.seal where run_id = %(run_id)s) as is_sealed,
        (
            select outcome from audit.gate_finding
            where run_id = %(run_id)s and gate = 'out' and check_id = %(verdict)s
            order by recorded_at desc limit 1
        ) as verdict,
        (select transport from audit.run where run_id = %(run_id)s) as transport,
        array(select distinct signed_by from audit.sign_off where run_id = %(run_id)s order by 1) as signed_by
"""
_WAIVERS: Final = """
    select rule_id, state, rows_failed from audit.waiver_applied where run_id = %(run_id)s order by rule_id, waiver_id
"""
# Figures of the frozen build, whether or not it still stands for its night.
_FIGURES: Final = """
    select
        content::jsonb ->> 'indicator', (content::jsonb ->> 'numerator')::bigint,
        (content::jsonb ->> 'denominator')::bigint
    from published.edition_rows(
        %(night)s, %(run_id)s, 'indicator_values', '{"level": "region", "education_stage": "all"}'
    )
    order by 1
"""
_ABSENT_LEAVES: Final = """
    select content::jsonb ->> 'leaf_code'
    from published.edition_rows(%(night)s, %(run_id)s, 'leaf_counts', '{"level": "region"}')
    where (content::jsonb ->> 'source_absent')::bigint > 0
    order by 1
"""
_SCHOOLS: Final = """
    select count(*), count(*) filter (where (content::jsonb ->> 'student_count')::bigint > 0)
    from published.edition_rows(%(night)s, %(run_id)s, 'org_units', '{"level": "school"}')
"""
_ROWS: Final = """
    select coalesce(sum(rows_in), 0)::bigint, coalesce(sum(rows_quarantined), 0)::bigint
    from audit.row_account where run_id = %(run_id)s
"""
# A definition that began after the first day: the nights of the period were counted by more than one.
_CHANGED: Final = """
    select valid_from, told from (
        select valid_from, 'показатель ' || indicator from published.indicators
        union all
        select valid_from, 'вариант расчёта «' || label || '»' from published.readings
        union all
        select valid_from, 'трактовка ' || code from published.interpretations
        union all
        select valid_from, 'поле ' || leaf_code from published.leaves_in_force where night = %(night)s
    ) as dated (valid_from, told)
    where valid_from > %(first_day)s and valid_from <= %(night)s
    order by valid_from, told
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the checks decide by. Denominators are the republic's, by indicator."""

    edition: EditionId
    night: dt.date
    today: dt.date
    due: DueDays | None
    stands: bool
    is_sealed: bool
    verdict: str | None
    transport: str | None
    signed_by: list[str]
    waivers: list[tuple[str, str, int]]
    numerators: dict[str, int | None]
    denominators: dict[str, int]
    absent_leaves: list[str]
    schools_expected: int
    schools_delivered: int
    rows_in: int
    rows_quarantined: int
    changed: list[tuple[dt.date, str]]
    before: EditionId | None
    denominators_before: dict[str, int]
    drift_tolerance: Decimal
    # What disclosure control says of the draft; None where it was made without.
    disclosure: Mapping[str, Any] | None


def read_facts(
    cursor: Cursor,
    settings: Settings,
    edition: EditionId,
    frozen: LastNight,
    *,
    today: dt.date,
    disclosure: Mapping[str, Any] | None = None,
) -> Facts:
    """The facts of an edition over a frozen build. Raises CatalogueError for a deadline nobody can tell."""
    words = {
        "night": frozen.night, "run_id": frozen.run_id, "verdict": VERDICT, "first_day": edition.period.first_day
    }  # fmt: skip
    [(stands, is_sealed, verdict, transport, signed_by)] = _all(cursor, _RUN, words)
    figures = _all(cursor, _FIGURES, words)
    [(expected, delivered)] = _all(cursor, _SCHOOLS, words)
    [(rows_in, rows_quarantined)] = _all(cursor, _ROWS, words)
    before = _before(cursor, edition)
    earlier = (
        _all(cursor, _FIGURES, {"night": before.night, "run_id": before.run_id}) if before is not None else []
    )
    return Facts(
        edition=edition, night=frozen.night, today=today, due=due_days(settings.root, edition.period),
        stands=stands, is_sealed=is_sealed, verdict=verdict, transport=transport, signed_by=signed_by,
        waivers=_all(cursor, _WAIVERS, words),
        numerators={indicator: numerator for indicator, numerator, _ in figures},
        denominators={indicator: denominator for indicator, _, denominator in figures},
        absent_leaves=[code for (code,) in _all(cursor, _ABSENT_LEAVES, words)],
        schools_expected=expected, schools_delivered=delivered,
        rows_in=rows_in, rows_quarantined=rows_quarantined,
        changed=_all(cursor, _CHANGED, words),
        before=before.edition if before is not None else None,
        denominators_before={indicator: denominator for indicator, _, denominator in earlier},
        drift_tolerance=parameter(settings.root, DRIFT, on=frozen.night),
        disclosure=_kept_disclosure(cursor, edition) if disclosure is None else disclosure,
    )  # fmt: skip


def _kept_disclosure(cursor: Cursor, edition: EditionId) -> Mapping[str, Any] | None:
    drafts = [one for one in events_of(cursor, edition) if one.event == "draft"]
    kept: Mapping[str, Any] | None = drafts[-1].detail.get("disclosure") if drafts else None
    return kept


def _before(cursor: Cursor, edition: EditionId) -> Event | None:
    """What an edition is compared with: the revision before it, or the last one issued of the period before."""
    wanted = edition.period if edition.revision > 1 else edition.period.previous
    issued = [
        one
        for one in all_events(cursor)
        if one.event == "issued" and one.edition.period == wanted and one.edition != edition
    ]
    return issued[-1] if issued else None


def _all(cursor: Cursor, statement: str, words: dict[str, Any]) -> list[Any]:
    cursor.execute(statement, words)
    return cursor.fetchall()
