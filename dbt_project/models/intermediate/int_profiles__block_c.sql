with

excuses as (select * from {{ ref('int_contexts__excused') }}),

declarations as (select * from {{ ref('int_declarations__summarised') }}),

found as (

    select
        pupils.student_key,
        pupils.context_key,
        coalesce(families.p31, 'e') as p31,
        coalesce(guardians.p32, 'e') as p32

    from {{ ref('int_pupils__situated') }} as pupils

    left join {{ ref('int_family_statuses__summarised') }} as families on pupils.student_key = families.student_key
    left join {{ ref('int_guardians__summarised') }} as guardians on pupils.student_key = guardians.student_key

),

settled as (

    select
        found.student_key,
        {{ settled_leaves('c', 'declarations.declared') }}

    from found

    inner join excuses on found.context_key = excuses.context_key

    left join declarations on found.student_key = declarations.student_key

)

select * from settled
