with

raw_rows as (

    {{ admitted('recommendation', key='student') }}

),

typed as (

    select
        raw_rows.source_id as recommendation_id,
        raw_rows.student_key,
        raw_rows.org_id as school_id,
        {{ known_word('raw_rows.origin', 'recommendation_origin') }} as origin,
        dq.as_instant(raw_rows.offered_at) as offered_at,
        dq.as_instant(raw_rows.acknowledged_at) as acknowledged_at,
        dq.as_instant(raw_rows.withdrawn_at) as withdrawn_at

    from raw_rows

)

select * from typed
