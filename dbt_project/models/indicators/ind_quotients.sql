{{ config(materialized='table') }}

with

classes as (select * from {{ ref('ind_class_counts') }}),

schools as (select * from {{ ref('ind_school_counts') }}),

municipalities as (select * from {{ ref('ind_municipality_counts') }}),

readings as (select * from {{ ref('indicator_readings') }}),

indicators as ({{ in_force('indicators', 'indicator') }}),

region as (

    select
        municipalities.education_stage,
        municipalities.indicator,
        municipalities.reading,
        {{ known_sum('municipalities.numerator') }} as numerator,
        sum(municipalities.denominator)::bigint as denominator

    from municipalities

    group by 1, 2, 3

),

counts as (

    select 'region' as level, '{{ region_code() }}' as org_unit_code, region.* from region
    union all
    select 'municipality' as level, municipalities.* from municipalities
    union all
    select 'school' as level, schools.school_id, schools.education_stage, schools.indicator, schools.reading, schools.numerator, schools.denominator from schools
    union all
    select 'class' as level, classes.class_id, classes.education_stage, classes.indicator, classes.reading, classes.numerator, classes.denominator from classes

),

-- The one division of the house. Nobody in the denominator, or an unknown numerator, is no value and never nought.
divided as (

    select
        counts.level,
        counts.org_unit_code,
        counts.education_stage,
        counts.indicator,
        counts.reading,
        readings.is_official,
        counts.numerator,
        counts.denominator,
        round(100 * counts.numerator / nullif(counts.denominator, 0)::numeric, 6) as value,
        indicators.definition_version

    from counts

    inner join readings
        on
            counts.indicator = readings.indicator
            and counts.reading = readings.reading

    inner join indicators
        on counts.indicator = indicators.indicator

)

select * from divided
