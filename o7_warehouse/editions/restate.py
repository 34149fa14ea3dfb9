"""The restatement ledger: how far the build that stands for a period has moved from what its issued edition says.

An issued edition never changes. Whatever is published for its period afterwards - a later night, rows О7 delivered
again, another definition, another structure - is compared with it once, figure by figure, and waits in the audit for a
further revision. What is pending is not stored but told: the last issued revision against the build that stands now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse import runs
from o7_warehouse.editions.ledger import ROLE, all_events, hold
from o7_warehouse.editions.periods import Kind, Period
from o7_warehouse.editions.states import last_night
from o7_warehouse.warehouse import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class under a small name

    from o7_warehouse.editions.ledger import Event
    from o7_warehouse.editions.states import LastNight
    from o7_warehouse.settings import Settings

_IS_NOTED: Final = "select exists (select from audit.restatement where edition_id = %s and run_id = %s)"
# A figure is moved by its structure when its unit came, went or changed its parent, or a school below it did; one of
# a class, when its school did. Nothing else may stay without a cause: then it says that none is known.
_NOTE: Final = """
    with

    old_figures as (
        select * from jsonb_to_recordset((
            select coalesce(jsonb_agg(content::jsonb), '[]') from published.edition_rows(
                %(frozen_night)s, %(frozen)s, 'indicator_values', '{"education_stage": "all"}'
            )
        )) as told (
            indicator text, level text, org_unit_code text, numerator bigint, denominator bigint, value numeric,
            definition_version text
        )
    ),

    new_figures as (
        select * from jsonb_to_recordset((
            select coalesce(jsonb_agg(content::jsonb), '[]') from published.edition_rows(
                %(night)s, %(standing)s, 'indicator_values', '{"education_stage": "all"}'
            )
        )) as told (
            indicator text, level text, org_unit_code text, numerator bigint, denominator bigint, value numeric,
            definition_version text
        )
    ),

    old_units as (
        select * from jsonb_to_recordset((
            select coalesce(jsonb_agg(content::jsonb), '[]')
            from published.edition_rows(%(frozen_night)s, %(frozen)s, 'org_units')
        )) as told (level text, org_unit_code text, parent_code text)
    ),

    new_units as (
        select * from jsonb_to_recordset((
            select coalesce(jsonb_agg(content::jsonb), '[]')
            from published.edition_rows(%(night)s, %(standing)s, 'org_units')
        )) as told (level text, org_unit_code text, parent_code text)
    ),

    moved_schools as (
        select org_unit_code as school, old.parent_code as was_of, new.parent_code as is_of
        from (select * from old_units where level = 'school') as old
        full join (select * from new_units where level = 'school') as new using (org_unit_code)
        where old.parent_code is distinct from new.parent_code
    ),

    moved_units as (
        select 'school' as level, school as org_unit_code from moved_schools
        union
        select 'municipality', unnest(array_remove(array[was_of, is_of], null)) from moved_schools
        union
        select 'region', org_unit_code from new_units where level = 'region' and exists (select from moved_schools)
        union
        select classes.level, classes.org_unit_code
        from (select * from old_units union select * from new_units) as classes
        inner join moved_schools on classes.parent_code = moved_schools.school
        where classes.level = 'class'
    ),

    moved as (
        select
            indicator, level, org_unit_code,
            old.numerator as old_numerator, old.denominator as old_denominator, old.value as old_value,
            new.numerator as new_numerator, new.denominator as new_denominator, new.value as new_value,
            %(causes)s::text[]
            || case when old.definition_version <> new.definition_version then array['redefined'] else '{}' end
            || case when moved_units.level is not null then array['reorganised'] else '{}' end as causes
        from old_figures as old
        full join new_figures as new using (indicator, level, org_unit_code)
        left join moved_units using (level, org_unit_code)
        where
            (old.numerator, old.denominator, old.value) is distinct from (new.numerator, new.denominator, new.value)
    ),

    noted as (
        insert into audit.restatement (
            edition_id, run_id, night, frozen_run_id, frozen_night, causes, deliveries, figures
        )
        select
            %(edition)s, %(standing)s, %(night)s, %(frozen)s, %(frozen_night)s,
            %(causes)s::text[] || array(
                select distinct cause from moved cross join unnest(moved.causes) as cause
                where cause <> all (%(causes)s::text[]) order by cause
            ),
            audit.restatement_deliveries(%(frozen)s, %(standing)s),
            (select count(*) from moved)
    )

    insert into audit.restated_figure (
        edition_id, run_id, indicator, level, org_unit_code, old_numerator, old_denominator, old_value,
        new_numerator, new_denominator, new_value, causes
    )
    select
        %(edition)s, %(standing)s, indicator, level, org_unit_code, old_numerator, old_denominator, old_value,
        new_numerator, new_denominator, new_value,
        case when cardinality(causes) > 0 then causes else array['unknown'] end
    from moved
"""


def restate(settings: Settings, run_id: str) -> None:
    """Compare what this run has published with the issued editions of its night's periods; a step of the night.

    Idempotent: an edition and a build are compared once. Raises NightError when the run was superseded,
    StatementError, WarehouseUnavailableError.
    """
    night = runs.current(settings, run_id).night
    with transaction(settings, ROLE) as connection, connection.cursor() as cursor:
        for kind in Kind:
            period = Period.of(night, kind)
            hold(cursor, period)
            note(cursor, period)


def note(cursor: Cursor, period: Period) -> None:
    """Add to the ledger how the last issued edition of a period differs from the build that stands now, once.

    The caller holds the period.
    """
    found = apart(cursor, period)
    if found is None:
        return
    event, standing = found
    cursor.execute(_IS_NOTED, (str(event.edition), standing.run_id))
    if cursor.fetchall() == [(True,)]:
        return
    cursor.execute("select audit.restatement_causes(%s, %s)", (event.run_id, standing.run_id))
    [(causes,)] = cursor.fetchall()
    cursor.execute(_NOTE, {
        "edition": str(event.edition), "frozen_night": event.night, "frozen": event.run_id,
        "night": standing.night, "standing": standing.run_id, "causes": causes,
    })  # fmt: skip


def apart(cursor: Cursor, period: Period) -> tuple[Event, LastNight] | None:
    """The last issued edition of a period and the build that stands for it now, where they are not the same."""
    issued = _last_issued(all_events(cursor), period)
    if issued is None:
        return None
    standing = last_night(cursor, period)
    return None if standing.run_id == issued.run_id else (issued, standing)


def _last_issued(events: Iterable[Event], period: Period) -> Event | None:
    issued = [one for one in events if one.event == "issued" and one.edition.period == period]
    return issued[-1] if issued else None
