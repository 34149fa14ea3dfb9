{{ config(materialized='view') }}

with

achievements as (

    {{ of_the_rebuilt('stg_o7__achievements') }}

),

summarised as (

    select
        achievements.student_key,
        {{ best_status('achievements.entry_status', "achievements.kind = 'event'") }} as p40,
        {{ best_status('achievements.entry_status', "achievements.kind = 'work'") }} as p41,
        {{ best_status('achievements.entry_status', "achievements.kind = 'reward'") }} as p42,
        {{ best_status('achievements.entry_status', "achievements.kind = 'diploma'") }} as p43

    from achievements

    group by achievements.student_key

)

select * from summarised
