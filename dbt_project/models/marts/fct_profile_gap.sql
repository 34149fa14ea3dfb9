{{ kept_by_pupil() }}

with

profiles as (
    {{ of_the_rebuilt('fct_profile_completeness') }}
),

sections as (select * from {{ ref('int_profiles__block_d') }}),

weights as (select * from {{ ref('int_statuses__weighed') }}),

rules as (select * from {{ ref('int_profile_rules__required') }}),

requirements as (select * from {{ ref('dim_profile_requirement') }}),

lost as (
    select
        profiles.*,
        sections.p36_in_period,
        sections.p39_in_period,
        rules.*,
        {{ is_met('profiles.rules_met', 'rules.ordinal') }} as is_complete

    from profiles

    inner join rules on rules.is_official
    inner join sections on profiles.student_key = sections.student_key

    where {{ is_met('profiles.rules_met', 'rules.ordinal') }} is not true
),

weighed as (

    select
        lost.*,
        translate(lost.statuses, weights.letters, weights.satisfied)::varbit as satisfied,
        translate({{ statuses_in_period('lost') }}, weights.letters, weights.satisfied)::varbit as satisfied_in_period,
        translate(lost.statuses, weights.letters, weights.applicable)::varbit as applicable,
        translate(lost.statuses, weights.letters, weights.unsourced)::varbit as unsourced

    from lost
    cross join weights

),

-- One bit per requirement the pupil is known not to meet, in the order of dim_profile_requirement.
compared as (

    select
        weighed.*,
        (weighed.required & ~{{ satisfied_for('weighed', 'weighed') }} & ~weighed.unsourced)
        || (weighed.needs_contact_group and not coalesce(weighed.has_contact, true))::int::bit(1)
        || weighed.has_identity_conflict::int::bit(1)
        || {{ is_below_share('weighed', 'weighed') }}::int::bit(1) as missing,
        weighed.needs_contact_group and weighed.has_contact is null as is_contact_unknown
    from weighed

)

select
    compared.student_key,
    compared.school_id,
    compared.class_id,
    compared.unit_code,
    compared.missing,
    case
        -- What stands in the way of him is not all known, so nothing alone can be said to complete him.
        when compared.is_complete is null or (compared.is_contact_unknown and bit_count(compared.missing) = 1)
            then 'source_absent'
        when bit_count(compared.missing) = 1 then requirements.requirement
        else 'several_' || least(bit_count(compared.missing), 5)
    end as loss

from compared

left join requirements
    on
        requirements.is_official
        and position(b'1' in compared.missing) = requirements.ordinal
