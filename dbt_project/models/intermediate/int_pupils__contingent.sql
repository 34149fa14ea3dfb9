with

persons as (select * from {{ ref('stg_o7__persons') }}),

students as (
    {{ of_the_rebuilt('stg_o7__students') }}
),

enrollments as (select * from {{ ref('int_enrollments__won') }}),

schools as (select * from {{ ref('int_schools__placed') }}),

classes as (select * from {{ ref('stg_o7__classes') }}),

study_forms as (select * from {{ ref('study_forms') }}),

contingent as (

    select
        students.student_key,
        enrollments.school_id,
        enrollments.class_id,
        schools.unit_code,
        enrollments.starts_on as enrolled_on,
        -- Domain §3.7, the hard band in full years on 1 September; an adapted class and some forms have no upper limit.
        case when classes.parallel in (0, 12) then 5 else classes.parallel + 4 end as youngest_age,
        case
            when classes.parallel in (0, 12) then 25
            when classes.is_adapted or not study_forms.has_age_limit then null
            else classes.parallel + 11
        end as oldest_age,
        coalesce(classes.class_name_status, 'e') as class_name_status,
        classes.parallel,
        {{ education_stage('classes.parallel') }} as education_stage

    from persons

    inner join students
        on persons.student_key = students.student_key

    inner join enrollments
        on students.student_key = enrollments.student_key

    inner join schools
        on enrollments.school_id = schools.school_id

    -- A class that could not be placed leaves its pupils in the school, without a parallel.
    left join classes
        on enrollments.class_id = classes.class_id

    left join study_forms
        on students.study_form_code = study_forms.code

    where
        schools.is_public_general
        -- Family education and self-education are outside (domain §1.4); an unknown form stays in, or leaving the field
        -- blank would take a pupil out of the denominator.
        and coalesce(study_forms.is_in_contingent, true)

)

select * from contingent
