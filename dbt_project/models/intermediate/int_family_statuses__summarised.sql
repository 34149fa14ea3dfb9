{{ config(materialized='view') }}

with

family_statuses as (

    {{ of_the_rebuilt('stg_o7__family_statuses') }}

),

summarised as (

    select
        family_statuses.student_key,
        {{ best_status('family_statuses.family_social_status') }} as p31

    from family_statuses

    group by family_statuses.student_key

)

select * from summarised
