with

raw_rows as (

    {{ admitted('additional_note', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        case when dq.as_integer(raw_rows.text_length) >= 1 then 'f' else 'e' end as entry_status

    from raw_rows

)

select * from typed
