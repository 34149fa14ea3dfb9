{{ config(materialized='view') }}

with

characteristics as (

    {{ of_the_rebuilt('stg_o7__characteristics') }}

),

summarised as (

    select
        characteristics.student_key,
        {{ best_status('characteristics.entry_status') }} as p44

    from characteristics

    group by characteristics.student_key

)

select * from summarised
