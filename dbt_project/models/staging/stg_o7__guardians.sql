with

raw_rows as (

    {{ admitted('guardian', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        {{ trimmed('raw_rows.type_code') }} as type_code,
        case
            when {{ trimmed('raw_rows.last_name') }} is null and {{ trimmed('raw_rows.first_name') }} is null then 'e'
            when 'p' in (dq.name_status(raw_rows.last_name), dq.name_status(raw_rows.first_name)) then 'p'
            when dq.name_status(raw_rows.last_name) = 'f' and dq.name_status(raw_rows.first_name) = 'f' then 'f'
            else 'i'
        end as name_status

    from raw_rows

)

select * from typed
