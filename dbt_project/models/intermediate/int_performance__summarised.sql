{{ config(materialized='view') }}

with

performance as (

    {{ of_the_rebuilt('stg_o7__performance_dailys') }}

),

nights as (

    select * from {{ ref('int_nights__dated') }}

),

summarised as (

    select
        performance.student_key,
        case when sum(performance.mark_count) >= 1 then 'f' else 'e' end as p36,
        max(performance.on_date) filter (where performance.mark_count >= 1) as last_marked_on

    from performance

    inner join nights
        on performance.on_date between nights.school_year_starts_on and nights.night

    group by performance.student_key

)

select * from summarised
