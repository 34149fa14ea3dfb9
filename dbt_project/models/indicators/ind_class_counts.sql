{{ config(materialized='table') }}

with

pupils as (

    select * from {{ ref('fct_pupil_reading') }}

),

-- One pass over the pupils; every other level adds these up.
counted as (

    select
        pupils.unit_code,
        pupils.school_id,
        pupils.class_id,
        -- The whole beside the stages: the second of the grouping sets below.
        case when grouping(pupils.education_stage) = 1 then 'all' else pupils.education_stage end as education_stage,
        count(*) as denominator,
        {{ known_count('pupils.is_complete_id') }} as complete_id,
        {{ known_count('pupils.is_complete_core') }} as complete_core,
        {{ known_count('pupils.is_complete_full') }} as complete_full,
        count(*) filter (where pupils.has_trajectory_from_portfolio and pupils.has_recommendation) as trajectory,
        count(*) filter (where pupils.has_recommendation) as recommended,
        count(*) filter (where pupils.has_plan) as planned,
        count(*) filter (where pupils.has_recommendation or pupils.has_plan) as rec_or_plan,
        count(*) filter (where pupils.has_recommendation and pupils.has_plan) as rec_and_plan,
        count(*) filter (where pupils.has_portfolio) as portfolio,
        count(*) filter (where pupils.has_access) as access,
        count(*) filter (where pupils.has_recent_access) as recent_access

    from pupils

    group by
        pupils.unit_code, pupils.school_id, pupils.class_id,
        grouping sets ((pupils.education_stage), ())

),

long as (

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

    cross join lateral (
        values
        ('4.1', 'ID', counted.complete_id),
        ('4.1', 'CORE', counted.complete_core),
        ('4.1', 'FULL', counted.complete_full),
        ('4.2', 'rec_plan_portfolio', counted.trajectory),
        ('4.2', 'rec_only', counted.recommended),
        ('4.2', 'plan_only', counted.planned),
        ('4.2', 'rec_or_plan', counted.rec_or_plan),
        ('4.2', 'without_portfolio', counted.rec_and_plan),
        ('4.2', 'portfolio_maintained', counted.portfolio),
        ('4.4', 'verified', counted.access),
        ('4.4', 'active_30_days', counted.recent_access)
    ) as readings (indicator, reading, numerator)

)

select * from long
