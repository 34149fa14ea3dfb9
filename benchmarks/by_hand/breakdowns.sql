-- By hand: the four indicators by parallel, position, settlement, founder and resource.
create table bench.hand_breakdowns as
with
official as (
    select ordinal from marts.dim_reading where indicator = '4.1' and is_official
),

pupils as (
    select
        unit_code, school_id, parallel, count(*) as persons,
        count(*) filter (where substr(rules_met, official.ordinal, 1) = 't') as profiles,
        count(*) filter (where substr(rules_met, official.ordinal, 1) not in ('t', 'f')) as unknown,
        count(*) filter (where has_trajectory_from_portfolio) as trajectories,
        count(*) filter (where has_access) as accesses
    from bench.fct_pupil_reading cross join official
    group by 1, 2, 3
),

staff as (
    select unit_code, school_id, position_code, count(*) as persons, count(*) filter (where has_access) as accesses
    from bench.fct_staff_reading group by 1, 2, 3
),

persons as (
    select pupils.unit_code, part.dimension, part.part, figure.indicator, figure.numerator, pupils.persons as denominator
    from pupils
    inner join marts.dim_school as school using (school_id)
    cross join lateral (
        values
        ('parallel', coalesce(parallel::text, 'unknown')),
        ('settlement_kind', case when school.settlement_kind in ('urban', 'rural') then school.settlement_kind else 'unknown' end),
        ('founder_code', coalesce(school.founder_code, 'unknown'))
    ) as part (dimension, part)
    cross join lateral (
        values ('4.1', case unknown when 0 then profiles end), ('4.2', trajectories), ('4.4', accesses)
    ) as figure (indicator, numerator)
    union all
    select staff.unit_code, part.dimension, part.part, '4.3', staff.accesses, staff.persons
    from staff
    inner join marts.dim_school as school using (school_id)
    cross join lateral (
        values
        ('position', coalesce(position_code, 'unknown')),
        ('settlement_kind', case when school.settlement_kind in ('urban', 'rural') then school.settlement_kind else 'unknown' end),
        ('founder_code', coalesce(school.founder_code, 'unknown'))
    ) as part (dimension, part)
),

holders as (
    select '4.4' as indicator, pupil.unit_code, given.content_resource_id, count(distinct given.holder_key) as persons
    from bench.fct_content_access as given
    inner join bench.fct_pupil_reading as pupil on given.holder_key = pupil.student_key
    where given.holder = 'student' and given.is_giving_access
    group by 2, 3
    union all
    select '4.3', person.unit_code, given.content_resource_id, count(distinct given.holder_key)
    from bench.fct_content_access as given
    inner join bench.fct_staff_reading as person on given.holder_key = person.staff_key
    where given.holder = 'staff' and given.is_giving_access and given.is_platform_of_staff
    group by 2, 3
),

sizes as (
    select indicator, unit.unit_code, coalesce(sum(size.persons), 0) as persons
    from marts.dim_municipality as unit
    cross join (values ('4.3'), ('4.4')) as kind (indicator)
    left join (
        select '4.4' as indicator, unit_code, persons from pupils
        union all
        select '4.3', unit_code, persons from staff
    ) as size using (indicator, unit_code)
    group by 1, 2
),

parts as (
    select * from persons
    union all
    select sizes.unit_code, 'resource', resource.content_resource_id, indicator, coalesce(holders.persons, 0), sizes.persons
    from sizes
    inner join (select distinct indicator, content_resource_id from holders) as resource using (indicator)
    left join holders using (indicator, unit_code, content_resource_id)
)

select
    indicator, dimension, part,
    case when grouping(unit_code) = 0 then 'municipality' else 'region' end as level,
    case when grouping(unit_code) = 0 then unit_code else '83000000' end as org_unit_code,
    case when bool_or(numerator is null) then null else sum(numerator)::bigint end as numerator,
    sum(denominator)::bigint as denominator,
    round(
        100 * case when bool_or(numerator is null) then null else sum(numerator)::bigint end
        / nullif(sum(denominator)::bigint, 0)::numeric, 6
    ) as value
from parts
group by indicator, dimension, part, grouping sets ((unit_code), ())
