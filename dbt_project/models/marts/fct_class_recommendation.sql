with

recommendations as (

    select * from {{ ref('stg_o7__class_recommendations') }}

),

nights as (

    select * from {{ ref('int_nights__dated') }}

),

-- «Индивидуально … а также в разрезе класса»: beside the individual ones, never in their place (reading A3).
judged as (

    select
        recommendations.class_recommendation_id,
        recommendations.class_id,
        recommendations.school_id,
        recommendations.origin,
        recommendations.offered_at,
        coalesce(
            {{ moscow_day('recommendations.offered_at') }} between nights.school_year_starts_on and nights.night, false
        ) as is_in_window

    from recommendations

    cross join nights

)

select * from judged
