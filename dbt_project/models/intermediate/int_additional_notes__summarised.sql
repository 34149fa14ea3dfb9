{{ config(materialized='view') }}

with

additional_notes as (

    {{ of_the_rebuilt('stg_o7__additional_notes') }}

),

summarised as (

    select
        additional_notes.student_key,
        {{ best_status('additional_notes.entry_status') }} as p51

    from additional_notes

    group by additional_notes.student_key

)

select * from summarised
