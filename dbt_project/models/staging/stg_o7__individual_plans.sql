with

raw_rows as (

    {{ admitted('individual_plan', key='student') }}

),

typed as (

    select
        raw_rows.source_id as individual_plan_id,
        raw_rows.student_key,
        raw_rows.org_id as school_id,
        {{ known_word('raw_rows.formed_by_role', 'plan_author') }} as formed_by_role,
        dq.as_date(raw_rows.valid_from) as valid_from,
        dq.as_date(raw_rows.valid_to) as valid_to

    from raw_rows

)

select * from typed
