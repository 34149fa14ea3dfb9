with

raw_rows as (

    {{ admitted('fitness_record', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        dq.as_date(raw_rows.measured_on) as measured_on

    from raw_rows

)

select * from typed
