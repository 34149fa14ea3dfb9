with

raw_rows as (

    {{ admitted('access_grant_staff', key='staff') }}

),

typed as (

    select
        raw_rows.source_id as access_grant_id,
        raw_rows.staff_key,
        raw_rows.org_id as school_id,
        raw_rows.resource_id as content_resource_id,
        dq.as_boolean(raw_rows.is_free) as is_free,
        dq.as_date(raw_rows.granted_on) as granted_on,
        dq.as_date(raw_rows.linked_on) as linked_on,
        dq.as_date(raw_rows.blocked_on) as blocked_on,
        dq.as_date(raw_rows.revoked_on) as revoked_on,
        dq.as_date(raw_rows.last_used_on) as last_used_on

    from raw_rows

)

select * from typed
