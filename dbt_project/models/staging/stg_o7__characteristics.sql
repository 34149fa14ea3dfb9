with

raw_rows as (

    {{ admitted('characteristic', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        case
            when dq.as_integer(raw_rows.text_length) >= 50 or dq.as_integer(raw_rows.file_count) >= 1 then 'f'
            when dq.as_integer(raw_rows.text_length) >= 1 then 'i'
            else 'e'
        end as entry_status

    from raw_rows

)

select * from typed
