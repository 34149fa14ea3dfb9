with

raw_rows as (

    {{ admitted('academic_year') }}

),

typed as (

    select
        raw_rows.source_id as academic_year_id,
        dq.as_date(raw_rows.starts_on) as starts_on,
        dq.as_date(raw_rows.ends_on) as ends_on

    from raw_rows

)

select * from typed
