with

raw_rows as (

    {{ admitted('performance_daily', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        dq.as_date(raw_rows.on_date) as on_date,
        dq.as_integer(raw_rows.mark_count) as mark_count

    from raw_rows

)

select * from typed
