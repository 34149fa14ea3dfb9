with

raw_rows as (

    {{ admitted('legal_basis', key='student') }}

),

typed as (

    select
        raw_rows.source_id as legal_basis_id,
        raw_rows.student_key,
        lower({{ trimmed('raw_rows.kind') }}) as kind,
        dq.as_date(raw_rows.valid_from) as valid_from,
        dq.as_date(raw_rows.valid_to) as valid_to

    from raw_rows

)

select * from typed
