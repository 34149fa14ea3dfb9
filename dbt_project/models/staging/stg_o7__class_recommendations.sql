with

raw_rows as (

    {{ admitted('class_recommendation') }}

),

typed as (

    select
        raw_rows.source_id as class_recommendation_id,
        raw_rows.org_id as school_id,
        raw_rows.class_id,
        {{ known_word('raw_rows.origin', 'recommendation_origin') }} as origin,
        dq.as_instant(raw_rows.offered_at) as offered_at

    from raw_rows

)

select * from typed
