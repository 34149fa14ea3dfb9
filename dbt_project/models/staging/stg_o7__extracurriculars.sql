with

raw_rows as (

    {{ admitted('extracurricular', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        lower({{ trimmed('raw_rows.kind') }}) as kind,
        case
            -- «Материалы» are files: a text without one is no material.
            when dq.as_integer(raw_rows.file_count) >= 1 then 'f'
            when dq.as_integer(raw_rows.text_length) >= 1
                then case lower({{ trimmed('raw_rows.kind') }}) when 'material' then 'i' else 'f' end
            else 'e'
        end as entry_status

    from raw_rows

)

select * from typed
