with

raw_rows as (

    {{ admitted('enrollment_event', key='student') }}

),

typed as (

    select
        raw_rows.source_id as enrollment_id,
        raw_rows.student_key,
        raw_rows.org_id as school_id,
        raw_rows.class_id,
        dq.as_date(raw_rows.order_date) as order_date,
        dq.as_date(raw_rows.starts_on) as starts_on,
        dq.as_date(raw_rows.left_on) as left_on

    from raw_rows

)

select * from typed
