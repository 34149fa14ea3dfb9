{{ config(materialized='table') }}

with

pupils as (select * from {{ ref('fct_pupil_reading') }}),

readings as (select * from {{ ref('dim_reading') }}),

-- One pass over the pupils, before anything is summed: every other level adds these up. Few pupils of a class differ in which
-- profile rules they meet.
alike as (

    select
        pupils.unit_code,
        pupils.school_id,
        pupils.class_id,
        pupils.education_stage,
        pupils.rules_met,
        count(*) as pupils,
        {{ counted_flags('pupils', pupil_readings()) }}

    from pupils

    group by pupils.unit_code, pupils.school_id, pupils.class_id, pupils.education_stage, pupils.rules_met

),

-- The whole beside the stages: the second of the grouping sets.
counted as (

    select
        alike.unit_code,
        alike.school_id,
        alike.class_id,
        case when grouping(alike.education_stage) = 1 then 'all' else alike.education_stage end as education_stage,
        sum(alike.pupils)::bigint as denominator,
        {{ summed_flags('alike', pupil_readings()) }}

    from alike

    group by
        alike.unit_code, alike.school_id, alike.class_id,
        grouping sets ((alike.education_stage), ())

)

select
    counted.unit_code,
    counted.school_id,
    counted.class_id,
    counted.education_stage,
    readings.indicator,
    readings.reading,
    readings.numerator,
    counted.denominator
from counted
cross join
    lateral (
        values
        {{ flags_as_readings('counted', pupil_readings()) }}
    ) as readings (indicator, reading, numerator)
-- The place of a profile rule among the letters of a pupil is its ordinal.
union all
select
    alike.unit_code,
    alike.school_id,
    alike.class_id,
    case when grouping(alike.education_stage) = 1 then 'all' else alike.education_stage end as education_stage,
    '4.1' as indicator,
    readings.reading,
    case
        when bool_or({{ is_met('alike.rules_met', 'readings.ordinal') }} is null) then null
        else coalesce(sum(alike.pupils) filter (where {{ is_met('alike.rules_met', 'readings.ordinal') }}), 0)::bigint
    end as numerator,
    sum(alike.pupils)::bigint as denominator
from alike
inner join readings on readings.indicator = '4.1'
group by
    alike.unit_code, alike.school_id, alike.class_id, readings.reading, readings.ordinal,
    grouping sets ((alike.education_stage), ())
