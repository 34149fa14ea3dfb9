with

raw_rows as (

    {{ admitted('grading_period') }}

),

typed as (

    select
        raw_rows.source_id as grading_period_id,
        raw_rows.org_id as school_id,
        raw_rows.academic_year_id,
        dq.as_integer(raw_rows.parallel_from)::int as parallel_from,
        dq.as_integer(raw_rows.parallel_to)::int as parallel_to,
        dq.as_date(raw_rows.starts_on) as starts_on,
        dq.as_date(raw_rows.ends_on) as ends_on

    from raw_rows

)

select * from typed
