with

raw_rows as (

    {{ admitted('organization_event') }}

),

typed as (

    select
        raw_rows.source_id as organization_event_id,
        {{ trimmed('raw_rows.kind') }} as kind,
        raw_rows.from_org_id as from_school_id,
        raw_rows.to_org_id as to_school_id,
        dq.as_date(raw_rows.happened_on) as happened_on,
        dq.as_decimal(raw_rows.share) as pupil_share

    from raw_rows

)

select * from typed
