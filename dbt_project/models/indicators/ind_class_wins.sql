{{ config(materialized='table') }}

with

gaps as (select * from {{ ref('fct_profile_gap') }}),

requirements as (

    select * from {{ ref('dim_profile_requirement') }}

),

-- Pupils of a class who miss the same are one row before anything is unfolded: never a pupil × leaf table.
alike as (

    select
        gaps.unit_code,
        gaps.school_id,
        gaps.class_id,
        gaps.missing,
        gaps.loss,
        count(*) as pupils

    from gaps

    group by gaps.unit_code, gaps.school_id, gaps.class_id, gaps.missing, gaps.loss

),

unfolded as (

    select
        alike.unit_code,
        alike.school_id,
        alike.class_id,
        requirements.requirement,
        requirements.ordinal,
        sum(alike.pupils)::bigint as lacks,
        coalesce(sum(alike.pupils) filter (where alike.loss = requirements.requirement), 0)::bigint as completes

    from alike

    inner join requirements
        on
            requirements.is_official
            and get_bit(alike.missing, requirements.ordinal - 1) = 1

    group by
        alike.unit_code, alike.school_id, alike.class_id, requirements.requirement, requirements.ordinal

)

select * from unfolded
