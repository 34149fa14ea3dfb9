-- By hand: every reading of 4.2 and 4.4 of every pupil, from recommendations, plans and accounts.
create table bench.hand_pupil_readings as
with
this_year as (
    select
        starts_on,
        (starts_on - interval '1 year')::date as long_starts_on,
        (%(night)s::date + 1)::timestamp at time zone 'Europe/Moscow' as ends_at
    from staging.stg_o7__academic_years where %(night)s between starts_on and ends_on
),

portfolios as (
    select student_key, min(added_at) as first_at, bool_or(category_code = 'G1.2') as has_curriculum
    from bench.hand_portfolio where outcome = 'counts'
    group by student_key
),

offers as (
    select
        student_key,
        max(offered_at) filter (where is_in_year) as last_at,
        max(offered_at) filter (where is_in_year and is_seen) as last_seen_at,
        max(offered_at) filter (where is_in_year and origin = 'teacher') as last_by_teacher_at,
        max(offered_at) as last_of_two_years_at
    from (
        select
            offer.student_key, offer.offered_at, offer.origin,
            (offer.offered_at at time zone 'Europe/Moscow')::date >= this_year.starts_on as is_in_year,
            offer.acknowledged_at < this_year.ends_at as is_seen
        from staging.stg_o7__recommendations as offer cross join this_year
        where
            (offer.offered_at at time zone 'Europe/Moscow')::date between this_year.long_starts_on and %(night)s
            and (offer.withdrawn_at is null or offer.withdrawn_at >= this_year.ends_at)
    ) as standing
    group by student_key
),

plans as (
    select student_key, coalesce(bool_or(formed_by_role = 'teacher'), false) as is_holding
    from staging.stg_o7__individual_plans
    where valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
    group by student_key
),

advised_classes as (
    select distinct advice.class_id
    from staging.stg_o7__class_recommendations as advice cross join this_year
    where (advice.offered_at at time zone 'Europe/Moscow')::date between this_year.starts_on and %(night)s
),

verified as (
    select content_resource_id
    from staging.stg_o7__content_verifications
    where
        order_no in ('543', '544', '545') and evidence_no is not null
        and valid_from <= %(night)s and (valid_to is null or valid_to >= %(night)s)
    group by content_resource_id having count(distinct order_no) = 3
),

accounts as (
    select
        student_key,
        max(case when step < 6 then step when is_verified then 7 else 6 end) as step,
        max(last_used_on) filter (where step = 6 and is_verified and last_used_on <= %(night)s) as last_used_on
    from (
        select
            given.student_key, given.last_used_on, verified.content_resource_id is not null as is_verified,
            case
                when given.is_free is not true then 1
                when given.granted_on is null or given.granted_on > %(night)s then 2
                when given.linked_on is null or given.linked_on > %(night)s then 3
                when given.blocked_on <= %(night)s then 4
                when given.revoked_on <= %(night)s then 5
                else 6
            end as step
        from staging.stg_o7__access_grant_students as given
        left join staging.stg_o7__content_resources as resource using (content_resource_id)
        left join verified on resource.content_resource_id = verified.content_resource_id
    ) as stepped
    group by student_key
)

select
    pupil.student_key, pupil.school_id, pupil.class_id, pupil.unit_code, pupil.parallel, pupil.education_stage, pupil.rules_met,
    substr(pupil.statuses, 25, 1) = 'f' as has_individual_study,
    offers.last_at is not null as has_recommendation,
    advised_classes.class_id is not null as has_class_recommendation,
    coalesce(plans.is_holding, false) as has_plan,
    portfolios.student_key is not null as has_portfolio,
    coalesce(portfolios.has_curriculum, false) as has_individual_curriculum,
    coalesce(portfolios.first_at <= offers.last_at and plans.is_holding, false) as has_trajectory_from_portfolio,
    coalesce(portfolios.first_at <= offers.last_seen_at and plans.is_holding, false) as has_acknowledged_trajectory,
    coalesce(portfolios.first_at <= offers.last_by_teacher_at and plans.is_holding, false) as has_trajectory_by_teacher,
    coalesce(portfolios.first_at <= offers.last_at and plans.student_key is not null, false) as has_trajectory_with_any_plan,
    coalesce(portfolios.first_at <= offers.last_of_two_years_at and plans.is_holding, false) as has_trajectory_in_long_window,
    case
        when offers.last_at is null then 'no_recommendation'
        when plans.is_holding is not true then 'no_plan'
        when portfolios.student_key is null then 'no_portfolio'
        when (portfolios.first_at <= offers.last_at) is not true then 'portfolio_too_late'
    end as trajectory_loss,
    coalesce(accounts.step = 7, false) as has_access,
    coalesce(accounts.step >= 6, false) as has_unverified_access,
    case
        when accounts.step is null then 'no_grant'
        else (array['not_free', 'not_granted', 'not_linked', 'blocked', 'revoked', 'not_verified'])[accounts.step]
    end as access_loss,
    accounts.last_used_on as access_last_used_on
from marts.fct_profile_completeness as pupil
left join offers on pupil.student_key = offers.student_key
left join plans on pupil.student_key = plans.student_key
left join portfolios on pupil.student_key = portfolios.student_key
left join accounts on pupil.student_key = accounts.student_key
left join advised_classes on pupil.class_id = advised_classes.class_id
