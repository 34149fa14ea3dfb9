{{ kept_by_build() }}

with

quotients as (

    select * from {{ ref('ind_quotients') }}

)

select
    {{ build_columns() }},
    quotients.indicator,
    quotients.level,
    quotients.org_unit_code,
    quotients.education_stage,
    quotients.numerator,
    quotients.denominator,
    quotients.value,
    quotients.definition_version

from quotients

where quotients.is_official
