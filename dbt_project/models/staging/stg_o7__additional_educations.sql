with

raw_rows as (

    {{ admitted('additional_education', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        case
            when lower({{ trimmed('raw_rows.direction') }}) = 'нет' then 'n'
            else dq.free_text_status(raw_rows.direction, 3)
        end as direction_status

    from raw_rows

)

select * from typed
