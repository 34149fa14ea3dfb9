{{ kept_by_build() }}

with

units as (

    select * from {{ ref('ind_pupil_parts') }}
    union all
    select * from {{ ref('ind_staff_parts') }}
    union all
    select * from {{ ref('ind_resource_parts') }}

),

levels as (

    select
        case when grouping(units.unit_code) = 1 then 'region' else 'municipality' end as level,
        case when grouping(units.unit_code) = 1 then '{{ region_code() }}' else units.unit_code end as org_unit_code,
        units.indicator,
        units.dimension,
        units.part,
        {{ known_sum('units.numerator') }} as numerator,
        sum(units.denominator)::bigint as denominator

    from units

    group by units.indicator, units.dimension, units.part, grouping sets ((units.unit_code), ())

)

select
    {{ build_columns() }},
    levels.indicator,
    levels.dimension,
    levels.part,
    levels.level,
    levels.org_unit_code,
    levels.numerator,
    levels.denominator,
    {{ percent('levels.numerator', 'levels.denominator') }} as value

from levels
