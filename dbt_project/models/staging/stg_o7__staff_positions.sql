with

raw_rows as (

    {{ admitted('staff_position', key='staff') }}

),

typed as (

    select
        raw_rows.source_id as staff_position_id,
        raw_rows.staff_key,
        raw_rows.org_id as school_id,
        {{ trimmed('raw_rows.position_code') }} as position_code,
        dq.as_date(raw_rows.starts_on) as starts_on,
        dq.as_date(raw_rows.ends_on) as ends_on

    from raw_rows

)

select * from typed
