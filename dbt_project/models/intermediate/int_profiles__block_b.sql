with

excuses as (select * from {{ ref('int_contexts__excused') }}),

declarations as (select * from {{ ref('int_declarations__summarised') }}),

found as (

    select
        pupils.student_key,
        pupils.context_key,
        coalesce(infos.p21, 'e') as p21,
        coalesce(infos.p22, 'e') as p22,
        coalesce(infos.p23, 'e') as p23,
        coalesce(infos.p24, 'e') as p24,
        coalesce(infos.p25, 'e') as p25,
        coalesce(infos.p26, 'e') as p26,
        coalesce(infos.p27, 'e') as p27,
        coalesce(infos.p28, 'e') as p28,
        coalesce(infos.p29, 'e') as p29,
        coalesce(infos.p30, 'e') as p30

    from {{ ref('int_pupils__situated') }} as pupils

    left join {{ ref('int_additional_infos__summarised') }} as infos on pupils.student_key = infos.student_key

),

settled as (

    select
        found.student_key,
        {{ settled_leaves('b', 'declarations.declared') }}

    from found

    inner join excuses on found.context_key = excuses.context_key

    left join declarations on found.student_key = declarations.student_key

)

select * from settled
