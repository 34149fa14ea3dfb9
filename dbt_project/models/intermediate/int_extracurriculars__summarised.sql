{{ config(materialized='view') }}

with

extracurriculars as (

    {{ of_the_rebuilt('stg_o7__extracurriculars') }}

),

summarised as (

    select
        extracurriculars.student_key,
        {{ best_status('extracurriculars.entry_status', "extracurriculars.kind = 'event'") }} as p45,
        {{ best_status('extracurriculars.entry_status', "extracurriculars.kind = 'school_event'") }} as p46,
        {{ best_status('extracurriculars.entry_status', "extracurriculars.kind = 'hobby'") }} as p47,
        {{ best_status('extracurriculars.entry_status', "extracurriculars.kind = 'course'") }} as p48,
        {{ best_status('extracurriculars.entry_status', "extracurriculars.kind = 'material'") }} as p49

    from extracurriculars

    group by extracurriculars.student_key

)

select * from summarised
