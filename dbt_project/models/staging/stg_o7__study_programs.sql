with

raw_rows as (

    {{ admitted('study_program', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        {{ trimmed('raw_rows.level_code') }} as level_code,
        dq.as_date(raw_rows.starts_on) as starts_on,
        dq.as_date(raw_rows.ends_on) as ends_on

    from raw_rows

)

select * from typed
