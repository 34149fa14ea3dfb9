-- By hand: every enrolled pupil in one population, and the two notes on the contingent.
create table bench.hand_population_counts as
with
counted as (
    select school_id, population, count(*) as pupils
    from marts.dim_student where population is not null group by 1, 2
    union all
    select school_id, 'identity_conflict', count(*)
    from marts.fct_profile_completeness where has_identity_conflict group by 1
    union all
    select school_id, 'several_enrolments', count(*)
    from marts.dim_student where is_in_contingent and active_enrollment_count > 1 group by 1
)

select
    case when grouping(school_id) = 0 then 'school' when grouping(unit_code) = 0 then 'municipality' else 'region' end as level,
    case when grouping(school_id) = 0 then school_id when grouping(unit_code) = 0 then unit_code else '83000000' end as org_unit_code,
    counted.population, sum(counted.pupils)::bigint as pupils
from counted inner join marts.dim_school as school using (school_id)
group by counted.population, grouping sets ((school_id), (school.unit_code), ())
