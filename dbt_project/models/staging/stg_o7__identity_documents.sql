with

raw_rows as (

    {{ admitted('identity_document', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        {{ trimmed('raw_rows.type_code') }} as type_code,
        {{ trimmed('raw_rows.series') }} as series,
        {{ trimmed('raw_rows.number') }} as number,
        dq.as_date(raw_rows.issued_on) as issued_on,
        dq.as_boolean(raw_rows.is_current) as is_current

    from raw_rows

)

select * from typed
