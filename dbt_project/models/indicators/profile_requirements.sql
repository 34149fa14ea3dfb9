{{ kept_by_build() }}

with

requirements as (

    select * from {{ ref('dim_profile_requirement') }}

)

select
    {{ build_columns() }},
    requirements.rule_code,
    requirements.is_official,
    requirements.requirement,
    requirements.ordinal

from requirements
