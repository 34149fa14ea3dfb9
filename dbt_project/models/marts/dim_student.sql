with

students as (

    select * from {{ ref('stg_o7__students') }}

),

enrollments as (

    select * from {{ ref('int_enrollments__won') }}

),

pupils as (

    select * from {{ ref('int_pupils__contingent') }}

)

select
    students.student_key,
    enrollments.school_id,
    enrollments.class_id,
    pupils.unit_code,
    pupils.parallel,
    pupils.education_stage,
    pupils.student_key is not null as is_in_contingent

from students

left join enrollments
    on students.student_key = enrollments.student_key

left join pupils
    on students.student_key = pupils.student_key
