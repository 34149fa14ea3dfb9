{{ config(materialized='table') }}

with

staff as (

    select * from {{ ref('fct_staff_reading') }}

),

counted as (

    select
        staff.school_id,
        count(*) as denominator,
        count(*) filter (where staff.has_access) as verified,
        count(*) filter (where staff.has_unverified_access) as without_verification

    from staff

    group by staff.school_id

),

-- Staff teach at every stage, so there is only the whole.
long as (

    select
        counted.school_id,
        'all' as education_stage,
        '4.3' as indicator,
        readings.reading,
        readings.numerator,
        counted.denominator

    from counted

    cross join lateral (
        values
        ('verified', counted.verified),
        ('without_verification', counted.without_verification)
    ) as readings (reading, numerator)

)

select * from long
