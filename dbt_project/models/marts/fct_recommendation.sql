{{ kept_by_pupil() }}

with

recommendations as (

    {{ of_the_rebuilt('stg_o7__recommendations') }}

),

nights as (

    select * from {{ ref('int_nights__dated') }}

),

-- Automatic or a teacher's, read or not: the order asks that it was offered (readings A5, A6).
judged as (

    select
        recommendations.recommendation_id,
        recommendations.student_key,
        recommendations.school_id,
        recommendations.origin,
        recommendations.offered_at,
        coalesce(recommendations.acknowledged_at < {{ end_of_the_night() }}, false) as is_acknowledged,
        {{ stands_since('nights.school_year_starts_on') }} as is_in_window,
        -- The window a school year longer (reading A16).
        {{ stands_since("(nights.school_year_starts_on - interval '1 year')::date") }} as is_in_long_window

    from recommendations

    cross join nights

)

select * from judged
