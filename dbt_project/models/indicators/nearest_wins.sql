{{ kept_by_build() }}

with

classes as (select * from {{ ref('ind_class_wins') }}),

quotients as (

    select * from {{ ref('ind_quotients') }}

),

summed as (

    select
        {{ level_of_sums('classes') }},
        classes.requirement,
        classes.ordinal,
        sum(classes.lacks)::bigint as lacks,
        sum(classes.completes)::bigint as completes

    from classes

    group by classes.requirement, classes.ordinal, {{ levels_of_sums('classes') }}

),

figures as (

    select
        summed.*,
        quotients.value,
        {{ percent('quotients.numerator + summed.completes', 'quotients.denominator') }} as value_after

    from summed

    inner join quotients
        on
            summed.level = quotients.level
            and summed.org_unit_code = quotients.org_unit_code
            and quotients.indicator = '4.1'
            and quotients.is_official
            and quotients.education_stage = 'all'

)

select
    {{ build_columns() }},
    figures.level,
    figures.org_unit_code,
    (row_number() over (
        partition by figures.level, figures.org_unit_code
        order by figures.completes desc, figures.lacks desc, figures.ordinal asc
    ))::int as place,
    figures.requirement,
    figures.completes,
    figures.lacks,
    figures.value_after,
    figures.value_after - figures.value as rise

from figures
