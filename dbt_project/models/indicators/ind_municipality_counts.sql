{{ config(materialized='table') }}

with

schools as (select * from {{ ref('ind_school_counts') }}),

units as (select * from {{ ref('dim_municipality') }}),

readings as (select * from {{ ref('dim_reading') }}),

-- Every unit has a row to add to, so that one without pupils is not forgotten.
addends as (

    select
        schools.unit_code,
        schools.education_stage,
        schools.indicator,
        schools.reading,
        schools.numerator,
        schools.denominator
    from schools
    union all
    select
        units.unit_code,
        'all' as education_stage,
        readings.indicator,
        readings.reading,
        0 as numerator,
        0 as denominator
    from units
    cross join readings

),

summed as (

    select
        addends.unit_code,
        addends.education_stage,
        addends.indicator,
        addends.reading,
        {{ known_sum('addends.numerator') }} as numerator,
        sum(addends.denominator)::bigint as denominator

    from addends

    group by addends.unit_code, addends.education_stage, addends.indicator, addends.reading

)

select * from summed
