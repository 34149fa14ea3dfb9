{{ config(materialized='table') }}

with

gaps as (select * from {{ ref('fct_profile_gap') }}),

pupils as (select * from {{ ref('fct_pupil_reading') }}),

staff as (select * from {{ ref('fct_staff_reading') }}),

-- The tests of 4.2 one after the other, as the order names them: a pupil is lost at the first he fails.
trajectories as (

    select
        pupils.unit_code,
        pupils.school_id,
        pupils.class_id,
        case
            when not pupils.has_recommendation then 'no_recommendation'
            when not pupils.has_plan then 'no_plan'
            when not pupils.has_portfolio then 'no_portfolio'
            else 'portfolio_too_late'
        end as reason

    from pupils

    where not pupils.has_trajectory_from_portfolio

)

select
    '4.1' as indicator,
    gaps.unit_code,
    gaps.school_id,
    gaps.class_id,
    gaps.loss as reason,
    count(*) as persons
from gaps
group by gaps.unit_code, gaps.school_id, gaps.class_id, gaps.loss
union all
select
    '4.2' as indicator,
    trajectories.unit_code,
    trajectories.school_id,
    trajectories.class_id,
    trajectories.reason,
    count(*) as persons
from trajectories
group by trajectories.unit_code, trajectories.school_id, trajectories.class_id, trajectories.reason
union all
select
    '4.3' as indicator,
    staff.unit_code,
    staff.school_id,
    null as class_id,
    staff.access_outcome as reason,
    count(*) as persons
from staff
where not staff.has_access
group by staff.unit_code, staff.school_id, staff.access_outcome
union all
select
    '4.4' as indicator,
    pupils.unit_code,
    pupils.school_id,
    pupils.class_id,
    pupils.access_outcome as reason,
    count(*) as persons
from pupils
where not pupils.has_access
group by pupils.unit_code, pupils.school_id, pupils.class_id, pupils.access_outcome
