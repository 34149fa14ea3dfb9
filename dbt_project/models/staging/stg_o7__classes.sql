with

raw_rows as (

    {{ admitted('class') }}

),

typed as (

    select
        raw_rows.source_id as class_id,
        raw_rows.org_id as school_id,
        raw_rows.academic_year_id,
        case
            when dq.class_parallel(raw_rows.name, dq.as_boolean(raw_rows.is_adapted)) is null then dq.clean(raw_rows.name)
            else dq.class_name_normal(raw_rows.name)
        end as class_name,
        dq.class_parallel(raw_rows.name, dq.as_boolean(raw_rows.is_adapted)) as parallel,
        dq.as_boolean(raw_rows.is_adapted) as is_adapted,
        case
            when {{ trimmed('raw_rows.name') }} is null then 'e'
            when dq.class_parallel(raw_rows.name, dq.as_boolean(raw_rows.is_adapted)) is not null then 'f'
            when dq.is_placeholder(raw_rows.name) then 'p'
            else 'i'
        end as class_name_status

    from raw_rows

)

select * from typed
