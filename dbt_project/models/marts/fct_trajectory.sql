{{ kept_by_pupil() }}

with

profiles as (
    {{ of_the_rebuilt('fct_profile_completeness') }}
),

-- Facts become one row per pupil; of his dates only the extremes can decide.
portfolios as (

    select
        items.student_key,
        min(items.added_at) as first_added_at,
        bool_or(items.category_code = 'G1.2') as has_individual_curriculum
    from ({{ of_the_rebuilt('fct_portfolio_item') }}) as items
    where items.outcome = 'counts'
    group by items.student_key

),

recommendations as (

    select
        recommendations.student_key,
        {{ last_offered('recommendations.is_in_window') }} as last_offered_at,
        {{ last_offered('recommendations.is_in_window and recommendations.is_acknowledged') }} as last_acknowledged_at,
        {{ last_offered("recommendations.is_in_window and recommendations.origin = 'teacher'") }} as last_by_teacher_at,
        {{ last_offered('recommendations.is_in_long_window') }} as last_in_long_window_at
    from ({{ of_the_rebuilt('fct_recommendation') }}) as recommendations
    where recommendations.is_in_long_window
    group by recommendations.student_key

),

plans as (

    select
        individual_plans.student_key,
        bool_or(individual_plans.is_holding) as is_holding
    from ({{ of_the_rebuilt('fct_individual_plan') }}) as individual_plans
    where individual_plans.is_valid
    group by individual_plans.student_key

),

class_recommendations as (

    select class_recommendations.class_id
    from {{ ref('fct_class_recommendation') }} as class_recommendations
    where class_recommendations.is_in_window
    group by class_recommendations.class_id

)

select
    profiles.student_key,
    recommendations.last_offered_at is not null as has_recommendation,
    class_recommendations.class_id is not null as has_class_recommendation,
    coalesce(plans.is_holding, false) as has_plan,
    portfolios.student_key is not null as has_portfolio,
    coalesce(portfolios.has_individual_curriculum, false) as has_individual_curriculum,
    {{ has_trajectory('last_offered_at', 'plans.is_holding') }} as has_trajectory_from_portfolio,
    {{ has_trajectory('last_acknowledged_at', 'plans.is_holding') }} as has_acknowledged_trajectory,
    {{ has_trajectory('last_by_teacher_at', 'plans.is_holding') }} as has_trajectory_by_teacher,
    {{ has_trajectory('last_offered_at', 'plans.student_key is not null') }} as has_trajectory_with_any_plan,
    {{ has_trajectory('last_in_long_window_at', 'plans.is_holding') }} as has_trajectory_in_long_window

from profiles

left join recommendations on profiles.student_key = recommendations.student_key
left join plans on profiles.student_key = plans.student_key
left join portfolios on profiles.student_key = portfolios.student_key
left join class_recommendations on profiles.class_id = class_recommendations.class_id
