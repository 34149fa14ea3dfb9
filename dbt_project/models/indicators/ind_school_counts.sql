{{ config(materialized='table') }}

with

classes as (select * from {{ ref('ind_class_counts') }}),

staff as (select * from {{ ref('ind_staff_counts') }}),

schools as (select * from {{ ref('dim_school') }}),

readings as (select * from {{ ref('dim_reading') }}),

-- A functioning school has its row even with nobody in it: an absent row would look like a forgotten school.
noughts as (

    select
        schools.school_id,
        'all' as education_stage,
        readings.indicator,
        readings.reading,
        0 as numerator,
        0 as denominator

    from schools

    cross join readings

    where schools.is_public_general and schools.is_functioning

),

addends as (

    select
        classes.school_id,
        classes.education_stage,
        classes.indicator,
        classes.reading,
        classes.numerator,
        classes.denominator
    from classes
    union all
    select * from staff
    union all
    select * from noughts

),

summed as (

    select
        schools.unit_code,
        addends.school_id,
        addends.education_stage,
        addends.indicator,
        addends.reading,
        {{ known_sum('addends.numerator') }} as numerator,
        sum(addends.denominator)::bigint as denominator

    from addends

    inner join schools
        on addends.school_id = schools.school_id

    group by schools.unit_code, addends.school_id, addends.education_stage, addends.indicator, addends.reading

)

select * from summed
