with

excuses as (select * from {{ ref('int_contexts__excused') }}),

declarations as (select * from {{ ref('int_declarations__summarised') }}),

found as (

    select
        situated.student_key,
        situated.context_key,
        coalesce(family_statuses.p31, 'e') as p31,
        coalesce(guardians.p32, 'e') as p32

    from {{ ref('int_pupils__situated') }} as situated

    left join {{ ref('int_family_statuses__summarised') }} as family_statuses on situated.student_key = family_statuses.student_key
    left join {{ ref('int_guardians__summarised') }} as guardians on situated.student_key = guardians.student_key

),

settled as (

    select
        found.student_key
        {%- for leaf in leaves('c') %},
        {{ settled(leaf, 'declarations.declared') }}
        {%- endfor %}

    from found

    inner join excuses on found.context_key = excuses.context_key

    left join declarations on found.student_key = declarations.student_key

)

select * from settled
