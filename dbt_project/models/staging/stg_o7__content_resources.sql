with

raw_rows as (

    {{ admitted('content_resource') }}

),

typed as (

    select
        raw_rows.source_id as content_resource_id,
        {{ trimmed('raw_rows.name') }} as resource_name,
        {{ trimmed('raw_rows.platform') }} as platform

    from raw_rows

)

select * from typed
