with

raw_rows as (

    {{ admitted('family_status', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        case
            when lower({{ trimmed('raw_rows.status') }}) in ('категорий нет', 'нет') then 'n'
            else dq.free_text_status(raw_rows.status, 3)
        end as family_social_status

    from raw_rows

)

select * from typed
