{{ config(materialized='table') }}

with

holders as (select * from {{ ref('ind_resource_holders') }}),

counts as (select * from {{ ref('ind_municipality_counts') }}),

readings as (select * from {{ ref('dim_reading') }}),

resources as (

    select
        holders.indicator,
        holders.content_resource_id

    from holders

    group by holders.indicator, holders.content_resource_id

)

-- Nobody in a unit may have a resource that others have: nought, not nothing.
select
    counts.unit_code,
    'resource' as dimension,
    resources.content_resource_id as part,
    counts.indicator,
    coalesce(holders.persons, 0) as numerator,
    counts.denominator
from counts
inner join readings
    on
        counts.indicator = readings.indicator
        and counts.reading = readings.reading
        and readings.is_official
inner join resources on counts.indicator = resources.indicator
left join holders
    on
        counts.indicator = holders.indicator
        and counts.unit_code = holders.unit_code
        and resources.content_resource_id = holders.content_resource_id
where counts.education_stage = 'all'
