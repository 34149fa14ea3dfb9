{{ config(materialized='view') }}

with

study_programs as (

    {{ of_the_rebuilt('stg_o7__study_programs') }}

),

pupils as (

    select * from {{ ref('int_pupils__contingent') }}

),

additional_infos as (

    select * from {{ ref('int_additional_infos__summarised') }}

),

program_levels as (

    select * from {{ ref('program_levels') }}

),

current_programs as (

    select
        study_programs.student_key,
        program_levels.parallel_from,
        program_levels.parallel_to,
        program_levels.is_adapted

    from study_programs

    left join program_levels
        on study_programs.level_code = program_levels.code

    where {{ holds_on_the_night('study_programs.starts_on', 'study_programs.ends_on') }}

),

-- An adapted programme fits every parallel, and is the only one that fits a pupil who needs one; a pupil whose parallel
-- nobody knows may have any known level (domain §3.9).
judged as (

    select
        current_programs.student_key,
        case
            when bool_or(
                current_programs.is_adapted
                or (
                    additional_infos.has_adapted_program is not true
                    and coalesce(pupils.parallel, current_programs.parallel_from)
                    between current_programs.parallel_from and current_programs.parallel_to
                )
            ) then 'f'
            else 'i'
        end as p34

    from current_programs

    inner join pupils
        on current_programs.student_key = pupils.student_key

    left join additional_infos
        on current_programs.student_key = additional_infos.student_key

    group by current_programs.student_key

)

select * from judged
