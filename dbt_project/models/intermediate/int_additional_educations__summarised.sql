{{ config(materialized='view') }}

with

additional_educations as (

    {{ of_the_rebuilt('stg_o7__additional_educations') }}

),

summarised as (

    select
        additional_educations.student_key,
        {{ best_status('additional_educations.direction_status') }} as p50

    from additional_educations

    group by additional_educations.student_key

)

select * from summarised
