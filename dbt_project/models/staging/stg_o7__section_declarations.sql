with

raw_rows as (

    {{ admitted('section_declaration', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        upper({{ trimmed('raw_rows.leaf_code') }}) as leaf_code,
        dq.as_date(raw_rows.declared_on) as declared_on

    from raw_rows

)

select * from typed
