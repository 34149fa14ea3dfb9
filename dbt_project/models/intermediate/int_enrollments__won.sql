{{ kept_by_pupil() }}

with

enrollment_events as (

    {{ of_the_rebuilt('stg_o7__enrollment_events') }}

),

-- left_on is the first day he is no longer there.
active as (

    select
        enrollment_events.*,
        count(*) over (partition by enrollment_events.student_key) as active_count

    from enrollment_events

    where
        enrollment_events.starts_on <= {{ the_night() }}
        and (enrollment_events.left_on is null or enrollment_events.left_on > {{ the_night() }})

),

-- The latest order wins, then the greatest identity; an undated order loses to any dated one.
won as (

    select distinct on (active.student_key)
        active.student_key,
        active.enrollment_id,
        active.school_id,
        active.class_id,
        active.starts_on,
        active.active_count

    from active

    order by active.student_key asc, active.order_date desc nulls last, active.enrollment_id collate "C" desc

)

select * from won
