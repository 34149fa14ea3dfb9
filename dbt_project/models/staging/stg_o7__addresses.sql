with

raw_rows as (

    {{ admitted('address', key='student') }}

),

typed as (

    select
        raw_rows.student_key,
        lower({{ trimmed('raw_rows.kind') }}) as kind,
        dq.address_status(
            lower({{ trimmed('raw_rows.kind') }}),
            raw_rows.locality,
            raw_rows.house,
            raw_rows.fias_id,
            dq.as_boolean(raw_rows.same_as_registration),
            dq.as_date(raw_rows.valid_until)
        ) as address_status

    from raw_rows

)

select * from typed
