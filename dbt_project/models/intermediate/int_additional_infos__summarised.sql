{{ config(materialized='view') }}

with

additional_infos as (

    {{ of_the_rebuilt('stg_o7__additional_infos') }}

),

-- One row per pupil is promised; should there be two, the better answer stands as for every leaf.
summarised as (

    select
        additional_infos.student_key,
        coalesce(bool_or(additional_infos.has_adapted_program), false) as has_adapted_program,
        {{ best_leaves('additional_infos', 'b') }}

    from additional_infos

    group by additional_infos.student_key

)

select * from summarised
