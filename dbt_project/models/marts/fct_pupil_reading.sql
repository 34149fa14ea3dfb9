with

profiles as (select * from {{ ref('fct_profile_completeness') }}),

-- Facts become one row per pupil; of his dates only the extremes can decide.
portfolios as (

    select
        items.student_key,
        min(items.added_at) as first_added_at
    from {{ ref('fct_portfolio_item') }} as items
    where items.outcome = 'counts'
    group by items.student_key

),

recommendations as (

    select
        recommendations.student_key,
        max(recommendations.offered_at) as last_offered_at
    from {{ ref('fct_recommendation') }} as recommendations
    where recommendations.is_in_window
    group by recommendations.student_key

),

plans as (

    select individual_plans.student_key
    from {{ ref('fct_individual_plan') }} as individual_plans
    where individual_plans.is_holding
    group by individual_plans.student_key

),

accesses as (

    select
        accesses.holder_key as student_key,
        {{ nearest_outcome('accesses.outcome') }} as outcome,
        bool_or(accesses.is_giving_access and accesses.is_recently_used) as is_recently_used
    from {{ ref('fct_content_access') }} as accesses
    where accesses.holder = 'student'
    group by accesses.holder_key

),

joined as (

    select
        profiles.student_key,
        profiles.school_id,
        profiles.class_id,
        profiles.unit_code,
        profiles.education_stage,
        profiles.is_complete_id,
        profiles.is_complete_core,
        profiles.is_complete_full,
        recommendations.student_key is not null as has_recommendation,
        plans.student_key is not null as has_plan,
        portfolios.student_key is not null as has_portfolio,
        -- «С использованием данных цифрового портфолио»: something was there before a recommendation (reading A4).
        coalesce(portfolios.first_added_at <= recommendations.last_offered_at, false)
        and plans.student_key is not null as has_trajectory_from_portfolio,
        coalesce(accesses.outcome = 'gives_access', false) as has_access,
        coalesce(accesses.outcome, 'no_grant') as access_outcome,
        coalesce(accesses.is_recently_used, false) as has_recent_access

    from profiles

    left join recommendations on profiles.student_key = recommendations.student_key
    left join plans on profiles.student_key = plans.student_key
    left join portfolios on profiles.student_key = portfolios.student_key
    left join accesses on profiles.student_key = accesses.student_key

)

select * from joined
