with

rules as (

    select * from {{ ref('int_profile_rules__required') }}

),

leaves as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

-- The contact group, the absence of a conflict and a share of filled leaves are asked beside the leaves; they take the places
-- after them.
requirements as (

    select
        rules.rule_code,
        rules.is_official,
        leaves.leaf_code as requirement,
        leaves.ordinal
    from rules
    inner join leaves on get_bit(rules.required, leaves.ordinal - 1) = 1
    union all
    select
        rules.rule_code,
        rules.is_official,
        'contact_group' as requirement,
        length(rules.required) + 1 as ordinal
    from rules
    where rules.needs_contact_group
    union all
    select
        rules.rule_code,
        rules.is_official,
        'identity_conflict' as requirement,
        length(rules.required) + 2 as ordinal
    from rules
    where rules.is_in_force
    union all
    select
        rules.rule_code,
        rules.is_official,
        'filled_share' as requirement,
        length(rules.required) + 3 as ordinal
    from rules
    where rules.min_share is not null

)

select * from requirements
