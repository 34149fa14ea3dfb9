{{ kept_by_build() }}

with

schools as (

    select * from {{ ref('dim_school') }}

)

select
    {{ build_columns() }},
    schools.school_id,
    schools.successor_id

from schools

where schools.successor_id is not null
