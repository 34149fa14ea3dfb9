with

raw_rows as (

    {{ admitted('staff_workload', key='staff') }}

),

typed as (

    select
        raw_rows.source_id as staff_workload_id,
        raw_rows.staff_key,
        raw_rows.position_id as staff_position_id,
        lower({{ trimmed('raw_rows.kind') }}) as kind

    from raw_rows

)

select * from typed
