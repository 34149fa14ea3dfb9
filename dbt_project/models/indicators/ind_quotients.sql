{{ config(materialized='table') }}

with

counts as (select * from {{ ref('ind_counts') }}),

readings as (select * from {{ ref('dim_reading') }}),

indicators as (

    {{ in_force('indicators', 'indicator') }}

),

-- Nobody in the denominator, or an unknown numerator, is no value and never nought.
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
        {{ percent('counts.numerator', 'counts.denominator') }} as value,
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
