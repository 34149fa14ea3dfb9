{{ config(materialized='view') }}

with

fitness_records as (

    {{ of_the_rebuilt('stg_o7__fitness_records') }}

),

nights as (

    select * from {{ ref('int_nights__dated') }}

),

summarised as (

    select
        fitness_records.student_key,
        'f' as p39,
        max(fitness_records.measured_on) as last_measured_on

    from fitness_records

    inner join nights
        on fitness_records.measured_on between nights.school_year_starts_on and nights.night

    group by fitness_records.student_key

)

select * from summarised
