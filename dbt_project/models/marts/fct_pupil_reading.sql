{{ kept_by_pupil() }}

with

profiles as (
    {{ of_the_rebuilt('fct_profile_completeness') }}
),

trajectories as (
    {{ of_the_rebuilt('fct_trajectory') }}
),

accesses as (

    select
        accesses.holder_key as student_key,
        {{ nearest_outcome('accesses.outcome') }} as outcome,
        max(accesses.last_used_on) filter (where accesses.is_giving_access) as last_used_on
    from ({{ of_the_rebuilt('fct_content_access', column='holder_key') }}) as accesses
    where accesses.holder = 'student'
    group by accesses.holder_key

)

select
    profiles.student_key,
    profiles.school_id,
    profiles.class_id,
    profiles.unit_code,
    profiles.parallel,
    profiles.education_stage,
    profiles.rules_met,
    substr(profiles.statuses, 25, 1) = 'f' as has_individual_study,
    trajectories.has_recommendation,
    trajectories.has_class_recommendation,
    trajectories.has_plan,
    trajectories.has_portfolio,
    trajectories.has_individual_curriculum,
    trajectories.has_trajectory_from_portfolio,
    trajectories.has_acknowledged_trajectory,
    trajectories.has_trajectory_by_teacher,
    trajectories.has_trajectory_with_any_plan,
    trajectories.has_trajectory_in_long_window,
    -- The tests of 4.2 one after the other, as the order names them: a pupil is lost at the first he fails.
    case
        when not trajectories.has_recommendation then 'no_recommendation'
        when not trajectories.has_plan then 'no_plan'
        when not trajectories.has_portfolio then 'no_portfolio'
        when not trajectories.has_trajectory_from_portfolio then 'portfolio_too_late'
    end as trajectory_loss,
    coalesce(accesses.outcome = 'gives_access', false) as has_access,
    coalesce(accesses.outcome in ('gives_access', 'not_verified'), false) as has_unverified_access,
    {{ access_loss('accesses.outcome') }} as access_loss,
    accesses.last_used_on as access_last_used_on

from profiles

inner join trajectories on profiles.student_key = trajectories.student_key
left join accesses on profiles.student_key = accesses.student_key
