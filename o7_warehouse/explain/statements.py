"""The statements behind an explanation. Catalogues are dated: of several rows the youngest that held counts."""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from typing import Final

INDICATORS: Final = """
    select distinct on (indicator) indicator, name, legal_place, numerator_label, denominator_label, readings
    from published.indicators where valid_from <= %(night)s
    order by indicator, valid_from desc
"""
UNITS: Final = """
    select units.level, units.org_unit_code, units.org_unit_name, parents.org_unit_name as parent_name
    from published.org_units as units
    left join published.org_units as parents
        on
            units.night = parents.night
            and units.parent_code = parents.org_unit_code
            and (parents.level, units.level) in (
                ('region', 'municipality'), ('municipality', 'school'), ('school', 'class')
            )
    where
        units.night = %(night)s and units.org_unit_code = %(org)s
        and units.level = coalesce(%(level)s, units.level)
    order by units.level
"""
FIGURE: Final = """
    select numerator, denominator, value
    from published.indicator_values
    where
        night = %(night)s and indicator = %(indicator)s and level = %(level)s and org_unit_code = %(org)s
        and education_stage = 'all'
"""
OFFICIAL: Final = """
    select reading, label
    from published.readings
    where
        indicator = %(indicator)s and is_official and valid_from <= %(night)s
        and (valid_to is null or valid_to >= %(night)s)
    order by valid_from desc limit 1
"""
WORDINGS: Final = """
    select wording, legal_place
    from (
        select distinct on (ordinal) ordinal, wording, legal_place
        from published.order_wordings where indicator = %(indicator)s and valid_from <= %(night)s
        order by ordinal, valid_from desc
    ) as in_force
    order by ordinal
"""
_REASONS: Final = """
    reasons as (
        select distinct on (reason) reason, ordinal, label, remedy
        from published.loss_reasons where indicator = %(indicator)s and valid_from <= %(night)s
        order by reason, valid_from desc
    )
"""
# Reasons with nobody are steps of a funnel for 4.2-4.4; the 51 leaves of 4.1 would only be a long list of noughts.
LOSSES: Final = f"""
    with
    {_REASONS},
    known as (
        select reason, ordinal, label, remedy from reasons
        union all
        select requirement, ordinal, label, null
        from published.profile_requirements
        where
            %(indicator)s = '4.1' and night = %(night)s and is_official
            and requirement not in (select reason from reasons)
    ),
    lost as (
        select reason, persons
        from published.indicator_losses
        where
            night = %(night)s and indicator = %(indicator)s and level = %(level)s and org_unit_code = %(org)s
    )
    select reason, coalesce(known.label, reason) as label, known.remedy, coalesce(lost.persons, 0) as persons
    from known
    full join lost using (reason)
    where lost.persons > 0 or %(indicator)s <> '4.1'
    order by known.ordinal, reason
"""
WINS: Final = """
    select place, requirement, label, fill, completes, lacks, value_after, rise
    from published.nearest_wins
    where night = %(night)s and level = %(level)s and org_unit_code = %(org)s
    order by place
"""
CONTROLS: Final = """
    with labelled as (
        select distinct on (reading) reading, label, answers, ordinal
        from published.readings where indicator = %(indicator)s and valid_from <= %(night)s
        order by reading, valid_from desc
    )
    select reading, labelled.label, labelled.answers, numerator, denominator, value
    from published.control_values
    inner join labelled using (reading)
    where night = %(night)s and indicator = %(indicator)s and level = %(level)s and org_unit_code = %(org)s
    order by labelled.ordinal, reading
"""
INTERVAL: Final = """
    select unplaced, lowest, highest
    from published.indicator_intervals
    where night = %(night)s and indicator = %(indicator)s and level = %(level)s and org_unit_code = %(org)s
"""
INTERPRETATIONS: Final = """
    select code, question, reading, legal_place
    from (
        select distinct on (code) code, ordinal, question, reading, legal_place
        from published.interpretations where code = any(%(codes)s) and valid_from <= %(night)s
        order by code, valid_from desc
    ) as in_force
    order by ordinal
"""
DEFINITIONS: Final = """
    select 'indicators' as catalogue, figures.indicator as key, figures.definition_version as version, valid_from
    from published.indicator_values as figures
    inner join published.indicators using (indicator, definition_version)
    where
        figures.night = %(night)s and figures.indicator = %(indicator)s and figures.level = %(level)s
        and figures.org_unit_code = %(org)s and figures.education_stage = 'all'
    union all
    (
        select 'indicator_readings', reading, null, valid_from
        from published.readings
        where
            indicator = %(indicator)s and indicator <> '4.1' and is_official and valid_from <= %(night)s
            and (valid_to is null or valid_to >= %(night)s)
        order by valid_from desc limit 1
    )
    union all
    select 'profile_rules', rule_code, null, valid_from
    from published.profile_rules
    where
        %(indicator)s = '4.1' and is_official and valid_from <= %(night)s
        and (valid_to is null or valid_to >= %(night)s)
"""
BUILD: Final = """
    select build_id::text, code_revision, published_at, snapshot_at, transport, contract_version
    from published.night where night = %(night)s
"""
BATCHES: Final = """
    select account.entity, account.rows_in, account.rows_admitted, account.rows_quarantined
    from published.night
    inner join audit.row_account as account using (run_id)
    where night.night = %(night)s
    order by account.entity
"""
REQUIREMENTS: Final = """
    select requirement, ordinal
    from published.profile_requirements
    where night = %(night)s and rule_code = %(rule)s and %(indicator)s = '4.1'
    order by ordinal
"""
ERASED: Final = """
    select coalesce(sum(told.students + told.staff), 0) as persons
    from audit.erasure as told
    where exists (
        select from audit.erased_rows as erased
        where erased.night = %(night)s and erased.erasure_id = told.erasure_id
    )
"""
STATUSES: Final = "select letter, status, satisfies from published.leaf_statuses"
_HERE: Final = "night_from <= %(night)s and night_to > %(night)s"
_OF_THE_UNIT: Final = f"{_HERE} and case %(level)s when 'class' then class_id else school_id end = %(org)s"
PROFILES: Final = f"""
    select
        student_key::text, class_id, statuses, has_contact, has_identity_conflict,
        coalesce(filled_count < rules.min_share * applicable_count, false) as is_below_share
    from published.profile_versions
    inner join published.profile_rules as rules
        on
            rules.rule_code = %(rule)s and rules.valid_from <= %(night)s
            and (rules.valid_to is null or rules.valid_to >= %(night)s)
    where
        {_OF_THE_UNIT}
        and substr(rules_met, rules.ordinal, 1) <> 't'
    order by student_key
"""
# A warehouse that no night of this revision has opened lacks the tables; then nothing was kept either.
KEEPS: Final = "select to_regclass('published.reading_night') is not null as is_kept"
# Whether the histories of readings took their persons of the night from the build that is published.
KEPT: Final = """
    select exists (
        select from published.reading_night
        inner join published.night using (night, build_id)
        where night = %(night)s
    ) as is_kept
"""
# Whom a numerator leaves out: of the reasons the one nearest to the numerator first, as their ordinals say.
_LOST_PUPILS: Final = f"""
    with
    {_REASONS}
    select
        student_key::text, class_id, {{loss}} as reason, coalesce(reasons.label, {{loss}}) as label{{beside}}
    from published.pupil_reading_versions
    left join reasons on {{loss}} = reasons.reason
    where {_OF_THE_UNIT} and {{loss}} is not null
    order by reasons.ordinal desc nulls last, student_key
"""
TRAJECTORIES: Final = _LOST_PUPILS.format(
    loss="trajectory_loss", beside=", has_recommendation, has_plan, has_portfolio"
)
ACCESSES: Final = _LOST_PUPILS.format(loss="access_loss", beside="")
STAFF: Final = f"""
    with
    {_REASONS}
    select
        staff_key::text, position_code, positions.name as position_name, access_loss as reason,
        coalesce(reasons.label, access_loss) as label
    from published.staff_reading_versions
    left join reasons on access_loss = reasons.reason
    left join published.classifier_codes as positions
        on
            positions.night = %(night)s and positions.classifier = 'staff_positions'
            and position_code = positions.code
    where {_HERE} and school_id = %(org)s and access_loss is not null
    order by reasons.ordinal desc nulls last, staff_key
"""
