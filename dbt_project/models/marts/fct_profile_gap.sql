with

profiles as (select * from {{ ref('fct_profile_completeness') }}),

weights as (select * from {{ ref('int_statuses__weighed') }}),

rules as (select * from {{ ref('int_profile_rules__required') }}),

requirements as (select * from {{ ref('dim_profile_requirement') }}),

officially as (

    select
        profiles.*,
        rules.required,
        rules.needs_contact_group,
        rules.min_share,
        {{ is_met('profiles.rules_met', 'rules.ordinal') }} as is_complete

    from profiles

    inner join rules on rules.is_official

),

-- One bit per requirement the pupil is known not to meet, in the order of dim_profile_requirement.
compared as (

    select
        officially.*,
        (
            officially.required
            & ~translate(officially.statuses, weights.letters, weights.satisfied)::varbit
            & ~translate(officially.statuses, weights.letters, weights.unsourced)::varbit
        )
        || (officially.needs_contact_group and not coalesce(officially.has_contact, true))::int::bit(1)
        || officially.has_identity_conflict::int::bit(1)
        || coalesce(officially.filled_count < officially.min_share * officially.applicable_count, false)::int::bit(1)
        as missing,
        officially.needs_contact_group and officially.has_contact is null as is_contact_unknown

    from officially

    cross join weights

    where officially.is_complete is not true

),

judged as (

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

)

select * from judged
