-- By hand: every reading of the four indicators at every level and stage, from the readings of pupils and staff.
create table bench.hand_values as
with
of_classes as materialized (
    select
        unit_code, school_id, class_id, education_stage, count(*) as persons,
        count(*) filter (where has_trajectory_from_portfolio) as a1,
        count(*) filter (where has_recommendation) as a2,
        count(*) filter (where has_plan) as a3,
        count(*) filter (where has_recommendation or has_plan) as a4,
        count(*) filter (where has_class_recommendation) as a5,
        count(*) filter (where has_recommendation and has_plan) as a6,
        count(*) filter (where has_portfolio) as a7,
        count(*) filter (where has_acknowledged_trajectory) as a8,
        count(*) filter (where has_trajectory_by_teacher) as a9,
        count(*) filter (where has_trajectory_with_any_plan) as a10,
        count(*) filter (where has_individual_curriculum) as a11,
        count(*) filter (where has_individual_study) as a12,
        count(*) filter (where has_trajectory_in_long_window) as a13,
        count(*) filter (where has_access) as a14,
        count(*) filter (where has_unverified_access) as a15,
        count(*) filter (where access_last_used_on > %(night)s::date - 30) as a16,
        count(*) filter (where access_last_used_on is not null) as a17,
        count(*) filter (where substr(rules_met, 1, 1) = 't') as t1, count(*) filter (where substr(rules_met, 1, 1) not in ('t', 'f')) as u1,
        count(*) filter (where substr(rules_met, 2, 1) = 't') as t2, count(*) filter (where substr(rules_met, 2, 1) not in ('t', 'f')) as u2,
        count(*) filter (where substr(rules_met, 3, 1) = 't') as t3, count(*) filter (where substr(rules_met, 3, 1) not in ('t', 'f')) as u3,
        count(*) filter (where substr(rules_met, 4, 1) = 't') as t4, count(*) filter (where substr(rules_met, 4, 1) not in ('t', 'f')) as u4,
        count(*) filter (where substr(rules_met, 5, 1) = 't') as t5, count(*) filter (where substr(rules_met, 5, 1) not in ('t', 'f')) as u5
    from bench.fct_pupil_reading
    group by unit_code, school_id, class_id, education_stage
),

of_pupils as (
    select
        case
            when grouping(class_id) = 0 then 'class'
            when grouping(school_id) = 0 then 'school'
            when grouping(unit_code) = 0 then 'municipality'
            else 'region'
        end as level,
        case
            when grouping(class_id) = 0 then class_id
            when grouping(school_id) = 0 then school_id
            when grouping(unit_code) = 0 then unit_code
            else '83000000'
        end as org_unit_code,
        case when grouping(education_stage) = 0 then education_stage else 'all' end as education_stage,
        sum(persons) as persons,
        sum(a1) as a1, sum(a2) as a2, sum(a3) as a3, sum(a4) as a4, sum(a5) as a5, sum(a6) as a6, sum(a7) as a7, sum(a8) as a8, sum(a9) as a9, sum(a10) as a10, sum(a11) as a11, sum(a12) as a12, sum(a13) as a13, sum(a14) as a14, sum(a15) as a15, sum(a16) as a16, sum(a17) as a17,
        sum(t1) as t1, sum(u1) as u1, sum(t2) as t2, sum(u2) as u2, sum(t3) as t3, sum(u3) as u3, sum(t4) as t4, sum(u4) as u4, sum(t5) as t5, sum(u5) as u5
    from of_classes
    group by grouping sets (
        (school_id, class_id, education_stage), (school_id, class_id), (school_id, education_stage), (school_id),
        (unit_code, education_stage), (unit_code), (education_stage), ()
    )
),

of_staff as (
    select
        case when grouping(school_id) = 0 then 'school' when grouping(unit_code) = 0 then 'municipality' else 'region' end as level,
        case when grouping(school_id) = 0 then school_id when grouping(unit_code) = 0 then unit_code else '83000000' end as org_unit_code,
        count(*) as persons,
        count(*) filter (where has_access) as a1, count(*) filter (where has_unverified_access) as a2,
        count(*) filter (where has_any_access) as a3, count(*) filter (where access_last_used_on > %(night)s::date - 30) as a4,
        count(*) filter (where access_last_used_on is not null) as a5
    from bench.fct_staff_reading
    group by grouping sets ((school_id), (unit_code), ())
),

counted as (
    select level, org_unit_code, education_stage, indicator, reading, numerator, persons as denominator
    from of_pupils
    cross join lateral (
        values
        ('4.2', 'rec_plan_portfolio', a1),
        ('4.2', 'rec_only', a2),
        ('4.2', 'plan_only', a3),
        ('4.2', 'rec_or_plan', a4),
        ('4.2', 'class_recommended', a5),
        ('4.2', 'without_portfolio', a6),
        ('4.2', 'portfolio_maintained', a7),
        ('4.2', 'acknowledged', a8),
        ('4.2', 'teacher_recommendation', a9),
        ('4.2', 'plan_of_any_origin', a10),
        ('4.2', 'individual_curriculum', a11),
        ('4.2', 'individual_study', a12),
        ('4.2', 'previous_window', a13),
        ('4.4', 'verified', a14),
        ('4.4', 'without_verification', a15),
        ('4.4', 'active_30_days', a16),
        ('4.4', 'ever_used', a17)
    ) as flag (indicator, reading, numerator)
    union all
    select level, org_unit_code, education_stage, '4.1', rule.reading, met.numerator, persons
    from of_pupils
    cross join lateral (values (1, case u1 when 0 then t1 end), (2, case u2 when 0 then t2 end), (3, case u3 when 0 then t3 end), (4, case u4 when 0 then t4 end), (5, case u5 when 0 then t5 end)) as met (ordinal, numerator)
    inner join marts.dim_reading as rule on rule.indicator = '4.1' and met.ordinal = rule.ordinal
    union all
    select level, org_unit_code, 'all', '4.3', reading, numerator, persons
    from of_staff
    cross join lateral (
        values
        ('verified', a1), ('without_verification', a2), ('any_platform', a3), ('active_30_days', a4), ('ever_used', a5)
    ) as flag (reading, numerator)
),

-- Nobody is there, and it is said.
empty as (
    select unit.level, unit.org_unit_code, 'all' as education_stage, known.indicator, known.reading, 0 as numerator, 0 as denominator
    from (
        select 'school' as level, school_id as org_unit_code from marts.dim_school where is_public_general and is_functioning
        union all
        select 'municipality', unit_code from marts.dim_municipality
    ) as unit
    cross join marts.dim_reading as known
    where not exists (
        select from counted
        where counted.level = unit.level and counted.org_unit_code = unit.org_unit_code and counted.indicator = known.indicator
    )
),

definitions as (
    select distinct on (indicator) indicator, definition_version
    from catalogue.indicators where valid_from <= %(night)s
    order by indicator asc, valid_from desc
)

select
    level, org_unit_code, education_stage, indicator, reading, known.is_official, numerator::bigint as numerator,
    denominator::bigint as denominator, round(100 * numerator / nullif(denominator, 0)::numeric, 6) as value, definition_version
from (select * from counted union all select * from empty) as figure
inner join marts.dim_reading as known using (indicator, reading)
inner join definitions using (indicator)
