{{ config(materialized='table') }}

with

staff as (select * from {{ ref('fct_staff_reading') }}),

counted as (

    select
        staff.school_id,
        count(*) as denominator,
        {{ counted_flags('staff', staff_readings()) }}

    from staff

    group by staff.school_id

)

-- Staff teach at every stage, so there is only the whole.
select
    counted.school_id,
    'all' as education_stage,
    readings.indicator,
    readings.reading,
    readings.numerator,
    counted.denominator
from counted
cross join lateral (
    values
    {{ flags_as_readings('counted', staff_readings()) }}
) as readings (indicator, reading, numerator)
