{{ kept_by_pupil() }}

with

persons as (select * from {{ ref('stg_o7__persons') }}),

students as (
    {{ of_the_rebuilt('stg_o7__students') }}
),

enrollments as (select * from {{ ref('int_enrollments__won') }}),

schools as (select * from {{ ref('int_schools__placed') }}),

pupils as (select * from {{ ref('int_pupils__contingent') }}),

-- The contingent and whoever is beside it, each once, by the first that fits (docs/leaf-rules.md, «Populations»). The
-- study form is the last thing that may keep a pupil of a public school out of the contingent.
placed as (

    select
        students.student_key,
        enrollments.school_id,
        enrollments.class_id,
        pupils.unit_code,
        pupils.parallel,
        pupils.education_stage,
        pupils.student_key is not null as is_in_contingent,
        case
            when pupils.student_key is not null then 'contingent'
            when persons.student_key is null or schools.school_id is null then null
            when schools.is_private then 'private'
            when not schools.is_public_general then 'other_organisation'
            else 'family_education'
        end as population,
        coalesce(enrollments.active_count, 0)::int as active_enrollment_count

    from students

    left join persons
        on students.student_key = persons.student_key

    left join enrollments
        on students.student_key = enrollments.student_key

    left join schools
        on enrollments.school_id = schools.school_id

    left join pupils
        on students.student_key = pupils.student_key

)

select * from placed
