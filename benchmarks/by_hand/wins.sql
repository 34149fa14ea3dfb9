-- By hand: which requirement would complete the most pupils of a unit, and how far its indicator would rise.
create table bench.hand_wins as
with
alike as (
    select unit_code, school_id, class_id, missing, loss, count(*) as pupils
    from bench.fct_profile_gap group by 1, 2, 3, 4, 5
),

lacking as (
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
        wanted.requirement, wanted.ordinal,
        sum(alike.pupils)::bigint as lacks,
        coalesce(sum(alike.pupils) filter (where alike.loss = wanted.requirement), 0)::bigint as completes
    from alike
    inner join marts.dim_profile_requirement as wanted
        on wanted.is_official and get_bit(alike.missing, wanted.ordinal - 1) = 1
    group by wanted.requirement, wanted.ordinal, grouping sets ((school_id, class_id), (school_id), (unit_code), ())
),

official as (
    select ordinal from intermediate.int_profile_rules__required where is_official
),

units as (
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
        case
            when bool_or(substr(rules_met, official.ordinal, 1) not in ('t', 'f')) then null
            else count(*) filter (where substr(rules_met, official.ordinal, 1) = 't')
        end as numerator,
        count(*) as denominator
    from marts.fct_profile_completeness cross join official
    group by grouping sets ((school_id, class_id), (school_id), (unit_code), ())
),

figures as (
    select
        lacking.*,
        round(100 * units.numerator / nullif(units.denominator, 0)::numeric, 6) as value,
        round(100 * (units.numerator + lacking.completes) / nullif(units.denominator, 0)::numeric, 6) as value_after
    from lacking inner join units using (level, org_unit_code)
)

select
    level, org_unit_code,
    (row_number() over (partition by level, org_unit_code order by completes desc, lacks desc, ordinal asc))::int as place,
    requirement, completes, lacks, value_after, value_after - value as rise
from figures
