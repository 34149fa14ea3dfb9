-- By hand: whom each indicator leaves out and why, at every level.
create table bench.hand_losses as
with
lost as (
    select '4.1' as indicator, unit_code, school_id, class_id, loss as reason, count(*) as persons
    from bench.fct_profile_gap group by 2, 3, 4, 5
    union all
    select '4.2', unit_code, school_id, class_id, trajectory_loss, count(*)
    from bench.fct_pupil_reading where trajectory_loss is not null group by 2, 3, 4, 5
    union all
    select '4.3', unit_code, school_id, null, access_loss, count(*)
    from bench.fct_staff_reading where access_loss is not null group by 2, 3, 5
    union all
    select '4.4', unit_code, school_id, class_id, access_loss, count(*)
    from bench.fct_pupil_reading where access_loss is not null group by 2, 3, 4, 5
)

select
    case
        when grouping(class_id) = 0 then 'class'
        when grouping(school_id) = 0 then 'school'
        when grouping(unit_code) = 0 then 'municipality'
        else 'region'
    end as level,
    case
        when grouping(class_id) = 0 then class_id
        when grouping(school_id) = 0 then school_id
        when grouping(unit_code) = 0 then unit_code
        else '83000000'
    end as org_unit_code,
    indicator, reason, sum(persons)::bigint as persons
from lost
group by indicator, reason, grouping sets ((school_id, class_id), (school_id), (unit_code), ())
having grouping(class_id) = 1 or class_id is not null
