{{ config(materialized='table') }}

with

gaps as (select * from {{ ref('fct_profile_gap') }}),

pupils as not materialized (select * from {{ ref('fct_pupil_reading') }}),

staff as (select * from {{ ref('fct_staff_reading') }})

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
    pupils.unit_code,
    pupils.school_id,
    pupils.class_id,
    pupils.trajectory_loss as reason,
    count(*) as persons
from pupils
where pupils.trajectory_loss is not null
group by pupils.unit_code, pupils.school_id, pupils.class_id, pupils.trajectory_loss
union all
select
    '4.3' as indicator,
    staff.unit_code,
    staff.school_id,
    null as class_id,
    staff.access_loss as reason,
    count(*) as persons
from staff
where staff.access_loss is not null
group by staff.unit_code, staff.school_id, staff.access_loss
union all
select
    '4.4' as indicator,
    pupils.unit_code,
    pupils.school_id,
    pupils.class_id,
    pupils.access_loss as reason,
    count(*) as persons
from pupils
where pupils.access_loss is not null
group by pupils.unit_code, pupils.school_id, pupils.class_id, pupils.access_loss
