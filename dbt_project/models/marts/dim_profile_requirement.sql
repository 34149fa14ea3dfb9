with

rules as (

    select * from {{ ref('int_profile_rules__required') }}

),

leaves as (

    {{ in_force('profile_fields', 'leaf_code') }}

),

-- The contact group and the absence of a conflict are asked beside the leaves; they take the two places after them.
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

)

select * from requirements
