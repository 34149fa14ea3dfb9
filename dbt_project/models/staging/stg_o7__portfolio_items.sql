with

raw_rows as (

    {{ admitted('portfolio_item', key='student') }}

),

typed as (

    select
        raw_rows.source_id as portfolio_item_id,
        raw_rows.student_key,
        raw_rows.org_id as school_id,
        upper({{ trimmed('raw_rows.category_code') }}) as category_code,
        {{ known_word('raw_rows.level_code', 'portfolio_level') }} as level_code,
        {{ known_word('raw_rows.result_code', 'portfolio_result') }} as result_code,
        dq.as_date(raw_rows.event_date) as event_date,
        dq.as_instant(raw_rows.added_at) as added_at,
        {{ known_word('raw_rows.added_by_role', 'portfolio_author') }} as added_by_role,
        dq.as_integer(raw_rows.file_count) as file_count,
        dq.as_boolean(raw_rows.has_registry_link) as has_registry_link,
        raw_rows.legal_basis_id,
        dq.as_instant(raw_rows.deleted_at) as deleted_at

    from raw_rows

)

select * from typed
