with

profile_rules as (select * from {{ ref('profile_rules') }}),

profile_fields as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

-- Every rule there ever was keeps its place among the letters of a pupil, also on nights on which it does not hold.
codes as (

    select
        profile_rules.rule_code,
        profile_rules.ordinal
    from profile_rules
    group by profile_rules.rule_code, profile_rules.ordinal

),

-- The catalogue in force on the night, one bit per leaf in the order of the status string.
required as (

    select
        profile_rules.rule_code,
        profile_rules.is_official,
        profile_rules.needs_contact_group,
        profile_rules.min_share,
        profile_rules.evidence_window,
        string_agg(
            case
                when
                    profile_fields.req_class = any(string_to_array(profile_rules.req_classes, '|'))
                    or profile_fields.leaf_code = any(string_to_array(profile_rules.extra_leaves, '|'))
                    then '1'
                else '0'
            end,
            '' order by profile_fields.ordinal
        )::varbit as required

    from profile_rules

    cross join profile_fields

    where
        {{ holds_on_the_night('profile_rules.valid_from', 'profile_rules.valid_to') }}

    group by
        profile_rules.rule_code, profile_rules.is_official, profile_rules.needs_contact_group,
        profile_rules.min_share, profile_rules.evidence_window

),

placed as (

    select
        codes.rule_code,
        codes.ordinal,
        required.rule_code is not null as is_in_force,
        coalesce(required.is_official, false) as is_official,
        required.needs_contact_group,
        required.min_share,
        required.evidence_window,
        required.required,
        -- A share is unknown as soon as one leaf is: it looks at all of them, also those the rule does not require.
        case
            when required.min_share is null then required.required
            else repeat('1', length(required.required))::varbit
        end as needed

    from codes

    left join required
        on codes.rule_code = required.rule_code

)

select * from placed
