with

raw_rows as (

    {{ admitted('achievement', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        lower({{ trimmed('raw_rows.kind') }}) as kind,
        {{ entry_status('dq.as_integer(raw_rows.text_length)', 'dq.as_integer(raw_rows.file_count)') }} as entry_status

    from raw_rows

)

select * from typed
