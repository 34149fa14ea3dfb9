with

raw_rows as (

    {{ admitted('education_document', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        {{ trimmed('raw_rows.type_code') }} as type_code,
        dq.as_date(raw_rows.issued_on) as issued_on

    from raw_rows

)

select * from typed
