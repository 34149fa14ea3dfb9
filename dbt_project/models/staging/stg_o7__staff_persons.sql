with

raw_rows as (

    {{ admitted('staff_person', key='staff', key_from='source_id') }}

),

typed as (

    select
        raw_rows.staff_key,
        raw_rows.org_id as school_id,
        dq.as_date(raw_rows.employed_from) as employed_from,
        dq.as_date(raw_rows.employed_to) as employed_to

    from raw_rows

)

select * from typed
