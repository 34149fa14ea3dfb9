{{ config(materialized='table') }}

with

pupils as (select * from {{ ref('fct_pupil_reading') }}),

schools as (select * from {{ ref('dim_school') }}),

readings as (select * from {{ ref('dim_reading') }}),

-- The pupils of a school and parallel belong to the same part in every respect.
alike as (

    select
        pupils.unit_code,
        pupils.school_id,
        pupils.parallel,
        count(*) as denominator,
        {{ known_count(is_met('pupils.rules_met', 'readings.ordinal')) }} as profiles,
        count(*) filter (where pupils.has_trajectory_from_portfolio) as trajectories,
        count(*) filter (where pupils.has_access) as accesses

    from pupils

    inner join readings
        on
            readings.indicator = '4.1'
            and readings.is_official

    group by pupils.unit_code, pupils.school_id, pupils.parallel

)

select
    alike.unit_code,
    parts.dimension,
    parts.part,
    figures.indicator,
    {{ known_sum('figures.numerator') }} as numerator,
    sum(alike.denominator)::bigint as denominator
from alike
inner join schools on alike.school_id = schools.school_id
cross join
    lateral (
        values
        ('parallel', coalesce(alike.parallel::text, 'unknown')),
        {{ parts_of_a_school('schools') }}
    ) as parts (dimension, part)
cross join
    lateral (
        values ('4.1', alike.profiles), ('4.2', alike.trajectories), ('4.4', alike.accesses)
    ) as figures (indicator, numerator)
group by alike.unit_code, parts.dimension, parts.part, figures.indicator
