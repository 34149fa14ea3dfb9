with

raw_rows as (

    {{ admitted('organization') }}

),

typed as (

    select
        raw_rows.source_id as school_id,
        btrim(raw_rows.name, e' \t' || chr(160)) as school_name,
        {{ trimmed('raw_rows.municipality_oktmo') }} as municipality_oktmo,
        {{ trimmed('raw_rows.org_type_code') }} as org_type_code,
        {{ trimmed('raw_rows.org_status_code') }} as org_status_code,
        {{ trimmed('raw_rows.founder_code') }} as founder_code,
        dq.as_boolean(raw_rows.is_private) as is_private,
        lower({{ trimmed('raw_rows.settlement_kind') }}) as settlement_kind,
        dq.as_date(raw_rows.opened_on) as opened_on,
        dq.as_date(raw_rows.closed_on) as closed_on

    from raw_rows

)

select * from typed
