with

raw_rows as (

    {{ admitted('content_verification') }}

),

typed as (

    select
        raw_rows.source_id as content_verification_id,
        raw_rows.resource_id as content_resource_id,
        {{ trimmed('raw_rows.order_no') }} as order_no,
        {{ trimmed('raw_rows.evidence_no') }} as evidence_no,
        dq.as_date(raw_rows.valid_from) as valid_from,
        dq.as_date(raw_rows.valid_to) as valid_to

    from raw_rows

)

select * from typed
