with

recommendations as (

    select * from {{ ref('stg_o7__recommendations') }}

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
        recommendations.acknowledged_at is not null as is_acknowledged,
        coalesce(
            {{ moscow_day('recommendations.offered_at') }} between nights.school_year_starts_on and nights.night
            and (recommendations.withdrawn_at is null or recommendations.withdrawn_at >= {{ end_of_the_night() }}),
            false
        ) as is_in_window

    from recommendations

    cross join nights

)

select * from judged
