with

profile_rules as (

    select * from {{ ref('profile_rules') }}

),

profile_fields as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

-- The catalogue in force on the night, one bit per leaf in the order of the status string.
required as (

    select
        profile_rules.rule_code,
        profile_rules.is_official,
        profile_rules.needs_contact_group,
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

    group by profile_rules.rule_code, profile_rules.is_official, profile_rules.needs_contact_group

)

select * from required
