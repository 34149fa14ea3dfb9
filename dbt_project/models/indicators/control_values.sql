{{ kept_by_build() }}

with

quotients as (

    select * from {{ ref('ind_quotients') }}

)

select
    {{ build_columns() }},
    quotients.indicator,
    quotients.reading,
    quotients.level,
    quotients.org_unit_code,
    quotients.numerator,
    quotients.denominator,
    quotients.value

from quotients

where
    not quotients.is_official
    and quotients.education_stage = 'all'
