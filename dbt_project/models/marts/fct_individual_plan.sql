{{ kept_by_pupil() }}

with

individual_plans as (

    {{ of_the_rebuilt('stg_o7__individual_plans') }}

),

-- «Траекторию обучения формирует педагог»: a plan the system made holds for nobody (reading A6).
judged as (

    select
        individual_plans.individual_plan_id,
        individual_plans.student_key,
        individual_plans.school_id,
        individual_plans.formed_by_role,
        individual_plans.valid_from,
        individual_plans.valid_to,
        {{ holds_on_the_night('individual_plans.valid_from', 'individual_plans.valid_to') }} as is_valid

    from individual_plans

),

formed as (

    select
        judged.*,
        judged.is_valid and coalesce(judged.formed_by_role = 'teacher', false) as is_holding

    from judged

)

select * from formed
