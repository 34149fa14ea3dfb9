with

raw_rows as (

    {{ admitted('municipality_ref') }}

),

typed as (

    select
        raw_rows.source_id as municipality_oktmo,
        {{ trimmed('raw_rows.name') }} as municipality_name

    from raw_rows

)

select * from typed
