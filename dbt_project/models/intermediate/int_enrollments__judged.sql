{{ config(materialized='view') }}

with

enrollment_events as (

    {{ of_the_rebuilt('stg_o7__enrollment_events') }}

),

sequenced as (

    select
        enrollment_events.student_key,
        enrollment_events.starts_on,
        enrollment_events.left_on,
        lead(enrollment_events.starts_on) over history as next_starts_on,
        row_number() over history = count(*) over whole_history as is_last

    from enrollment_events

    -- What begins tomorrow is no history yet; what begins nobody knows when is none that holds together.
    where coalesce(enrollment_events.starts_on <= {{ the_night() }}, true)

    window
        history as (
            partition by enrollment_events.student_key
            order by enrollment_events.starts_on, enrollment_events.enrollment_id collate "C"
        ),
        whole_history as (partition by enrollment_events.student_key)

),

-- A sound history is a chain: each enrolment begins on the very day the one before it ended.
judged as (

    select
        sequenced.student_key,
        case
            when bool_and(
                coalesce(
                    sequenced.starts_on is not null
                    and (sequenced.left_on is null or sequenced.left_on >= sequenced.starts_on)
                    and (sequenced.is_last or sequenced.left_on = sequenced.next_starts_on),
                    false
                )
            ) then 'f'
            else 'i'
        end as p33

    from sequenced

    group by sequenced.student_key

)

select * from judged
