{{ kept_by_build() }}

with

students as not materialized (select * from {{ ref('dim_student') }}),

profiles as (select * from {{ ref('fct_profile_completeness') }}),

schools as (select * from {{ ref('dim_school') }}),

-- Every enrolled pupil stands in one population; the two notes on the contingent stand beside it.
counted as (

    select
        students.school_id,
        students.population,
        count(*) as pupils
    from students
    where students.population is not null
    group by students.school_id, students.population
    union all
    select
        profiles.school_id,
        'identity_conflict' as population,
        count(*) as pupils
    from profiles
    where profiles.has_identity_conflict
    group by profiles.school_id
    union all
    select
        students.school_id,
        'several_enrolments' as population,
        count(*) as pupils
    from students
    where students.is_in_contingent and students.active_enrollment_count > 1
    group by students.school_id

)

select
    {{ build_columns() }},
    case
        when grouping(counted.school_id) = 0 then 'school'
        when grouping(schools.unit_code) = 0 then 'municipality'
        else 'region'
    end as level,
    case
        when grouping(counted.school_id) = 0 then counted.school_id
        when grouping(schools.unit_code) = 0 then schools.unit_code
        else '{{ region_code() }}'
    end as org_unit_code,
    counted.population,
    sum(counted.pupils)::bigint as pupils

from counted

inner join schools
    on counted.school_id = schools.school_id

group by counted.population, grouping sets ((counted.school_id), (schools.unit_code), ())
