with

excuses as (select * from {{ ref('int_contexts__excused') }}),

declarations as (select * from {{ ref('int_declarations__summarised') }}),

found as (

    select
        situated.student_key,
        situated.context_key,
        coalesce(additional_infos.p21, 'e') as p21,
        coalesce(additional_infos.p22, 'e') as p22,
        coalesce(additional_infos.p23, 'e') as p23,
        coalesce(additional_infos.p24, 'e') as p24,
        coalesce(additional_infos.p25, 'e') as p25,
        coalesce(additional_infos.p26, 'e') as p26,
        coalesce(additional_infos.p27, 'e') as p27,
        coalesce(additional_infos.p28, 'e') as p28,
        coalesce(additional_infos.p29, 'e') as p29,
        coalesce(additional_infos.p30, 'e') as p30

    from {{ ref('int_pupils__situated') }} as situated

    left join {{ ref('int_additional_infos__summarised') }} as additional_infos on situated.student_key = additional_infos.student_key

),

settled as (

    select
        found.student_key
        {%- for leaf in leaves('b') %},
        {{ settled(leaf, 'declarations.declared') }}
        {%- endfor %}

    from found

    inner join excuses on found.context_key = excuses.context_key

    left join declarations on found.student_key = declarations.student_key

)

select * from settled
